package lifecycle_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"tokenring/session/engine/enginetest"
)

// TestAValueThatComesMeanwhile has answers bring a value that is no token, also while the
// server renews the session.
func TestAValueThatComesMeanwhile(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var id string
	calls := 0
	id = scripted(t, b, refreshes+`
each_answer: {capture: {seen?: '.headers["x-seen"]'}}
check: {request: {path: /me}}
requests: [{name: me, path: /me}]
`, func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("X-Seen", fmt.Sprint(calls))
		brings := fmt.Sprintf(`{"access": "access-%d", "refresh": "refresh-%[1]d"}`, calls)
		if r.URL.Path == "/refresh" {
			fire(b, id)
			if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
				t.Errorf("a check meanwhile: %v, %v", alive, err)
			}
		}
		_, _ = io.WriteString(w, brings)
	})
	b.LogIn(id)
	holds := func(name, want string) {
		t.Helper()
		if got, err := b.Token(b.Ctx, id, name); err != nil || got.Reveal() != want {
			t.Errorf("%s is %q, %v, want %q", name, got.Reveal(), err, want)
		}
	}
	fire(b, id)
	holds("seen", "2")
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	holds("refresh", "refresh-3")
	holds("seen", "3")
}

// TestAWaitThatIsAskedForMeanwhile has a login be told to wait while another request of the
// account is under way, whose answer brings a new token.
func TestAWaitThatIsAskedForMeanwhile(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var id string
	id = scripted(t, b, refreshes+`
each_answer: {capture: {access?: .body.next}}
requests: [{name: me, path: /me}]
`, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/me":
			enginetest.Check(t, b.Store.MarkRetry(b.Ctx, id, b.Now().Add(time.Minute))) // as a login elsewhere
			_, _ = io.WriteString(w, `{"next": "another-token"}`)
		default:
			_, _ = io.WriteString(w, `{"access": "a-token", "refresh": "r-token"}`)
		}
	})
	b.LogIn(id)
	fire(b, id)
	if at := b.Record(id).Session.RetryAt(b.Now()); !at.Equal(b.Now().Add(time.Minute)) {
		t.Errorf("the server asked to wait until %v", at)
	}
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if at := b.Record(id).Session.RetryAt(b.Now()); !at.IsZero() {
		t.Errorf("it still waits after a renewal until %v", at)
	}
}
