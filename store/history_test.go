package store

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tokenring/session"
)

func newRun(id, accountID string, at time.Time) *session.RunRecord {
	return &session.RunRecord{
		ID: id, AccountID: accountID, At: at, Name: "list", Method: "GET", Path: "/items/${.id}", Status: 200,
		Duration: 42 * time.Millisecond, Size: 1234, Verdict: "passed",
		Sealed: boxed("run:"+id, "body"),
	}
}

func runIDs(t *testing.T, s *Store, q session.RunQuery) []string {
	t.Helper()
	runs, err := s.Runs(t.Context(), q)
	check(t, err)
	ids := []string{}
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestRunIsKeptAsItWas(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	want := newRun("r1", "a1", noon)
	want.As = "anonymous"
	check(t, s.AddRuns(ctx, want))
	got, err := s.Run(ctx, "r1")
	check(t, err)
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("got  %+v\nwant %+v", got, *want)
	}
	listed, err := s.Runs(ctx, session.RunQuery{})
	check(t, err)
	want.Sealed = session.Sealed{}
	if len(listed) != 1 || !reflect.DeepEqual(&listed[0], want) {
		t.Errorf("listed %+v", listed)
	}
	withVault(t, s)
	sent := newRun("r3", "a1", noon)
	sent.Target = "/items/7"
	check(t, s.AddRuns(ctx, sent))
	for at, target := range map[*Store]string{s: sent.Target, openStore(t, s.Dir()): session.SealedText} {
		if listed, err := at.Runs(ctx, session.RunQuery{}); err != nil || len(listed) != 2 || listed[0].Target != target || listed[1].Target != "" {
			t.Errorf("listed %+v, %v", listed, err)
		}
	}
	_, err = s.Run(ctx, "r2")
	wantErr(t, err, session.ErrNotFound)
	wantErr(t, s.AddRuns(ctx, newRun("r2", "nobody", noon)), session.ErrNotFound)
}

// TestADeletedAccountCostsNoOtherItsRuns adds runs of several accounts, one of which was
// deleted meanwhile.
func TestADeletedAccountCostsNoOtherItsRuns(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	withAccount(t, s, "a2")
	check(t, s.DeleteAccount(ctx, "a2"))
	err := s.AddRuns(ctx, newRun("r1", "a1", noon), newRun("r2", "a2", noon), newRun("r3", "a1", noon))
	if wantErr(t, err, session.ErrNotFound); !strings.Contains(err.Error(), "a2") || strings.Contains(err.Error(), "a1") {
		t.Errorf("the error is %v", err)
	}
	if got := runIDs(t, s, session.RunQuery{}); !slices.Equal(got, []string{"r3", "r1"}) {
		t.Errorf("the history has %q", got)
	}
}

