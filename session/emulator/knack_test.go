package emulator

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	knackLoginPath = "/v1/applications/" + KnackAppID + "/session"
	knackLogin     = `{"email":"admin@example.com","password":"open-sesame"}`
	knackDenied    = `{"errors":[{"message":"Invalid token provided"}]}`
	knackRecords   = "/v1/pages/scene_1/views/view_1/records"
)

func knackToken(t *testing.T, k *Knack) string {
	t.Helper()
	type session struct {
		Session struct{ User struct{ Token string } }
	}
	return decode[session](t, send(t, k, "POST", knackLoginPath, knackLogin)).Session.User.Token
}

func knackAttach(token string) []string {
	return []string{"X-Knack-Application-Id: " + KnackAppID, "Authorization: " + token}
}

func TestKnackAnswers(t *testing.T) {
	t.Parallel()
	k := NewKnack(KnackOptions{Now: newClock().now})
	token := knackToken(t, k)
	runRows(t, k, []row{
		{"wrong password", "POST", knackLoginPath, `{"email":"admin@example.com","password":"no"}`, nil, 400, `{"errors":[{"message":"Email or password incorrect."}]}`},
		{"unknown user", "POST", knackLoginPath, `{"email":"nobody@example.com","password":"no"}`, nil, 400, `{"errors":[{"message":"Email or password incorrect."}]}`},
		{"no password", "POST", knackLoginPath, `{"email":"admin@example.com"}`, nil, 400, `{"errors":[{"field":"password","type":"required","message":"password is required."}]}`},
		{"unknown app", "POST", "/v1/applications/000000000000000000000000/session", knackLogin, nil, 404, `{"errors":[{"message":"Application not found."}]}`},
		{"locked", "POST", knackLoginPath, `{"email":"locked@example.com","password":"open-sesame"}`, nil, 400, `{"errors":[{"message":"This account has been locked. Please try again in 15 minutes."}]}`},
		{"disabled", "POST", knackLoginPath, `{"email":"disabled@example.com","password":"open-sesame"}`, nil, 400, `{"errors":[{"message":"This account is inactive."}]}`},
		{"unconfirmed", "POST", knackLoginPath, `{"email":"unconfirmed@example.com","password":"open-sesame"}`, nil, 400, `{"errors":[{"message":"This account is waiting for approval."}]}`},
		{"no token", "GET", knackRecords, "", knackAttach("")[:1], 403, knackDenied},
		{"bad token", "GET", knackRecords, "", knackAttach("x.y.z"), 403, knackDenied},
		{"Bearer is no token", "GET", knackRecords, "", knackAttach("Bearer " + token), 403, knackDenied},
		{"no app id", "GET", knackRecords, "", []string{"Authorization: " + token}, 400, `{"errors":[{"message":"Invalid application id"}]}`},
		{"session", "GET", "/v1/session/token", "", knackAttach(token), 200, `{"session":{"user":{"account_status":"active","approval_status":"approved","empty_pass":false,"id":"` + demoID("admin") + `","profile_keys":["profile_4","profile_5","profile_6"],"profile_objects":[{"entry_id":"` + demoID("admin") + `","object":"object_4"},{"entry_id":"` + demoID("admin") + `","object":"object_5"},{"entry_id":"` + demoID("admin") + `","object":"object_6"}],"status":"current","utility_key":"` + demoID("admin")[:12] + `","values":{}}}}`},
		{"session, bad token", "GET", "/v1/session/token", "", knackAttach("x"), 403, knackDenied},
	})
	if w := send(t, k, "GET", "/v1/applications/"+KnackAppID, ""); w.Code != 200 {
		t.Errorf("the schema is public: %d", w.Code)
	}
	if k.Logins() != 1 {
		t.Errorf("%d logins", k.Logins())
	}
}

// demoID is the identifier of a demo user.
func demoID(name string) string { return (&User{Name: name}).ID() }

func TestKnackTokenDiesAfter48HoursWithoutSayingSo(t *testing.T) {
	t.Parallel()
	c := newClock()
	k := NewKnack(KnackOptions{Now: c.now})
	token := knackToken(t, k)
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	if len(claims) != 3 || claims["user_id"] == nil || claims["application_id"] != KnackAppID || claims["iat"] != float64(c.now().Unix()) {
		t.Errorf("claims %v", claims)
	}
	c.advance(48*time.Hour - time.Second)
	if w := send(t, k, "GET", knackRecords, "", knackAttach(token)...); w.Code != 200 {
		t.Errorf("a second before: %d", w.Code)
	}
	c.advance(time.Second)
	expect(t, send(t, k, "GET", knackRecords, "", knackAttach(token)...), 403, knackDenied)

	token = knackToken(t, k)
	k.Revoke("admin")
	expect(t, send(t, k, "GET", knackRecords, "", knackAttach(token)...), 403, knackDenied)
	if again := knackToken(t, k); again != token {
		t.Error("the same second should give the same token")
	}
	if w := send(t, k, "GET", knackRecords, "", knackAttach(token)...); w.Code != 200 {
		t.Errorf("a login after the revocation: %d", w.Code)
	}
}

func TestKnackRecords(t *testing.T) {
	t.Parallel()
	k := NewKnack(KnackOptions{Now: newClock().now})
	attach := knackAttach(knackToken(t, k))
	type list struct {
		Pages   int `json:"total_pages"`
		Current int `json:"current_page"`
		Total   int `json:"total_records"`
		Records []map[string]any
	}
	got := decode[list](t, send(t, k, "GET", knackRecords+"?rows_per_page=1", "", attach...))
	if got.Pages != 2 || got.Current != 1 || got.Total != 2 || len(got.Records) != 1 || got.Records[0]["field_1_raw"] == nil {
		t.Errorf("first page %+v", got)
	}
	got = decode[list](t, send(t, k, "GET", "/v1/pages/scene_2/views/view_2/records?rows_per_page=5000&page=2", "", attach...))
	if got.Pages != 2 || got.Total != 2000 || len(got.Records) != 1000 {
		t.Errorf("a page holds 1000 records at most: %d of %d in %d pages", len(got.Records), got.Total, got.Pages)
	}
	got = decode[list](t, send(t, k, "GET", knackRecords+"?page=9", "", attach...))
	if got.Records == nil || len(got.Records) != 0 {
		t.Errorf("a page past the end: %v", got.Records)
	}
}

func TestKnackLimits(t *testing.T) {
	t.Parallel()
	c := newClock()
	k := NewKnack(KnackOptions{Now: c.now, RateLimit: KnackRateLimit})
	const schema = "/v1/applications/" + KnackAppID
	for range KnackRateLimit {
		if w := send(t, k, "GET", schema, ""); w.Code != 200 {
			t.Fatalf("within the limit: %d", w.Code)
		}
	}
	w := send(t, k, "GET", schema, "")
	expect(t, w, 429, `{"errors":[{"message":"Rate limit exceeded"}]}`)
	for name, want := range map[string]string{
		"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000001",
		"Retry-After": "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	c.advance(time.Second)
	if w := send(t, k, "GET", schema, ""); w.Code != 200 {
		t.Errorf("the next second: %d", w.Code)
	}
}
