package store

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"tokenring/session"
)

func storedSession(t *testing.T, s *Store, accountID string) *session.Session {
	t.Helper()
	r, err := s.Account(t.Context(), accountID)
	check(t, err)
	return r.Session
}

func storedTokens(t *testing.T, s *Store, accountID string) []string {
	t.Helper()
	sealed, err := s.Sealed(t.Context(), accountID, session.TokenPrefix)
	check(t, err)
	return names(sealed)
}

func TestSessionIsReplacedWithItsTokens(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	check(t, s.PutAccount(ctx, newAccount("a1"), []session.Sealed{boxed("field:password", "p")}))
	check(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "1"), boxed("token:refresh", "1")}))
	check(t, s.MarkPending(ctx, "a1", 1, noon))
	if got := storedSession(t, s, "a1"); !got.Pending.Equal(noon) {
		t.Errorf("pending since %v", got.Pending)
	}

	second := newSession("a1", 2)
	second.Pending = noon
	check(t, s.PutSession(ctx, second, 1, []session.Sealed{boxed("token:access", "2")}))
	want := newSession("a1", 2)
	if got := storedSession(t, s, "a1"); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := storedTokens(t, s, "a1"); !slices.Equal(got, []string{"token:access=2"}) {
		t.Errorf("tokens %v: the old refresh token must be gone", got)
	}
	if all, _ := s.Sealed(ctx, "a1", "field:"); len(all) != 1 {
		t.Error("the password went with the tokens")
	}
}

func TestStaleSessionIsRefused(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	wantErr(t, s.PutSession(ctx, newSession("a1", 3), 2, nil), session.ErrStale)
	check(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "1")}))
	before := storedSession(t, s, "a1")

	wantErr(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "x")}), session.ErrStale)
	wantErr(t, s.MarkPending(ctx, "a1", 2, noon), session.ErrStale)
	wantErr(t, s.MarkPending(ctx, "a1", 0, noon), session.ErrStale)
	wantErr(t, s.EndSession(ctx, "a1", 2, ""), session.ErrStale)
	wantErr(t, s.EndSession(ctx, "a1", 0, ""), session.ErrStale)
	wantErr(t, s.EndSession(ctx, "a1", 2, "refused"), session.ErrStale)
	if got := storedSession(t, s, "a1"); !reflect.DeepEqual(got, before) {
		t.Errorf("a stale write changed the session to %+v", got)
	}
	if got := storedTokens(t, s, "a1"); !slices.Equal(got, []string{"token:access=1"}) {
		t.Errorf("a stale write changed the tokens to %v", got)
	}
	if err := s.PutSession(ctx, newSession("a1", 1), 1, nil); err == nil {
		t.Error("a generation that does not grow was taken")
	}
	wantErr(t, s.PutSession(ctx, newSession("nobody", 1), 0, nil), session.ErrNotFound)
}

func TestTheRenewalOfASessionEndsAlone(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	withAccount(t, s, "a1")
	put := newSession("a1", 1)
	check(t, s.PutSession(ctx, put, 0, []session.Sealed{boxed("token:access", "1"), boxed("token:refresh", "1")}))
	check(t, s.MarkPending(ctx, "a1", 1, noon))
	wantErr(t, s.EndRenewal(ctx, "a1", 2, noon, "refused", "refresh"), session.ErrStale)
	wantErr(t, s.EndRenewal(ctx, "nobody", 1, noon, "refused", "refresh"), session.ErrStale)
	check(t, s.EndRenewal(ctx, "a1", 1, noon, "refused", "refresh"))
	got := storedSession(t, s, "a1")
	if !got.RenewalEnded.Equal(noon) || got.EndedReason != "refused" || got.Over() || !got.Pending.IsZero() ||
		got.Token("refresh") != nil || got.Primary() == nil {
		t.Errorf("the session is %+v", got)
	}
	if got := storedTokens(t, s, "a1"); !slices.Equal(got, []string{"token:access=1"}) {
		t.Errorf("tokens %v, want the access token alone", got)
	}
	check(t, s.EndRenewal(ctx, "a1", 1, time.Time{}, "", ""))
	if got := storedSession(t, s, "a1"); got.Final() || got.EndedReason != "" {
		t.Errorf("renewable again, it is %+v", got)
	}
	check(t, s.EndSession(ctx, "a1", 1, "not alive"))
	if got := storedSession(t, s, "a1"); !got.Over() || got.EndedReason != "not alive" {
		t.Errorf("ended, it is %+v", got)
	}
	if got := storedTokens(t, s, "a1"); len(got) != 0 {
		t.Errorf("tokens %v are left", got)
	}
}

