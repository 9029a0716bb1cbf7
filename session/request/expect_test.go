package request

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tokenring/session/answer"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

func TestExpectations(t *testing.T) {
	t.Parallel()
	body := `{"id":"canary","n":12345678901234567890,"list":[1,2],"none":null,"empty":""}`
	tests := []struct {
		expect string
		why    string // "" passes
	}{
		{`.status == 200 and .body.id != ""`, ""},
		{`.headers["content-type"] == "application/json" and .headers.allow == "GET, POST"`, ""},
		{`.body.n == 12345678901234567890 and (.text | length) > 10 and .ms == 12 and .size > 70`, ""},
		{`.cookies.sid == "1" and .received == 1714568400`, ""},
		{`.status == 201`, "`.status == 201` does not hold: .status is 200"},
		{`.status == 200 and .body.id == "other" and .body.x`, "`.body.id == \"other\"` does not hold: `.body.id` is \"canary\""},
		{`.status == 200 and (.body.list | length == 2) and .body.none`, "`.body.none` does not hold: `.body.none` is null"},
		{`(.status < 300 and .body.none.x == 1)`, "`.body.none.x == 1` does not hold: `.body.none.x` is null"},
		{`.body.empty != ""`, "`.body.empty != \"\"` does not hold: `.body.empty` is \"\""},
		{`.body.list > {}`, "`.body.list > {}` does not hold: `.body.list` is an array"},
		{`.status == 200 and .body.id.deep == 1`, "`.body.id.deep == 1`: a string has no fields"},
		{`.body.id | error`, "`.body.id | error`: it called error"},
		{`.status == 404 or .ms > 100`, "`.status == 404 or .ms > 100` does not hold: .status is 200, .ms is 12"},
		{`. as $x | $x.status == 1`, "`. as $x | $x.status == 1` does not hold: `$x.status` is 200"},
		{`def f: .status == 1; f and true`, "`def f: .status == 1; f and true`: it does not hold"},
		{`empty`, "`empty` does not hold"},
		{`.body.list[] > 0`, ""},
		{`.body.list[] | . != 2`, "`.body.list[] | . != 2` does not hold: `.body.list[]` is 2"},
		{`.body.list[] | . > 0, . < 9`, ""},
		{`.status == 200, .body.id == "x"`, "`.body.id == \"x\"` does not hold: `.body.id` is \"canary\""},
		{`.status == 200, error("no")`, "`error(\"no\")`: it called error"},
		{`.status == 200, empty`, ""},
		{`(.body.list | length) == 3`, "`(.body.list | length) == 3` does not hold: `.body.list | length` is 2"},
		{`.body.id | test("^x")`, "`.body.id | test(\"^x\")` does not hold: `.body.id` is \"canary\""},
		{`.status | IN(201, 204)`, "`.status | IN(201, 204)` does not hold: .status is 200"},
		{`.body.list | not`, "`.body.list | not` does not hold: `.body.list` is an array"},
		{`.body.list | (.[1] | . == 3)`, "`.body.list | (.[1] | . == 3)` does not hold: `.body.list[1]` is 2"},
		{`.body | .id | length == 1`, "`.body | .id | length == 1` does not hold: `.body.id | length` is 6"},
		{`.body.n == 1`, "`.body.n == 1` does not hold: `.body.n` is 12345678901234567890"},
	}
	for _, tt := range tests {
		raw := respond(200, "application/json", body)
		raw.Cookies = []answer.Cookie{{CookieScope: answer.CookieScope{Name: "sid"}, Value: "1"}}
		run := ran(&Spec{}, raw)
		run.Judge(t.Context(), query(t, tt.expect), nil)
		want := Failed
		if tt.why == "" {
			want = Passed
		}
		if run.Verdict != want || run.Why != tt.why {
			t.Errorf("%s\ngave %s: %s\nwant %s: %s", tt.expect, run.Verdict, run.Why, want, tt.why)
		}
	}
}

