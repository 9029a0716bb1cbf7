package credential

import (
	"maps"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
)

// Snapshot returns the account with its abilities at now, which depend on its
// definition and on what it holds. It needs no key.
func (o *Opener) Snapshot(rec *session.Record, now time.Time) session.Snapshot {
	s := session.Snapshot{Record: rec, Title: rec.Account.Definition}
	def, err := o.Catalog.Get(rec.Account.Definition)
	if err != nil {
		s.Broken = err.Error()
		return s
	}
	s.Title = def.Title
	s.Fields = def
	holds := def.Conditions(rec)
	s.CanCheck = def.Check != nil && holds(def.Check.When)
	s.CanLogout = def.Logout != nil && holds(def.Logout.When)
	mode := def.ModeFor(rec.Account.Attach, holds)
	s.Signs = mode != nil && len(mode.Sign) > 0
	final := s.Session.Final()
	relogin := s.Account.Relogin && def.Repeats(&s.Account) && len(Missing(rec, def, holds)) == 0
	s.CanRelogin = relogin && !final
	s.CanExtend = s.Dead() && (relogin || def.Renews(&s.Account))
	login := def.Login(s.Account.Login)
	s.Offline = login != nil && login.Offline()
	s.OnlyStores = s.Offline && !def.Varies(&s.Account) && len(s.Account.Secrets) > 0 && len(Missing(rec, def, holds)) == 0
	if s.Session == nil || final || def.Refresh == nil || !holds(def.Refresh.When) {
		return s
	}
	s.CanRefresh, s.RefreshSpends = true, spendsPrimary(s.Session, def)
	if needs := def.Refresh.Needs; needs != "" {
		t := s.Session.Token(needs)
		left, known := s.TokenLeft(t, now)
		s.CanRefresh = t != nil && (!known || left > 0)
	}
	return s
}

// Load reads the definitions of accounts together, since Snapshot reads that of one.
func (o *Opener) Load(records []*session.Record) {
	names := map[string]bool{}
	for _, rec := range records {
		names[rec.Account.Definition] = true
	}
	o.Catalog.Load(slices.Collect(maps.Keys(names)))
}

// spendsPrimary reports whether a refresh sends the primary token and no other.
func spendsPrimary(s *session.Session, def *definition.Definition) bool {
	primary, sent := s.Primary(), def.RefreshTokens()
	return primary != nil && len(sent) > 0 && !slices.ContainsFunc(sent, func(name string) bool { return name != primary.Name })
}

// Missing lists the fields that a login of the account needs and the store lacks.
func (o *Opener) Missing(rec *session.Record) ([]definition.Field, error) {
	def, err := o.Catalog.Get(rec.Account.Definition)
	if err != nil {
		return nil, err
	}
	return Missing(rec, def, def.Conditions(rec)), nil
}

// Pasted lists the secrets of an account whose login asks no server: they alone make its
// token. References are left out.
func (o *Opener) Pasted(rec *session.Record) []definition.Field {
	def, err := o.Catalog.Get(rec.Account.Definition)
	if err != nil || def.Login(rec.Account.Login) == nil || !def.Login(rec.Account.Login).Offline() {
		return nil
	}
	return o.Secrets(rec)
}

// Secrets lists the secrets that a person enters for the account's login. References are
// left out.
func (o *Opener) Secrets(rec *session.Record) []definition.Field {
	a := &rec.Account
	def, err := o.Catalog.Get(a.Definition)
	if err != nil {
		return nil
	}
	holds := def.Conditions(rec)
	return slices.DeleteFunc(def.FieldsFor(a.Login), func(f definition.Field) bool {
		_, elsewhere := a.References[f.Name]
		return !f.Secret || elsewhere || !holds(f.When)
	})
}

// Missing lists the fields that a login needs and the account lacks. holds is of
// [definition.Definition.Conditions].
func Missing(rec *session.Record, def *definition.Definition, holds func(*jq.Query) bool) []definition.Field {
	var missing []definition.Field
	for f := range def.EachField(rec.Account.Login) {
		held := rec.Account.HasSecret(f.Name)
		if !f.Secret {
			held = rec.Account.Values[f.Name] != "" || f.Default != nil
		}
		if !held && !f.Optional && holds(f.When) {
			missing = append(missing, *f)
		}
	}
	return missing
}
