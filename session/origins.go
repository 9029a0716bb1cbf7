package session

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session/address"
)

// Purpose is the set of what a further origin gets from an account.
type Purpose uint8

// The purposes.
const (
	ForCredentials Purpose = 1 << iota // what the definition sends there by itself: secrets, codes, refresh tokens
	ForTokens                          // the tokens that requests carry

	ForBoth = ForCredentials | ForTokens
)

func (p Purpose) String() string {
	switch p {
	case ForCredentials:
		return "credentials"
	case ForTokens:
		return "tokens"
	case ForBoth:
		return "credentials and tokens"
	}
	return "nothing"
}

// FurtherOrigin is a server besides that of an account, and what the user agreed to send
// there. Its text is the origin, followed by a space and the purpose unless that is both:
// earlier versions stored only the origin, for both.
type FurtherOrigin struct {
	Origin string
	For    Purpose
}

// String returns the origin and what it gets, for people.
func (o FurtherOrigin) String() string {
	return address.Show(o.Origin) + " (" + o.For.String() + ")"
}

// MarshalText implements encoding.TextMarshaler.
func (o FurtherOrigin) MarshalText() ([]byte, error) {
	if o.For == ForBoth {
		return []byte(o.Origin), nil
	}
	return []byte(o.Origin + " " + o.For.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. An unknown purpose allows nothing.
func (o *FurtherOrigin) UnmarshalText(text []byte) error {
	origin, purpose, alone := strings.Cut(string(text), " ")
	*o = FurtherOrigin{Origin: origin}
	switch {
	case !alone:
		o.For = ForBoth
	case purpose == ForCredentials.String():
		o.For = ForCredentials
	case purpose == ForTokens.String():
		o.For = ForTokens
	}
	return nil
}

// Origins are further origins, each once, sorted.
type Origins []FurtherOrigin

// For returns what an origin gets.
func (o Origins) For(origin string) Purpose {
	i := slices.IndexFunc(o, func(one FurtherOrigin) bool { return one.Origin == origin })
	if i < 0 {
		return 0
	}
	return o[i].For
}

// Allow reports whether an origin gets all of p.
func (o Origins) Allow(origin string, p Purpose) bool { return o.For(origin)&p == p }

// With returns the origins with those of others, each for all its purposes.
func (o Origins) With(others ...FurtherOrigin) Origins {
	all := slices.Clone(o)
	for _, other := range others {
		i := slices.IndexFunc(all, func(one FurtherOrigin) bool { return one.Origin == other.Origin })
		if i < 0 {
			all = append(all, other)
		} else {
			all[i].For |= other.For
		}
	}
	slices.SortFunc(all, func(a, b FurtherOrigin) int { return cmp.Compare(a.Origin, b.Origin) })
	return all
}

// String lists the origins with what each gets, for people.
func (o Origins) String() string {
	shown := make([]string, len(o))
	for i := range o {
		shown[i] = o[i].String()
	}
	return strings.Join(shown, ", ")
}

// Names returns the origins alone.
func (o Origins) Names() []string {
	if o == nil {
		return nil
	}
	names := make([]string, len(o))
	for i := range o {
		names[i] = o[i].Origin
	}
	return names
}
