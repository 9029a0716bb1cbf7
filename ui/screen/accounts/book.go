package accounts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/ui/widget/search"
)

// book holds every account with its state, and their order.
type book struct {
	all           []session.Snapshot
	rows          []row
	places        []int // indexes into rows, in the order of sort
	byID          map[string]int
	tally         map[session.State]int
	nextExpiry    time.Time // of any token; zero if none will expire
	newlyExpiring []string  // ids of accounts that went from valid to expiring
}

// row is one account with what is computed from it.
type row struct {
	snap  *session.Snapshot
	state session.State
	was   session.State // before the last reload
	place session.Urgency
	text  string // searched by the filter, folded
}

// take replaces the snapshots. If frozen, accounts keep their places and new
// ones come last.
func (b *book) take(all []session.Snapshot, o Order, now time.Time, frozen bool) {
	known := map[string]int{}
	if frozen {
		for at, i := range b.places {
			known[b.rows[i].snap.Account.ID] = at
		}
	}
	old, rows := b.byID, b.rows
	b.all = all
	b.rows = make([]row, len(all))
	b.byID = make(map[string]int, len(all))
	b.places = make([]int, len(all))
	for i := range all {
		b.rows[i] = row{snap: &all[i]}
		b.byID[all[i].Account.ID] = i
		b.places[i] = i
		if was, ok := old[all[i].Account.ID]; ok {
			b.rows[i].was = rows[was].state
		}
	}
	b.judge(now)
	b.sort(o, now)
	if !frozen {
		return
	}
	place := func(i int) int {
		if at, ok := known[all[i].Account.ID]; ok {
			return at
		}
		return len(known)
	}
	slices.SortStableFunc(b.places, func(i, j int) int { return cmp.Compare(place(i), place(j)) })
}

// judge computes the state of every account at now, and reports whether any
// changed.
func (b *book) judge(now time.Time) (changed bool) {
	b.tally = make(map[session.State]int, 8)
	b.nextExpiry = time.Time{}
	for i := range b.rows {
		r := &b.rows[i]
		state := r.snap.StateAt(now)
		r.place = r.snap.Urgency(state, now)
		b.findExpiry(r.snap, now)
		b.tally[state]++
		if state != r.state {
			if state == session.StateExpiring && (r.state == session.StateValid || r.was == session.StateValid) {
				b.newlyExpiring = append(b.newlyExpiring, r.snap.Account.ID)
			}
			r.state, changed = state, true
			r.text = haystack(r.snap, state)
		}
	}
	return changed
}

// findExpiry updates nextExpiry with the tokens of an account: when one expires,
// the actions available may change.
func (b *book) findExpiry(s *session.Snapshot, now time.Time) {
	if s.Session == nil {
		return
	}
	for i := range s.Session.Tokens {
		left, ok := s.TokenLeft(&s.Session.Tokens[i], now)
		if at := now.Add(left); ok && left > 0 && (b.nextExpiry.IsZero() || at.Before(b.nextExpiry)) {
			b.nextExpiry = at
		}
	}
}

func (b *book) sort(o Order, now time.Time) {
	slices.SortFunc(b.places, func(i, j int) int {
		x, y := &b.rows[i], &b.rows[j]
		return cmp.Or(o.compare(x, y, now), x.place.Compare(y.place))
	})
}

// haystack returns the text the filter searches, the name on the first line.
func haystack(s *session.Snapshot, state session.State) string {
	facts := []string{s.Account.Environment, string(state), s.Title, s.Account.Definition, s.Host}
	return search.Fold(s.Account.Name + "\n" + strings.Join(facts, "\n"))
}

// facts are the properties that a filter may name: env:prod.
var facts = map[string]func(r *row) string{
	"name":    func(r *row) string { return r.snap.Account.Name },
	"env":     func(r *row) string { return r.snap.Account.Environment },
	"state":   func(r *row) string { return string(r.state) },
	"backend": func(r *row) string { return r.snap.Title + " " + r.snap.Account.Definition },
	"host":    func(r *row) string { return r.snap.Host },
}

// search returns the rows that a filter selects, the best first, and whether they are
// only similar. Its words must all be there; one such as env:prod is about one
// property, a word of which begins with it.
func (b *book) search(filter string) (found []int, loose bool) {
	rows, query := b.places, search.Query{}
	for _, word := range search.Parse(filter) {
		name, value, _ := strings.Cut(word, ":")
		fact := facts[name]
		if fact == nil || name == word {
			query = append(query, word)
			continue
		}
		rows = slices.DeleteFunc(slices.Clone(rows), func(i int) bool {
			return !search.Begins(search.Fold(fact(&b.rows[i])), value)
		})
	}
	return query.Select(rows, func(i int) string { return b.rows[i].text })
}