func TestOfManyWritersOneWins(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	other := openStore(t, s.Dir())
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 16 {
		wg.Go(func() {
			in := []*Store{s, other}[i%2]
			err := in.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "x")})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, session.ErrStale) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 16 writers of one generation won", won)
	}
}

func TestLogoutLeavesNothingAndARefusalTheReason(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	withAccount(t, s, "a1")
	check(t, s.EndSession(ctx, "a1", 0, "")) // nothing to end
	check(t, s.MarkPending(ctx, "a1", 0, noon))

	check(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "1")}))
	check(t, s.EndSession(ctx, "a1", 1, ""))
	if got := storedSession(t, s, "a1"); got != nil || len(storedTokens(t, s, "a1")) != 0 {
		t.Errorf("a logout left %+v and %v", got, storedTokens(t, s, "a1"))
	}

	check(t, s.PutSession(ctx, newSession("a1", 2), 0, []session.Sealed{boxed("token:access", "2")}))
	check(t, s.MarkPending(ctx, "a1", 2, noon))
	check(t, s.EndSession(ctx, "a1", 2, "the refresh token was used before"))
	got := storedSession(t, s, "a1")
	if got == nil || got.EndedReason != "the refresh token was used before" || !got.Pending.IsZero() || len(got.Tokens) != 2 {
		t.Errorf("a refusal left %+v", got)
	}
	if left := storedTokens(t, s, "a1"); len(left) != 0 {
		t.Errorf("a refusal left %v", left)
	}
	check(t, s.PutSession(ctx, newSession("a1", 3), 2, nil))
	if got := storedSession(t, s, "a1"); got.EndedReason != "" {
		t.Errorf("a new login is still final: %q", got.EndedReason)
	}
}

func TestTouchOnlyEverMovesForward(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	check(t, s.PutSession(ctx, newSession("a1", 5), 0, []session.Sealed{boxed("token:access", "1")}))
	check(t, s.MarkPending(ctx, "a1", 5, noon))
	touch := func(change func(*session.Session)) *session.Session {
		t.Helper()
		n := newSession("a1", 5)
		change(n)
		check(t, s.TouchSession(ctx, n))
		return storedSession(t, s, "a1")
	}

	later := noon.Add(time.Hour)
	got := touch(func(n *session.Session) {
		n.Proven, n.Tokens[0].Accepted, n.Offset, n.Measured = later, later, time.Minute, noon
		n.Tokens[0].ExpiresAt, n.Tokens[0].Source = later, "x" // not its business
	})
	if !got.Proven.Equal(later) || !got.Tokens[0].Accepted.Equal(later) || got.Offset != time.Minute || !got.Measured.Equal(noon) {
		t.Errorf("touched: %+v", got)
	}
	if got.Tokens[0].Source != ".claims.exp" || !got.Pending.Equal(noon) || len(storedTokens(t, s, "a1")) != 1 {
		t.Errorf("a touch changed more than it may: %+v", got)
	}

	v, _ := s.Version(ctx)
	for name, change := range map[string]func(*session.Session){
		"an earlier measure":   func(n *session.Session) { n.Offset, n.Measured = time.Hour, noon.Add(-time.Minute) },
		"an older generation":  func(n *session.Session) { n.Generation, n.Proven = 4, later.Add(1) },
		"another login":        func(n *session.Session) { n.Started, n.Proven = noon.Add(-1), later.Add(1) },
		"an account that left": func(n *session.Session) { n.AccountID = "nobody" },
	} {
		if again := touch(change); !reflect.DeepEqual(again, got) {
			t.Errorf("%s changed the session to %+v", name, again)
		}
	}
	if now, _ := s.Version(ctx); now != v {
		t.Error("touches that changed nothing were written")
	}
}

