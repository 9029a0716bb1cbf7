package flow

import (
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// everything knows every secret of this run: for what a Failure says.
func (x *run) everything() *secret.Redactor {
	known := x.secretFields()
	for _, from := range []map[string]secret.String{x.sub.Tokens, x.values, x.asked} {
		known = slices.AppendSeq(known, maps.Values(from))
	}
	return x.sub.masks.of(known)
}

// credentials knows what opens something: for answers, which may well show an
// id that was captured.
func (x *run) credentials() *secret.Redactor {
	known := x.secretFields()
	named := x.def.CredentialNames()
	for _, from := range []map[string]secret.String{x.sub.Tokens, x.values} {
		for name, v := range from {
			if slices.Contains(named, name) || token.Parse(v.Reveal()).Kind != token.Opaque {
				known = append(known, v)
			}
		}
	}
	return x.sub.masks.of(slices.AppendSeq(known, maps.Values(x.asked)))
}

// masks keeps the redactors of a subject, since to make one costs as much as a
// call to a server near by.
type masks struct{ made []madeMask }

type madeMask struct {
	known    []secret.String
	redactor *secret.Redactor
}

// maxMasks bounds them: what a subject knows changes with its tokens.
const maxMasks = 4

// of gives the redactor of the known secrets, in whatever order they come.
func (m *masks) of(known []secret.String) *secret.Redactor {
	slices.SortFunc(known, func(a, b secret.String) int { return strings.Compare(a.Reveal(), b.Reveal()) })
	known = slices.CompactFunc(known, secret.String.Equal)
	for _, one := range m.made {
		if slices.EqualFunc(one.known, known, secret.String.Equal) {
			return one.redactor
		}
	}
	if len(m.made) == maxMasks {
		m.made = m.made[1:]
	}
	m.made = append(m.made, madeMask{known, secret.NewRedactor(known...)})
	return m.made[len(m.made)-1].redactor
}

func (x *run) secretFields() []secret.String {
	known := slices.Clone(x.sub.Hide)
	for _, v := range x.sub.Fields {
		if s, ok := v.(secret.String); ok {
			known = append(known, s)
		}
	}
	return slices.AppendSeq(known, maps.Values(x.fetched))
}

// clean makes text from a server, or with values in it, fit for a Failure.
func (x *run) clean(s string) string {
	return session.Clip(secret.CleanLine(x.everything().Text(s)))
}
