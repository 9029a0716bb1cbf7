package accounts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
)

// Order is what the list is sorted by; an unknown one is ByExpiry. Accounts that are equal in it follow in the order
// of ByExpiry.
type Order string

// The orders.
const (
	ByExpiry      Order = "expiry" // by session.Urgency
	ByName        Order = "name"
	ByState       Order = "state"
	ByEnvironment Order = "environment"
	ByUse         Order = "last use"
)

var orders = []Order{ByExpiry, ByName, ByState, ByEnvironment, ByUse}

// Order returns what the list is sorted by.
func (l *List) Order() Order { return l.order }

// resort sorts the list by the next order.
func (l *List) resort() {
	at := max(0, slices.Index(orders, l.order))
	l.order = orders[(at+1)%len(orders)]
	l.book.sort(l.order, l.ctx.Now())
	l.arrange()
}

// severity lists the states, what needs the person most first.
var severity = []session.State{
	session.StateFailed, session.StateNeedsLogin, session.StateExpired, session.StateExpiring, session.StateNotYet, session.StateValid,
	session.StateUnknown, session.StateNoSession,
}

// compare compares two accounts in an order, except for ByExpiry. A running flow does not
// move an account.
func (o Order) compare(x, y *row, now time.Time) int {
	switch o {
	case ByName:
		return cmp.Compare(strings.ToLower(x.snap.Account.Name), strings.ToLower(y.snap.Account.Name))
	case ByState:
		return cmp.Compare(slices.Index(severity, x.snap.RestingState(now)), slices.Index(severity, y.snap.RestingState(now)))
	case ByEnvironment:
		return compareHeads(cmp.Or(x.snap.Account.Environment, noEnvironment), cmp.Or(y.snap.Account.Environment, noEnvironment))
	case ByUse:
		return y.snap.Used.Compare(x.snap.Used)
	}
	return 0
}