func TestAMeasureFromTheFutureGivesWay(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	n := newSession("a1", 1)
	n.Measured, n.Offset = noon.Add(24*time.Hour), -24*time.Hour // our clock was a day ahead
	check(t, s.PutSession(ctx, n, 0, nil))
	n.Measured, n.Offset = noon, time.Second
	check(t, s.TouchSession(ctx, n))
	if got := storedSession(t, s, "a1"); got.Offset != time.Second || !got.Measured.Equal(noon) {
		t.Errorf("offset %v, measured at %v", got.Offset, got.Measured)
	}
}

func TestASessionFollowsAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	month := 30 * 24 * time.Hour
	for name, dated := range map[string]bool{"the server's": true, "ours, where no answer has a Date": false} {
		ctx, s := t.Context(), newStore(t)
		withAccount(t, s, "a1")
		ahead := noon.Add(month)
		n := newSession("a1", 1)
		n.HasOffset, n.Proven, n.Started = dated, ahead, noon
		n.Offset, n.Measured = 0, time.Time{}
		if dated {
			n.Offset, n.Measured = month, noon
		}
		n.Tokens = []session.TokenInfo{{Name: "access", Primary: true, Received: ahead, Accepted: ahead, Idle: time.Minute}}
		check(t, s.PutSession(ctx, n, 0, nil))
		now := noon.Add(time.Second)
		n.SetClock(now, 0, dated)
		n.Tokens[0].Accepted = now
		check(t, s.TouchSession(ctx, n))
		got := session.Record{Session: storedSession(t, s, "a1")}
		if left, known := got.Left(now); !known || left != time.Minute {
			t.Errorf("%s: %v left, want the idle life of a minute", name, left)
		}
	}
}

func TestTimesBeyondReasonAreKeptWithinIt(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	n := newSession("a1", 1)
	n.Tokens[0].ExpiresAt = time.Unix(1e15, 0) // year 31,690,708
	n.Tokens[1].ExpiresAt = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	n.Proven, n.Started = time.Unix(1e15, 0), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	check(t, s.PutSession(ctx, n, 0, nil))
	got := storedSession(t, s, "a1")
	if y := got.Tokens[0].ExpiresAt.Year(); y != 9999 {
		t.Errorf("the end of time is in %d", y)
	}
	if !got.Tokens[1].ExpiresAt.Equal(n.Tokens[1].ExpiresAt) {
		t.Errorf("the end of 9999 became %v", got.Tokens[1].ExpiresAt)
	}
	if got.Proven.Year() != 2262 || got.Started.Year() != 1677 {
		t.Errorf("proven %v, started %v", got.Proven, got.Started)
	}
}

