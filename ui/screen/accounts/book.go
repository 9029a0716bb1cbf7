package accounts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/ui/widget/search"
)

// book is every account, judged and in order.
type book struct {
	all   []session.Snapshot
	rows  []row
	order []int // indexes into rows, what dies next first
	byID  map[string]int
	tally map[session.State]int
	death time.Time // of the next token that dies
	fell  []string  // ids of those that were valid and are about to die
}

// row is one account with what was worked out of it once.
type row struct {
	snap  *session.Snapshot
	state session.State
	was   session.State // before the accounts were read anew
	rank  int           // by Snapshot.Urgency, with end
	end   time.Time     // when the primary token dies, our clock; zero: unknown, or it does not matter
	text  string        // what the filter looks at, folded
}

// take puts new snapshots in. With frozen set, accounts keep their places and
// new ones come last.
func (b *book) take(all []session.Snapshot, now time.Time, frozen bool) {
	places := map[string]int{}
	if frozen {
		for at, i := range b.order {
			places[b.rows[i].snap.Account.ID] = at
		}
	}
	old, rows := b.byID, b.rows
	b.all = all
	b.rows = make([]row, len(all))
	b.byID = make(map[string]int, len(all))
	b.order = make([]int, len(all))
	for i := range all {
		b.rows[i] = row{snap: &all[i]}
		b.byID[all[i].Account.ID] = i
		b.order[i] = i
		if was, ok := old[all[i].Account.ID]; ok {
			b.rows[i].was = rows[was].state
		}
	}
	b.judge(now)
	b.sort()
	if !frozen {
		return
	}
	place := func(i int) int {
		if at, known := places[all[i].Account.ID]; known {
			return at
		}
		return len(places)
	}
	slices.SortStableFunc(b.order, func(i, j int) int { return cmp.Compare(place(i), place(j)) })
}

// judge works out how every account stands at now, and reports whether any
// stands differently.
func (b *book) judge(now time.Time) (changed bool) {
	b.tally = make(map[session.State]int, 8)
	b.death = time.Time{}
	for i := range b.rows {
		r := &b.rows[i]
		state := r.snap.StateAt(now)
		r.rank, r.end = r.snap.Urgency(now)
		b.nextDeath(r.snap, now)
		b.tally[state]++
		if state != r.state {
			if state == session.StateExpiring && (r.state == session.StateValid || r.was == session.StateValid) {
				b.fell = append(b.fell, r.snap.Account.ID)
			}
			r.state, changed = state, true
			r.text = haystack(r.snap, state)
		}
	}
	return changed
}

// nextDeath looks for the next token to die: with it, what can be done for
// its account may change.
func (b *book) nextDeath(s *session.Snapshot, now time.Time) {
	if s.Session == nil {
		return
	}
	for i := range s.Session.Tokens {
		left, ok := s.TokenLeft(&s.Session.Tokens[i], now)
		if at := now.Add(left); ok && left > 0 && (b.death.IsZero() || at.Before(b.death)) {
			b.death = at
		}
	}
}

// sort puts the accounts in the order of session.SortByUrgency.
func (b *book) sort() {
	slices.SortFunc(b.order, func(i, j int) int {
		x, y := &b.rows[i], &b.rows[j]
		return cmp.Or(cmp.Compare(x.rank, y.rank), x.end.Compare(y.end), cmp.Compare(x.snap.Account.Name, y.snap.Account.Name))
	})
}

// haystack is what the filter looks at, the name in the line that is also found
// with letters left out.
func haystack(s *session.Snapshot, state session.State) string {
	facts := []string{s.Account.Environment, string(state), s.Title, s.Account.Definition, s.Host}
	return search.Fold(s.Account.Name + "\n" + strings.Join(facts, "\n"))
}
