package credential

import (
	"context"

	"tokenring/session"
	"tokenring/session/oauth"
	"tokenring/session/transport"
)

// Keys returns how to request the keys that verify the account's tokens: over its own
// connection, from the issuer that its definition names, if any. Its errors are those of
// Open.
func (o *Opener) Keys(ctx context.Context, rec *session.Record) (way oauth.Way, err error) {
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
