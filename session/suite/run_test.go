package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/transport"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

// scripted is a Firer that answers by a function and notes what it was asked.
type scripted struct {
	mu     sync.Mutex
	asked  []string
	answer func(s Call) (Outcome, error)
}

func (f *scripted) Fire(_ context.Context, s Call) (Outcome, error) {
	f.mu.Lock()
	f.asked = append(f.asked, fmt.Sprintf("%d %s", s.Identity, s.Case.Name))
	f.mu.Unlock()
	return f.answer(s)
}

// answered is a judged run of a status.
func answered(s Call, status int) Outcome {
	run := request.NewRun(s.Case.Spec(""), noon)
	run.Answered(&transport.Response{Answer: answer.Answer{Status: status}}, nil, nil)
	run.Judge(context.Background(), s.Expect, nil)
	return Outcome{Run: run}
}

func plan(t *testing.T, src string, tags []string, names ...string) *Plan {
	t.Helper()
	s, err := parse(src)
	if err != nil {
		t.Fatal(err)
	}
	var identities []Identity
	for _, n := range names {
		identities = append(identities, Identity{Name: n, ID: n})
	}
	p, err := NewPlan(s, identities, tags)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// verdicts writes the cells of a report, a line a case.
func verdicts(r *Report) string {
	var lines []string
	for i, row := range r.Cells {
		words := []string{r.Plan.Cases[i].Name}
		for _, c := range row {
			words = append(words, string(c.Verdict))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

const chain = `smoke:
  requests:
    - name: make
      post: /things
      expect: {default: .status == 201, nobody: .status == 401}
      capture: {id: .body.id}
      tags: [write]
    - {name: read, get: "/things/${.vars.id}", expect: .status == 200, tags: [read]}
    - {name: health, get: /health, tags: [fast]}
`

func TestEveryCellHasItsVerdict(t *testing.T) {
	t.Parallel()
	f := &scripted{answer: func(s Call) (Outcome, error) {
		switch {
		case s.Case.Name == "make" && s.Identity == 2:
			return answered(s, 401), nil
		case s.Case.Name == "make":
			out := answered(s, 201)
			out.Captured = map[string]any{"id": s.Identity}
			return out, nil
		case s.Case.Name == "read" && s.Vars["id"] != s.Identity:
			return Outcome{}, errors.New("the capture of another account")
		case s.Case.Name == "read" && s.Identity == 1:
			return answered(s, 403), nil
		case s.Case.Name == "health" && s.Identity == 2:
			return answered(s, 500), nil
		}
		return answered(s, 200), nil
	}}
	var told []string
	r, err := Run(t.Context(), plan(t, chain, nil, "me", "you", Anonymous), f, Options{Now: now, OnResult: func(r Result) {
		told = append(told, fmt.Sprintf("%d/%d %s", r.Case, r.Identity, r.Verdict))
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := "make passed passed passed\nread passed failed skipped\nhealth passed passed failed"
	if got := verdicts(r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if c := r.Cells[1][2]; c.Why != "id was not captured by anonymous" {
		t.Errorf("it was skipped since %q", c.Why)
	}
	if c := r.Cells[1][1]; c.Why != "`.status == 200` does not hold: .status is 403" {
		t.Errorf("it failed since %q", c.Why)
	}
	if c := r.Cells[2][2]; c.Why != "the answer is 500" {
		t.Errorf("without an expectation it failed since %q", c.Why)
	}
	if got := r.Tally(); got != (Tally{Passed: 6, Failed: 2, Skipped: 1}) || got.Met() {
		t.Errorf("the tally is %v", got)
	}
	if slices.Index(told, "0/0 running") < 0 || slices.Index(told, "0/0 running") > slices.Index(told, "0/0 passed") {
		t.Errorf("told %v", told)
	}
	for _, who := range []string{"0", "1"} {
		var order []string
		for _, a := range f.asked {
			if name, ok := strings.CutPrefix(a, who+" "); ok {
				order = append(order, name)
			}
		}
		if !slices.Equal(order, []string{"make", "read", "health"}) {
			t.Errorf("identity %s fired %v", who, order)
		}
	}
}

func TestARefusalOfAnonymousIsNoFailureWhereNothingIsExpectedOfIt(t *testing.T) {
	t.Parallel()
	const src = `smoke:
  requests:
    - {name: open, get: /open}
    - {name: own, get: /own, expect: {me: .status == 200}}
    - {name: all, get: /all, expect: .status == 200}
    - {name: none, get: /none, expect: {nobody: .status == 401}}
    - {name: again, get: /again, retries: {times: 2, every: 1ms}}
`
	f := &scripted{answer: func(s Call) (Outcome, error) {
		if s.Identity == 1 {
			return answered(s, 401), nil
		}
		return answered(s, 200), nil
	}}
	p := plan(t, src, nil, "me", "you")
	p.Identities[1] = p.Identities[1].AsAnonymous()
	r, err := Run(t.Context(), p, f, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	want := "open passed refused\nown passed refused\nall passed failed\nnone passed passed\nagain passed refused"
	if got := verdicts(r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if tally := r.TallyOf(1); tally.String() != "1 passed, 1 failed, 3 refused" || !(Tally{Refused: 1}).Met() {
		t.Errorf("the tally is %s", tally)
	}
	if r.Cells[4][1].Tries != 1 {
		t.Error("a refusal was tried again")
	}
	saved := FromSpecs("saved", "", []request.Spec{{Name: "me", Target: "/me", Expect: ".status == 200"}})
	if e := saved.Cases[0].Expect; e.For("me") == nil || e.For(Anonymous) != nil {
		t.Error("an account's expectation is meant for anonymous too")
	}
}

func TestNothingIsFiredAfterAFailureWithBail(t *testing.T) {
	t.Parallel()
	f := &scripted{answer: func(s Call) (Outcome, error) { return answered(s, 500), nil }}
	r, err := Run(t.Context(), plan(t, chain, nil, "me", "you", "they"), f, Options{Now: now, Parallel: 1, Bail: true})
	if err != nil || len(f.asked) != 1 || r.Tally() != (Tally{Failed: 1, Left: 8}) || r.Tally().Met() {
		t.Errorf("%v: %v, %s", err, f.asked, r.Tally())
	}
}

func TestBailEndsTheRetriesOfOtherAccounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const src = "smoke: {requests: [{name: a, get: /, retries: {times: 9, every: 1s, when: .status == 503}}]}"
		begin := time.Now()
		f := &scripted{answer: func(s Call) (Outcome, error) {
			if s.Identity == 1 {
				time.Sleep(1500 * time.Millisecond)
				return answered(s, 500), nil
			}
			out := answered(s, 503)
			out.Run.Retry = time.Now().Add(maxEvery)
			return out, nil
		}}
		r, err := Run(t.Context(), plan(t, src, nil, "me", "you"), f, Options{Now: time.Now, Bail: true})
		if err != nil || len(f.asked) != 2 || time.Since(begin) != 1500*time.Millisecond || r.Tally() != (Tally{Failed: 2}) {
			t.Errorf("%v: %v after %s, %s", err, f.asked, time.Since(begin), r.Tally())
		}
	})
}

func TestATryWaitsAsLongAsTheServerAsksFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const src = "smoke: {requests: [{name: a, get: /, retries: {times: 3, every: 200ms}}]}"
		for asked, want := range map[time.Duration]struct {
			tries int
			after time.Duration
		}{
			2 * time.Second:        {2, 2 * time.Second},
			time.Millisecond:       {2, 200 * time.Millisecond},
			maxEvery + time.Second: {1, 0},
		} {
			begin, n := time.Now(), 0
			f := &scripted{answer: func(s Call) (Outcome, error) {
				if n++; n > 1 {
					return answered(s, 200), nil
				}
				out := answered(s, 429)
				out.Run.Retry = time.Now().Add(asked)
				return out, nil
			}}
			r, err := Run(t.Context(), plan(t, src, nil, "me"), f, Options{Now: time.Now})
			if err != nil || r.Cells[0][0].Tries != want.tries || time.Since(begin) != want.after {
				t.Errorf("asked for %s: %v, %d tries in %s", asked, err, r.Cells[0][0].Tries, time.Since(begin))
			}
		}
	})
}

func TestVariables(t *testing.T) {
	t.Parallel()
	const src = `smoke:
  requests: [{name: a, get: "/${.vars.tenant}/${.vars.page}"}]
`
	s, err := parse(src)
	if err != nil {
		t.Fatal(err)
	}
	read := func(s *Suite) string {
		t.Helper()
		p, err := NewPlan(s, []Identity{{Name: "me", Environment: "dev"}, {Name: "you", Environment: "prod"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]string, 2)
		f := &scripted{answer: func(s Call) (Outcome, error) {
			seen[s.Identity] = fmt.Sprintf("%v %v", s.Vars["tenant"], s.Vars["page"])
			return answered(s, 200), nil
		}}
		if _, err := Run(t.Context(), p, f, Options{Now: now, Parallel: 1}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(seen, ", ")
	}
	if got := read(s); got != "acme 2, acme-eu 2" {
		t.Errorf("the file's values are %s", got)
	}
	other, err := s.With(map[string]string{"tenant": "007", "page": "7"})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(other); got != "007 7, 007 7" || read(s) != "acme 2, acme-eu 2" || other.Vars["page"].Default != 7 {
		t.Errorf("given are %s", got)
	}
	for values, want := range map[[2]string]string{
		{"tenent", "x"}:   "unknown variable tenent",
		{"page", "many"}:  "page: must be a number",
		{"page", "NaN"}:   "page: must be a number",
		{"page", "-inf"}:  "page: must be a number",
		{"page", "1e999"}: "page: must be a number",
		{"tenant", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"}: "tenant looks like a secret",
	} {
		if _, err := s.With(map[string]string{values[0]: values[1]}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", values, err)
		}
	}
	for name, want := range map[string]string{"tenent": "did you mean tenant?", "q": "declare it under variables in the file first"} {
		var unknown *UnknownVariableError
		if _, err := s.With(map[string]string{name: "x"}); !errors.As(err, &unknown) || unknown.Next() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	const large = "123456789012345678901234567890"
	if other, err = s.With(map[string]string{"page": large}); err != nil || read(other) != "acme "+large+", acme-eu "+large {
		t.Errorf("a large number: %v, %v", err, other)
	}
	open, err := parse("smoke: {requests: [{name: a, get: \"/${.vars.open}\"}]}")
	if err != nil {
		t.Fatal(err)
	}
	me := []Identity{{Name: "me", Environment: "dev"}}
	if _, err := NewPlan(open, me, nil); err == nil || !strings.Contains(err.Error(), "the variable open of the request a has no value for me in dev; set it in the file, or with --var open=VALUE") {
		t.Errorf("without a value: %v", err)
	}
	if open, err = open.With(map[string]string{"open": "5"}); err == nil {
		_, err = NewPlan(open, me, nil)
	}
	if err != nil || open.Vars["open"].Default != "5" {
		t.Errorf("with a value: %v", err)
	}
}

func TestTagsPickRequestsAndWhatTheyNeed(t *testing.T) {
	t.Parallel()
	p := plan(t, chain, []string{"read"}, "me")
	var names []string
	for _, c := range p.Cases {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"make", "read"}) {
		t.Errorf("picked %v", names)
	}
	_, err := NewPlan(p.Suite, p.Identities, []string{"raed"})
	if err == nil || err.Error() != "no request of smoke has the tag raed; choose from: fast, read, write" {
		t.Errorf("got %v", err)
	}
}

func TestACaseIsFiredAgainWhileItsRetriesSaySo(t *testing.T) {
	t.Parallel()
	statuses := map[string][]int{
		"until it holds": {500, 500, 200}, "while busy": {503, 404, 200}, "too often": {500, 500, 500}, "not at all": {500},
	}
	var mu sync.Mutex
	f := &scripted{answer: func(s Call) (Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		left := statuses[s.Case.Name]
		statuses[s.Case.Name] = left[1:]
		return answered(s, left[0]), nil
	}}
	r, err := Run(t.Context(), plan(t, `smoke:
  requests:
    - {name: until it holds, get: /, expect: .status == 200, retries: {times: 5, every: 1ms}}
    - {name: while busy, get: /, expect: .status == 200, retries: {times: 5, every: 1ms, when: .status == 503}}
    - {name: too often, get: /, expect: .status == 200, retries: {times: 2, every: 1ms}}
    - {name: not at all, get: /, expect: .status == 200}
`, nil, "me"), f, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Result{{Verdict: Passed, Tries: 3}, {Verdict: Failed, Tries: 2}, {Verdict: Failed, Tries: 3}, {Verdict: Failed, Tries: 1}} {
		if got := r.Cells[i][0]; got.Verdict != want.Verdict || got.Tries != want.Tries {
			t.Errorf("%s: %s after %d tries, want %s after %d", r.Plan.Cases[i].Name, got.Verdict, got.Tries, want.Verdict, want.Tries)
		}
	}
}

func TestACaptureThatIsNotThereFailsAnAnswerThatIsFine(t *testing.T) {
	t.Parallel()
	f := &scripted{answer: func(s Call) (Outcome, error) { return answered(s, 201), nil }}
	r, err := Run(t.Context(), plan(t, chain, nil, "me"), f, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Cells[0][0]; c.Verdict != Failed || c.Why != "id is not in the answer" || !strings.Contains(c.Next, "id?") {
		t.Errorf("the cell is %+v", c)
	}
}

func TestAServerThatGivesNoAnswerIsNotAskedForEver(t *testing.T) {
	t.Parallel()
	f := &scripted{answer: func(s Call) (Outcome, error) {
		return Outcome{Run: &request.Run{Err: "timed out", Next: "is it up?"}}, nil
	}}
	src := "smoke:\n  requests:\n"
	for i := range 10 {
		src += fmt.Sprintf("    - {name: r%d, get: /}\n", i)
	}
	r, err := Run(t.Context(), plan(t, src, nil, "me", "you"), f, Options{Now: now, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.asked) != 2*maxSilent {
		t.Errorf("it was asked %d times", len(f.asked))
	}
	if c := r.Cells[0][0]; c.Verdict != Broken || c.Why != "timed out" || c.Next != "is it up?" {
		t.Errorf("the first is %+v", c)
	}
	if c := r.Cells[9][1]; c.Verdict != Broken || !strings.Contains(c.Why, "no answer 3 times in a row") {
		t.Errorf("the last is %+v", c)
	}
}

func TestAnEndedContextLeavesTheRestUnfired(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := &scripted{answer: func(s Call) (Outcome, error) {
		if s.Case.Name == "read" {
			cancel()
			return Outcome{}, ctx.Err()
		}
		out := answered(s, 201)
		out.Captured = map[string]any{"id": 1}
		return out, nil
	}}
	var last Result
	r, err := Run(ctx, plan(t, chain, nil, "me"), f, Options{Now: now, OnResult: func(r Result) { last = r }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := verdicts(r); got != "make passed\nread \nhealth " || last.Verdict != Waiting {
		t.Errorf("got\n%s\nthe last that was told is %+v", got, last)
	}
}

func TestAccountsRunBesideEachOtherUpToABound(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	running, most := 0, 0
	f := &scripted{answer: func(s Call) (Outcome, error) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
		return answered(s, 200), nil
	}}
	p := plan(t, "smoke: {requests: [{name: a, get: /}, {name: b, get: /}]}", nil, "1", "2", "3", "4", "5", "6")
	if _, err := Run(t.Context(), p, f, Options{Now: now, Parallel: 3}); err != nil {
		t.Fatal(err)
	}
	if most != 3 {
		t.Errorf("%d ran at once, want 3", most)
	}
}

func TestChangesAreCellsThatEndedInAnotherWay(t *testing.T) {
	t.Parallel()
	status := 200
	f := &scripted{answer: func(s Call) (Outcome, error) {
		if s.Case.Name == "b" {
			return answered(s, status), nil
		}
		return answered(s, 200), nil
	}}
	p := plan(t, "smoke: {requests: [{name: a, get: /}, {name: b, get: /}]}", nil, "me")
	before, _ := Run(t.Context(), p, f, Options{Now: now})
	same, _ := Run(t.Context(), p, f, Options{Now: now})
	status = 503
	after, _ := Run(t.Context(), p, f, Options{Now: now})
	if got := Changes(before, same); len(got) != 0 {
		t.Errorf("nothing changed, and yet %v", got)
	}
	if got := Changes(before, after); len(got) != 1 || got[0].Was.Verdict != Passed || got[0].Is.Status != 503 {
		t.Errorf("got %+v", got)
	}
}

func TestOtherValuesAreNoChange(t *testing.T) {
	t.Parallel()
	n := 0
	f := &scripted{answer: func(s Call) (Outcome, error) {
		n++
		run := request.NewRun(s.Case.Spec(""), noon)
		run.Answered(&transport.Response{Answer: answer.Answer{Status: 200, Size: int64(n)}}, nil, nil)
		run.Judge(context.Background(), s.Expect, nil)
		run.Refusal = &session.Refusal{Kind: session.RefusedTooSoon, Renewed: noon.Add(time.Duration(n) * time.Second)}
		return Outcome{Run: run}, nil
	}}
	p := plan(t, "smoke: {requests: [{name: a, get: /, expect: .size == 0 and .status < 300}]}", nil, "me")
	before, _ := Run(t.Context(), p, f, Options{Now: now})
	after, _ := Run(t.Context(), p, f, Options{Now: now})
	if before.Cells[0][0].Why == after.Cells[0][0].Why {
		t.Fatalf("both say %s", before.Cells[0][0].Why)
	}
	if got := Changes(before, after); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	other := plan(t, "smoke: {requests: [{name: a, get: /, expect: .size < 9 and .status == 201}]}", nil, "me")
	after, _ = Run(t.Context(), other, f, Options{Now: now})
	if got := Changes(before, after); len(got) != 1 {
		t.Errorf("another part does not hold: %+v", got)
	}
}

func TestAnAccountMayBeCalledAnonymous(t *testing.T) {
	t.Parallel()
	as := IdentityOf(&session.Account{ID: "1", Name: Anonymous})
	if as.IsAnonymous() || !as.AsAnonymous().IsAnonymous() {
		t.Error("an account of that name sends no token")
	}
}