func TestRejectionsAreKept(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), noon.Add(time.Hour)
	s, err := Open(ctx, Options{Dir: newStore(t).Dir(), Now: func() time.Time { return now }})
	check(t, err)
	defer s.Close()
	withAccount(t, s, "a1")
	n := newSession("a1", 1)
	check(t, s.PutSession(ctx, n, 0, nil))
	want := session.Rejection{At: noon.Add(time.Minute), By: "GET /me", Renewed: noon.Add(time.Second), Checked: noon}
	check(t, s.UpdateRejection(ctx, "a1", 1, func(r *session.Rejection) { *r = want }))
	wantErr(t, s.UpdateRejection(ctx, "a1", 2, func(*session.Rejection) { t.Error("another generation was changed") }), session.ErrStale)
	rejection := func() session.Rejection {
		rec, err := openStore(t, s.Dir()).Account(ctx, "a1")
		check(t, err)
		return rec.Session.Rejection
	}
	if got := rejection(); got != want {
		t.Errorf("got %+v", got)
	}
	// An answer that came before the rejection does not end it, a later one does.
	for _, tt := range []struct {
		accepted time.Duration
		knows    bool // of the rejection, which its answer did not end
		ends     bool
	}{{30 * time.Second, false, false}, {2 * time.Minute, true, false}, {2 * time.Minute, false, true}} {
		touch := *newSession("a1", 1)
		touch.Tokens[0].Accepted = noon.Add(tt.accepted + touch.Offset)
		if tt.knows {
			touch.Rejection = want
		}
		check(t, s.TouchSession(ctx, &touch))
		if got := rejection(); got.At.IsZero() != tt.ends || got.Renewed != want.Renewed || got.Checked != want.Checked {
			t.Errorf("accepted after %v: %+v", tt.accepted, got)
		}
	}
	check(t, s.UpdateRejection(ctx, "a1", 1, func(r *session.Rejection) { r.At = now.Add(time.Hour) }))
	check(t, s.TouchSession(ctx, newSession("a1", 1)))
	if got := rejection(); !got.At.IsZero() {
		t.Errorf("one of the future stays: %+v", got)
	}
	next := newSession("a1", 2) // an answer with a new token, from an older copy of the session
	check(t, s.PutSession(ctx, next, 1, nil))
	if got := rejection(); got.Renewed != want.Renewed || got.Checked != want.Checked {
		t.Errorf("after an answer: %+v", got)
	}
	next.Generation, next.Refreshes, next.Rejection.Renewed = 3, next.Refreshes+1, want.Renewed
	check(t, s.PutSession(ctx, next, 2, nil))
	if got := rejection(); got != next.Rejection {
		t.Errorf("after a renewal: %+v", got)
	}
}

// TestNumbersAreBoundedWhereTheyAreRead fails for a column of a number that is scanned
// as it is.
func TestNumbersAreBoundedWhereTheyAreRead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, columns := range map[string][]any{
		"accounts": accountColumns(&session.Account{}), "sessions": sessionColumns(&session.Session{}), "records": s.recordColumns(&recordRow{}),
		"sealed": sealedColumns(&session.Sealed{}), "requests": requestColumns(&session.SavedRequest{}),
		"runs": runColumns(&session.RunRecord{}), "events": s.eventColumns(&session.Event{}),
	} {
		for _, c := range columns {
			if facts, ok := c.(factsColumn); ok {
				columns = append(columns, facts...)
			}
		}
		for i, c := range columns {
			if v := reflect.ValueOf(c); v.Kind() == reflect.Pointer && (v.Elem().CanInt() || v.Elem().CanUint() || v.Elem().CanFloat()) {
				t.Errorf("column %d of %s is any %s", i, name, v.Elem().Type())
			}
		}
	}
}

func TestAGenerationOfAnySizeIsReplaced(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{math.MinInt64, -1, 1, maxGeneration, maxGeneration + 1, math.MaxInt64} {
		ctx, s := t.Context(), newStore(t)
		withAccount(t, s, "a1")
		check(t, s.PutSession(ctx, newSession("a1", 7), 0, nil))
		number := fmt.Sprint(n)
		_, err := s.db.Exec(`UPDATE accounts SET facts = ?`, textsOf([]any{&number, new(string), new(string), &number, new(string), &number}))
		check(t, err)
		was := storedSession(t, s, "a1")
		if was.Refreshes < 0 || was.Refreshes+1 < 0 || was.Offset.Abs() > mostOffset {
			t.Errorf("%d: read as %+v", n, was)
		}
		check(t, s.MarkPending(ctx, "a1", was.Generation, noon))
		check(t, s.UpdateRejection(ctx, "a1", was.Generation, func(r *session.Rejection) { r.By = "GET /" }))
		next := newSession("a1", was.Generation+1)
		check(t, s.PutSession(ctx, next, was.Generation, nil))
		check(t, s.EndRenewal(ctx, "a1", storedSession(t, s, "a1").Generation, noon, "refused", ""))
		check(t, s.EndSession(ctx, "a1", storedSession(t, s, "a1").Generation, ""))
		if storedSession(t, s, "a1") != nil {
			t.Errorf("%d: it is still there", n)
		}
	}
}
