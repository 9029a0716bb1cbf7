package suite

import (
	"cmp"
	"fmt"
	"time"
)

// Report holds the results of a plan.
type Report struct {
	Plan    *Plan
	Started time.Time
	Ended   time.Time
	Cells   [][]Result // by case, then by identity
}

// Tally holds the number of cells per verdict.
type Tally struct{ Passed, Failed, Refused, Skipped, Broken, Left int }

// Tally counts the cells of the report. Left are those not reached.
func (r *Report) Tally() Tally {
	var t Tally
	for _, row := range r.Cells {
		for i := range row {
			t.add(row[i].Verdict)
		}
	}
	return t
}

// TallyOf is Tally for one identity.
func (r *Report) TallyOf(identity int) Tally {
	var t Tally
	for _, row := range r.Cells {
		t.add(row[identity].Verdict)
	}
	return t
}

func (t *Tally) add(v Verdict) {
	switch v {
	case Passed:
		t.Passed++
	case Failed:
		t.Failed++
	case Refused:
		t.Refused++
	case Skipped:
		t.Skipped++
	case Broken:
		t.Broken++
	default:
		t.Left++
	}
}

// Met reports whether every call met its expectation and none was left out,
// except for skipped ones. A refusal of anonymous meets one that was not meant for it.
func (t Tally) Met() bool { return t.Failed+t.Broken+t.Left == 0 }

// String returns the tally in a few words: "3 passed, 1 failed".
func (t Tally) String() string {
	text := fmt.Sprintf("%d passed", t.Passed)
	for _, one := range []struct {
		n    int
		word string
	}{{t.Failed, "failed"}, {t.Broken, "without an answer"}, {t.Refused, "refused"}, {t.Skipped, "skipped"}, {t.Left, "not reached"}} {
		if one.n > 0 {
			text += fmt.Sprintf(", %d %s", one.n, one.word)
		}
	}
	return text
}

// Change is a cell whose result differs from the one before.
type Change struct{ Was, Is Result }

// Changes lists the cells of a report that differ from the report before, in
// their order: in verdict or status, or for another reason. Other values in an answer
// that is not as expected, and the times of checks, are no change. Both belong to one plan; without one before, no cell was reached.
func Changes(before, after *Report) []Change {
	var all []Change
	for i, row := range after.Cells {
		for j := range row {
			var was Result
			if before != nil {
				was = before.Cells[i][j]
			}
			is := row[j]
			if was.Verdict != is.Verdict || was.Status != is.Status || !was.sameCause(&is) {
				all = append(all, Change{was, is})
			}
		}
	}
	return all
}

func (r *Result) sameCause(o *Result) bool {
	return cmp.Or(r.cause, r.Why) == cmp.Or(o.cause, o.Why)
}
