package flow

import (
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// everything returns the redactor of every secret of this flow, for the texts of a Failure.
func (f *facts) everything() *secret.Redactor {
	published, told := f.def.Published(), f.def.Told()
	return f.redactor(func(name string, v secret.String) bool {
		isTold := slices.Contains(told, name) && token.Parse(v.Reveal()).Kind == token.Opaque
		return !isTold && !slices.Contains(published, name)
	})
}

// credentials returns the redactor of the credentials, for answers, which may show captured ids.
func (f *facts) credentials() *secret.Redactor {
	if f.made.redactor == nil {
		named := f.def.CredentialNames()
		f.made.redactor = f.redactor(func(name string, v secret.String) bool {
			return slices.Contains(named, name) || token.Parse(v.Reveal()).Kind != token.Opaque
		})
	}
	return f.made.redactor
}

// redactor returns the redactor of the secret fields, the answers, and the captures that hides
// reports.
func (f *facts) redactor(hides func(name string, v secret.String) bool) *secret.Redactor {
	known := slices.Clone(f.hide)
	for _, v := range f.sub.Fields {
		if s, ok := v.(secret.String); ok {
			known = append(known, s)
		}
	}
	for _, from := range []map[string]secret.String{f.resolved, f.answers, f.sub.Answers, f.sub.Connection.Secrets, f.connected} {
		known = slices.AppendSeq(known, maps.Values(from))
	}
	for _, from := range []map[string]secret.String{f.sub.Tokens, f.captures} {
		for name, v := range from {
			if hides(name, v) {
				known = append(known, v)
			}
		}
	}
	return f.sub.redactors.of(known)
}

// clean redacts and sanitises a text for a Failure.
func (f *facts) clean(s string) string {
	return session.Clip(secret.CleanLine(f.everything().Text(s)))
}

// redactors caches the last redactors of a subject, because making one takes as long as a call
// to a nearby server.
type redactors struct{ made []knownRedactor }

type knownRedactor struct {
	known    []secret.String
	redactor *secret.Redactor
}

// maxRedactors bounds the cache: the secrets of a subject change with its tokens.
const maxRedactors = 4

// of returns the redactor of the known secrets, in any order.
func (r *redactors) of(known []secret.String) *secret.Redactor {
	for _, v := range known { // a cookie in quotes, as others write it
		if bare := strings.Trim(v.Reveal(), `"`); bare != v.Reveal() && bare != "" {
			known = append(known, secret.New(bare))
		}
	}
	slices.SortFunc(known, func(a, b secret.String) int { return strings.Compare(a.Reveal(), b.Reveal()) })
	known = slices.CompactFunc(known, secret.String.Equal)
	for _, one := range r.made {
		if slices.EqualFunc(one.known, known, secret.String.Equal) {
			return one.redactor
		}
	}
	if len(r.made) == maxRedactors {
		r.made = r.made[1:]
	}
	r.made = append(r.made, knownRedactor{known, secret.NewRedactor(known...)})
	return r.made[len(r.made)-1].redactor
}
