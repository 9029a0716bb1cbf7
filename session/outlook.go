package session

import (
	"time"

	"tokenring/session/definition"
)

// Outlook is what will become of a session that nobody touches. It says how an
// account stands at any moment without definition, key or database. Times are
// on our clock.
type Outlook struct {
	Session    bool      // the account holds one, or held one that ended for good
	Final      bool      // only the person can go on
	End        time.Time // of the primary token; zero: unknown
	AtLeast    bool      // End is a lower bound: use prolongs the life
	Soon       time.Time // after this the token counts as expiring
	Saved      bool      // a refresh or the stored credentials can go on after End
	SavedUntil time.Time // and no longer than this; zero: no end is known
}

// Foresee gives a function that makes the Outlook of a record by the
// definitions of catalog.
func Foresee(catalog *definition.Catalog, now func() time.Time) func(*Record) Outlook {
	return func(rec *Record) Outlook {
		s := Snapshot{Account: rec.Account, Session: rec.Session}
		outline, err := catalog.Outline(rec.Account.Definition)
		if err == nil {
			s.abilities(outline, now())
		}
		needs := ""
		if err == nil && outline.Refresh != nil {
			needs = outline.Refresh.Needs
		}
		return s.outlook(needs)
	}
}

// outlook is the Outlook of s, whose refresh spends the token needs.
func (s *Snapshot) outlook(needs string) Outlook {
	primary := s.Session.Primary()
	if s.Session == nil || primary == nil && s.Session.Final == "" {
		return Outlook{}
	}
	o := Outlook{Session: true, Final: s.Session.Final != ""}
	if o.Final {
		return o
	}
	end := primary.End()
	if end.IsZero() {
		return o
	}
	o.End, o.AtLeast = end.Add(-s.Session.Offset), primary.AtLeast()
	o.Soon = o.End.Add(-s.warning(primary))
	o.Saved = s.CanRefresh || s.CanRelogin
	if t := s.Session.Token(needs); t != nil && !s.CanRelogin && !t.End().IsZero() {
		o.SavedUntil = t.End().Add(-s.Session.Offset)
	}
	return o
}

// StateAt judges the account at now, as Snapshot.StateAt does where nothing
// runs and nothing failed.
func (o *Outlook) StateAt(now time.Time) State {
	switch {
	case o.Final:
		return StateNeedsLogin
	case !o.Session:
		return StateNoSession
	case o.End.IsZero():
		return StateUnknown
	case !now.After(o.Soon):
		return StateValid
	case now.Before(o.End):
		return StateExpiring
	case o.Saved && (o.SavedUntil.IsZero() || now.Before(o.SavedUntil)):
		return StateExpired
	}
	return StateNeedsLogin
}