func TestWhatMayBeSecretIsMaskedInAFailure(t *testing.T) {
	t.Parallel()
	const known, jwt = "known-secret-1", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
	body := `{"app": "datarhei-core", "n": 1.5, "ok": false, "seen": "x ` + known + `", "jwt": "` + jwt + `", "password": "plain", "pin": {"secret": 1234},
		"key": "hQ7x2LmZ9vT4bK8nW3pR6yJ1", "list": ["a"], "long": "` + strings.Repeat("word ", 50) + `", "esc": "a\u001b[2Jb"}`
	for src, want := range map[string]string{
		`.body.app == "x"`:         `"datarhei-core"`,
		`.body.n > 2`:              "1.5",
		`.body.ok == true`:         "false",
		`.body.esc == ""`:          `"a␛[2Jb"`,
		`.body.seen == "x"`:        `"x ••••••"`,
		`.body.jwt == "x"`:         `"••••••"`,
		`.body.key == "x"`:         `"••••••"`,
		`.body.password == "x"`:    `"••••••"`,
		`.body["password"] == "x"`: `"••••••"`,
		`.body.pin.secret == 1`:    "••••••",
		`.body.list == []`:         "an array",
		`.body.long == "x"`:        "a long string",
		`.body.none == "x"`:        "null",
	} {
		run := NewRun(&Spec{}, noon)
		run.Answered(respond(200, "application/json", body), nil, nil, secret.NewRedactor(secret.New(known)))
		run.Judge(t.Context(), query(t, src), nil)
		if run.Verdict != Failed || !strings.HasSuffix(run.Why, "` is "+want) {
			t.Errorf("%s: %s, want %s", src, run.Why, want)
		}
	}
}

func TestWhatCannotBeJudged(t *testing.T) {
	t.Parallel()
	cut := respond(200, "application/json", `{"a":1`)
	cut.Cut = true
	run := ran(&Spec{}, cut)
	if verdict, why := Evaluate(t.Context(), query(t, ".body.a == 1"), run); verdict != Failed || why != "cannot judge a body that cannot be read in full: it was cut" {
		t.Errorf("a cut body: %s, %s", verdict, why)
	}
	if verdict, why := Evaluate(t.Context(), query(t, ".status == 200"), run); verdict != Passed {
		t.Errorf("the status of a cut answer: %s, %s", verdict, why)
	}
	if verdict, _ := Evaluate(t.Context(), nil, run); verdict != Unjudged {
		t.Errorf("without an expectation: %s", verdict)
	}
	failed := NewRun(&Spec{}, noon)
	failed.Unanswered("refused", "")
	if verdict, why := Evaluate(t.Context(), query(t, "true"), failed); verdict != Failed || why != "no answer" {
		t.Errorf("no answer: %s, %s", verdict, why)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if verdict, why := Evaluate(ctx, query(t, "[range(1000000)] | length == 1"), ran(&Spec{}, respond(200, "", ""))); verdict != Failed || !strings.Contains(why, "cancelled") {
		t.Errorf("cancelled: %s, %s", verdict, why)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	d := NewDocument([]byte(`{"items":[{"id":1.50,"z":0,"a":[]},{"id":12345678901234567890}]}`+"\n"+`{"items":[]}`), answer.MediaJSON)
	tests := []struct {
		jq   string
		want []string
	}{
		{".items[].id", []string{"1.50", "12345678901234567890"}},
		{".items | length", []string{"2", "0"}},
		{".items[0]", []string{"{", `  "a": [],`, `  "id": 1.50,`, `  "z": 0`, "}", "null"}},
		{"empty", nil},
	}
	for _, tt := range tests {
		out, err := d.Filter(t.Context(), tt.jq)
		if err != nil {
			t.Errorf("%s: %v", tt.jq, err)
			continue
		}
		if got := strings.Join(shown(out), "\n"); got != strings.Join(tt.want, "\n") {
			t.Errorf("%s gave\n%s", tt.jq, got)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	whole := NewDocument([]byte(`{"a":"canary"}`), answer.MediaJSON)
	var syntax *jq.SyntaxError
	if _, err := whole.Filter(t.Context(), ".a |"); !errors.As(err, &syntax) {
		t.Errorf("bad jq: %v", err)
	}
	var eval *jq.EvalError
	if _, err := whole.Filter(t.Context(), ".a.b"); !errors.As(err, &eval) || strings.Contains(err.Error(), "canary") {
		t.Errorf("failing jq: %v", err)
	}
	raw := respond(200, "application/json", `{"a":1`)
	raw.Cut = true
	if _, err := FromRun(ran(&Spec{}, raw)).Filter(t.Context(), "."); !errors.Is(err, ErrPart) {
		t.Errorf("cut: %v", err)
	}
	for _, d := range []*Document{NewDocument([]byte("hello"), answer.MediaText), NewDocument([]byte("{]"), answer.MediaJSON), NewDocument([]byte("]"), answer.MediaJSON)} {
		if _, err := d.Filter(t.Context(), "."); !errors.Is(err, ErrNotJSON) {
			t.Errorf("not JSON: %v", err)
		}
	}
}