func TestRunsAreNarrowed(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	withAccount(t, s, "a2")
	for i, r := range []session.RunRecord{
		{ID: "r0", AccountID: "a1", Method: "GET", Path: "/items", Status: 200, Verdict: "failed"},
		{ID: "r1", AccountID: "a1", Method: "POST", Path: "/items", Name: "100% sure", Status: 201},
		{ID: "r2", AccountID: "a2", Method: "GET", Path: `/it_ems\x`, Status: 401},
		{ID: "r3", AccountID: "a2", Method: "GET", Path: "/users", Name: "Everybody", Status: 200, As: "anonymous"},
		{ID: "r4", AccountID: "a2", Method: "HEAD", Path: "/gone", Status: 404, Verdict: "passed"},
		{ID: "r5", AccountID: "a2", Method: "HEAD", Path: "/down"},
	} {
		r.At = noon.Add(time.Duration(i) * time.Minute)
		check(t, s.AddRuns(ctx, &r))
	}
	for _, c := range []struct {
		q    session.RunQuery
		want string
	}{
		{session.RunQuery{}, "r5 r4 r3 r2 r1 r0"},
		{session.RunQuery{Limit: 2}, "r5 r4"},
		{session.RunQuery{AccountID: "a1"}, "r1 r0"},
		{session.RunQuery{AccountID: "nobody"}, ""},
		{session.RunQuery{AccountID: "a2", Own: true}, "r5 r4 r2"},
		{session.RunQuery{Method: "get"}, "r3 r2 r0"},
		{session.RunQuery{Status: 200}, "r3 r0"},
		{session.RunQuery{Failed: true}, "r5 r2 r0"},
		{session.RunQuery{Failed: true, Limit: 1}, "r5"},
		{session.RunQuery{Since: noon.Add(2 * time.Minute)}, "r5 r4 r3 r2"},
		{session.RunQuery{Text: "ITEMS"}, "r1 r0"},
		{session.RunQuery{Text: "body"}, "r3"},
		{session.RunQuery{Text: "%"}, "r1"},
		{session.RunQuery{Text: "_"}, "r2"},
		{session.RunQuery{Text: `\`}, "r2"},
		{session.RunQuery{AccountID: "a1", Method: "POST", Text: "items", Status: 201, Since: noon}, "r1"},
	} {
		if got := strings.Join(runIDs(t, s, c.q), " "); got != c.want {
			t.Errorf("%+v gives %q, want %q", c.q, got, c.want)
		}
	}
}

func TestHistoryForgetsByCountPerAccount(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	withAccount(t, s, "busy")
	withAccount(t, s, "calm")
	check(t, s.AddRuns(ctx, newRun("calm", "calm", noon.Add(-time.Hour))))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "calm", At: noon}))
	fill(t, s, keepRuns, keepEvents)
	check(t, s.AddRuns(ctx, newRun("newest", "busy", noon)))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "busy", At: noon, Text: "newest"}))

	ids := runIDs(t, s, session.RunQuery{AccountID: "busy", Limit: 2 * keepRuns})
	if len(ids) != keepRuns || ids[0] != "newest" || slices.Contains(ids, "r0") || !slices.Contains(ids, "r1") {
		t.Errorf("%d runs are kept, from %s to %s", len(ids), ids[0], ids[len(ids)-1])
	}
	if got := runIDs(t, s, session.RunQuery{AccountID: "calm"}); len(got) != 1 {
		t.Error("one account's runs pushed out another's")
	}
	events, err := s.Events(ctx, "busy", 2*keepEvents)
	check(t, err)
	if len(events) != keepEvents || events[0].Text != "newest" || events[len(events)-1].Text != "e1" {
		t.Errorf("%d events are kept, the last is %q", len(events), events[len(events)-1].Text)
	}
	if calm, _ := s.Events(ctx, "calm", 0); len(calm) != 1 {
		t.Error("one account's events pushed out another's")
	}
}

// fill writes runs r0, r1, … and events e0, e1, … of the busy account, oldest
// first, past the methods that would look at each.
func fill(t *testing.T, s *Store, runs, events int) {
	t.Helper()
	tx, err := s.db.Begin()
	check(t, err)
	for i := range runs {
		_, err := tx.Exec(`INSERT INTO runs SELECT NULL, ?, 'busy', '', ?, '', '', '', 0, 0, 0, '', '', '', '', '', 0, x''`,
			fmt.Sprint("r", i), nanos(noon.Add(time.Duration(i-runs)*time.Second)))
		check(t, err)
	}
	for i := range events {
		_, err := tx.Exec(`INSERT INTO events SELECT NULL, 'busy', ?, '', 1, ?, x''`, nanos(noon), fmt.Sprint("e", i))
		check(t, err)
	}
	check(t, tx.Commit())
}

func TestHistoryForgetsByAge(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	withAccount(t, s, "a1")
	old, young := noon.Add(-keepFor-time.Second), noon.Add(-keepFor+time.Second)
	check(t, s.AddRuns(ctx, newRun("young", "a1", young)))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: young, Text: "young"}))
	_, err := s.db.Exec(`UPDATE runs SET at = ?1; UPDATE events SET at = ?1`, nanos(old))
	check(t, err)
	check(t, s.AddRuns(ctx, newRun("next", "a1", young)))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: young, Text: "next"}))
	if got := runIDs(t, s, session.RunQuery{}); len(got) != 2 {
		t.Errorf("runs %v: one write cannot tell what time it is", got)
	}
	for range agedBy {
		check(t, s.AddRuns(ctx, newRun(uuid.NewString(), "a1", noon)))
		check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: noon}))
	}
	check(t, s.AddRuns(ctx, newRun("last", "a1", noon)))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: noon}))
	if got := runIDs(t, s, session.RunQuery{}); len(got) != agedBy+2 || got[len(got)-1] != "next" {
		t.Errorf("runs %v", got)
	}
	if events, _ := s.Events(ctx, "", 0); len(events) != agedBy+2 || events[len(events)-1].Text != "next" {
		t.Errorf("events %+v", events)
	}
}

func TestAWrongClockLeavesTheHistory(t *testing.T) {
	t.Parallel()
	ctx, dir, clock := t.Context(), filepath.Join(t.TempDir(), "ring"), noon
	s, err := Open(ctx, Options{Dir: dir, Now: func() time.Time { return clock }})
	check(t, err)
	defer s.Close()
	withAccount(t, s, "a1")
	add := func(n int) {
		var runs []*session.RunRecord
		for range n {
			runs = append(runs, newRun(uuid.NewString(), "a1", clock))
			check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: clock}))
		}
		check(t, s.AddRuns(ctx, runs...))
	}
	add(2 * agedBy)
	clock = noon.Add(125 * 24 * time.Hour)
	add(agedBy - 1)
	clock = noon.Add(time.Minute)
	check(t, s.AddRuns(ctx, newRun("newest", "a1", clock)))
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: clock}))
	runs := runIDs(t, s, session.RunQuery{})
	events, err := s.Events(ctx, "a1", 0)
	check(t, err)
	if len(runs) != 3*agedBy || len(events) != 3*agedBy {
		t.Errorf("%d runs and %d events are left of %d", len(runs), len(events), 3*agedBy)
	}
	if runs[0] != "newest" {
		t.Errorf("the newest run is %s, of the wrong clock", runs[0])
	}
}

func TestHistoryForgetsBySize(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	for i, size := range []int64{1, keepRunBytes, keepRunBytes - 10, 5} {
		r := newRun(fmt.Sprint("r", i), "a1", noon.Add(time.Duration(i)*time.Second))
		r.Sealed.Box = nil
		check(t, s.AddRuns(ctx, r))
		_, err := s.db.Exec(`UPDATE runs SET box_size = ? WHERE id = ?`, size, r.ID)
		check(t, err)
	}
	check(t, s.AddRuns(ctx, newRun("newest", "a1", noon.Add(time.Minute))))
	if got := strings.Join(runIDs(t, s, session.RunQuery{}), " "); got != "newest r3 r2" {
		t.Errorf("kept %s", got)
	}
}

func TestAnAccountKnowsItsLastUse(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	withAccount(t, s, "a1")
	used := func() time.Time {
		rec, err := s.Account(ctx, "a1")
		check(t, err)
		return rec.Used
	}
	if at := used(); !at.IsZero() {
		t.Errorf("a new account was used at %v", at)
	}
	want := time.Time{}
	for i, kind := range session.EventKinds() {
		at := noon.Add(time.Duration(i) * time.Minute)
		check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: at, Kind: kind, OK: true}))
		if slices.Contains([]session.EventKind{session.EventLogin, session.EventRequest, session.EventCopy, session.EventReveal}, kind) {
			want = at
		}
		if got := used(); !got.Equal(want) {
			t.Errorf("after %s it was used at %v, want %v", kind, got, want)
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withVault(t, s)
	var want []session.Event
	for i, account := range []string{"a1", "a2", "a1", ""} {
		e := session.Event{AccountID: account, At: noon.Add(time.Duration(i)), Kind: session.EventLogin, OK: i%2 == 0, Text: fmt.Sprint(i)}
		check(t, s.AddEvent(ctx, &e))
		want = append(want, e)
	}
	slices.Reverse(want)
	all, err := s.Events(ctx, "", 0)
	check(t, err)
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
	mine, err := s.Events(ctx, "a1", 1)
	check(t, err)
	if len(mine) != 1 || mine[0].Text != "2" {
		t.Errorf("the newest of a1 is %+v", mine)
	}
}

// TestCallsStayWithTheirRuns reads what schema 23 found by the id of a run.
func TestCallsStayWithTheirRuns(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ring")
	makeRing(t, dir, migrations()[:23])
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, fileName)))
	check(t, err)
	for _, query := range []string{
		`INSERT INTO accounts (id, name, definition, login, attach, environment, guard, fields, secrets, refs, keep_alive, relogin, allow_http,
			base_url, origin, origins, grants, created, updated) VALUES ('a1', 'a1', '', '', '', '', '', '', '', '', 0, 0, 0, '', '', '', '', 0, 0)`,
		`INSERT INTO runs (` + runNames + `, error, ` + sealedNames + `, box_size) SELECT value, 'a1', '', 1, '', '', '', 200, 1, 1, '', '', '', '', '', x'', 0
			FROM json_each('["r1", "r2", "r3"]')`,
		`INSERT INTO calls (run_id, account_id, box) VALUES ('r3', 'a1', x'03'), ('r2', 'a1', x'02')`,
	} {
		_, err := db.Exec(query)
		check(t, err)
	}
	check(t, db.Close())
	s := openStore(t, dir)
	calls := func() string {
		var all string
		check(t, s.row(t.Context(), []any{&all}, `SELECT ifnull(group_concat(id || hex(calls.box), ' '), '') FROM runs JOIN calls USING (seq)`))
		return all
	}
	if got := calls(); got != "r202 r303" {
		t.Errorf("the calls are %q", got)
	}
	_, err = s.db.Exec(`DELETE FROM runs WHERE id = 'r2'`)
	check(t, err)
	if got := calls(); got != "r303" {
		t.Errorf("without r2 the calls are %q", got)
	}
}
