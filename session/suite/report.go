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

// Tally is the number of cells per verdict.
type Tally struct {
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Broken      int `json:"errors"`
	Interrupted int `json:"interrupted"`
	Refused     int `json:"refused"`
	Skipped     int `json:"skipped"`
	Left        int `json:"not_reached"`
}

// Tally counts the cells of the report.
func (r *Report) Tally() Tally {
	var t Tally
	for _, row := range r.Cells {
		for i := range row {
			t.add(row[i].Verdict)
		}
	}
	return t
}

// TallyOf counts the cells of one identity.
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
	case Interrupted:
		t.Interrupted++
	default:
		t.Left++
	}
}

// Met reports whether no cell failed, broke, was interrupted or left. Skipped cells, and refusals of
// anonymous without an expectation, do not count.
func (t Tally) Met() bool { return t.Failed+t.Broken+t.Interrupted+t.Left == 0 }

// String returns the tally in a few words: "3 passed, 1 failed".
func (t Tally) String() string {
	text := fmt.Sprintf("%d passed", t.Passed)
	for _, one := range []struct {
		n    int
		word string
	}{{t.Failed, "failed"}, {t.Broken, "without an answer"}, {t.Interrupted, "interrupted"}, {t.Refused, "refused"}, {t.Skipped, "skipped"}, {t.Left, "not reached"}} {
		if one.n > 0 {
			text += fmt.Sprintf(", %d %s", one.n, one.word)
		}
	}
	return text
}

// Change is a cell whose result differs from the one before.
type Change struct{ Was, Is Result }

// Changes lists the cells of a report whose verdict, status or cause differs from an earlier
// report of the same plan, or from an empty report if before is nil. Other values in a
// failed answer, and the times of checks, do not count.
func Changes(before, after *Report) []Change {
	var all []Change
	for i, row := range after.Cells {
		for j := range row {
			var was Result
			if before != nil {
				was = before.Cells[i][j]
			}
			is := row[j]
			if was.Verdict != is.Verdict || was.Status != is.Status || cmp.Or(was.cause, was.Why) != cmp.Or(is.cause, is.Why) {
				all = append(all, Change{was, is})
			}
		}
	}
	return all
}
