package credential

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// PlainSubject returns a subject with the account's plain values and no secrets.
func PlainSubject(a *session.Account, def *definition.Definition) *flow.Subject {
	sub := &flow.Subject{
		Name:       a.Name,
		Definition: def,
		Login:      a.Login,
		Attach:     a.Attach,
		Fields:     map[string]any{},
		Tokens:     map[string]secret.String{},
		AllowHTTP:  a.AllowHTTP,
		Connection: flow.Connection{Connection: a.Connection.Or(def.Connection)},
	}
	for _, f := range def.FieldsFor(a.Login) {
		if f.Type != definition.TypeAccount {
			sub.Fields[f.Name] = f.Value(a.Values[f.Name])
		}
	}
	for _, o := range a.Origins {
		sub.Origins = sub.Origins.With(session.FurtherOrigin{Origin: string(canonical(o.Origin)), For: o.For})
	}
	return sub
}

func lives(s *session.Session) map[string]flow.Life {
	all := make(map[string]flow.Life, len(s.Tokens))
	for _, t := range s.Tokens {
		all[t.Name] = flow.Life{ExpiresAt: t.ExpiresAt, Source: t.Source, Idle: t.Idle, Token: t.Token, Cookie: t.Cookie}
	}
	return all
}

// Destination holds the origins that an account's credentials go to.
type Destination struct {
	BaseURL string
	Origin  string
	Origins session.Origins // every further origin, with what it is for
	Plain   bool            // plain HTTP over a network: needs AllowHTTP
}

// DestinationOf resolves the destination of a subject's calls. It fails if a value
// is missing or not a URL.
func DestinationOf(sub *flow.Subject) (Destination, error) {
	u, further, err := flow.New(nil, nil).Resolve(sub)
	if err != nil {
		return Destination{}, err
	}
	shown, origin := *u, transport.OriginOf(u)
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	d := Destination{
		BaseURL: shown.String(), Origin: string(origin),
		Plain: transport.InClear(sub.Connection.Connection, u),
	}
	d.Origins = slices.DeleteFunc(further, func(o session.FurtherOrigin) bool { return o.Origin == d.Origin })
	return d, nil
}

// sameOrigins returns an error if the definition or a value now leads to an origin
// that the credentials are not meant for.
func sameOrigins(a *session.Account, sub *flow.Subject) error {
	to, err := DestinationOf(sub)
	if err != nil {
		return err
	}
	widened := slices.DeleteFunc(to.Origins, func(o session.FurtherOrigin) bool { return sub.Origins.Allow(o.Origin, o.For) })
	switch {
	case transport.Origin(to.Origin) != canonical(a.Origin):
		return &session.OriginError{Was: a.Origin, Is: to.Origin}
	case len(widened) > 0:
		return &session.OriginError{Was: a.Origin, Is: to.Origin, Widened: widened.Names()}
	}
	return nil
}

// canonical reads a stored origin. One of an earlier version holds an international
// name as it was entered.
func canonical(origin string) transport.Origin {
	o, err := transport.ParseOrigin(origin)
	if err != nil {
		return transport.Origin(origin)
	}
	return o
}

// Keys returns how to request the keys that verify the account's tokens: over its own
// connection, from the issuer that its definition names, if any. Its errors are those of
// Open.
func (o *Opener) Keys(ctx context.Context, rec *session.Record) (way oauth.Way, err error) {
	if rec, err = o.compared(ctx, rec); err != nil {
		return way, err
	}
	sub, err := o.Open(ctx, rec, Options{})
	if err != nil {
		return way, err
	}
	way = oauth.Way{Account: rec.Account.ID, Own: []transport.Origin{canonical(rec.Account.Origin)}, AllowHTTP: sub.AllowHTTP}
	for _, o := range sub.Origins {
		way.Own = append(way.Own, transport.Origin(o.Origin))
	}
	if way.Issuer, err = sub.Issuer(ctx); err != nil {
		return way, err
	}
	way.Connection, err = sub.Connect(ctx)
	return way, err
}
