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
	known := f.secretFields()
	published, told := f.def.Published(), f.def.Told()
	for _, from := range []map[string]secret.String{f.sub.Tokens, f.captures} {
		for name, v := range from {
			isTold := slices.Contains(told, name) && token.Parse(v.Reveal()).Kind == token.Opaque
			if !isTold && !slices.Contains(published, name) {
				known = append(known, v)
			}
		}
	}
	return f.sub.redactors.of(slices.AppendSeq(known, maps.Values(f.answers)))
}

// credentials returns the redactor of the credentials, for answers, which may show captured ids.
func (f *facts) credentials() *secret.Redactor {
	if f.made.redactor != nil {
		return f.made.redactor
	}
	known := f.secretFields()
	named := f.def.CredentialNames()
	for _, from := range []map[string]secret.String{f.sub.Tokens, f.captures} {
		for name, v := range from {
			if slices.Contains(named, name) || token.Parse(v.Reveal()).Kind != token.Opaque {
				known = append(known, v)
			}
		}
	}
	f.made.redactor = f.sub.redactors.of(slices.AppendSeq(known, maps.Values(f.answers)))
	return f.made.redactor
}

func (f *facts) secretFields() []secret.String {
	known := slices.Clone(f.sub.Hide)
	for _, v := range f.sub.Fields {
		if s, ok := v.(secret.String); ok {
			known = append(known, s)
		}
	}
	for _, from := range []map[string]secret.String{f.resolved, f.sub.Answers, f.sub.Connection.Secrets, f.connected} {
		known = slices.AppendSeq(known, maps.Values(from))
	}
	return known
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
