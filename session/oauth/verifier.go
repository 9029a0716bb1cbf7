package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"tokenring/session/address"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// Verified is a verdict on a signature, and where its keys came from.
type Verified struct {
	token.Verification
	From string    // the address of the keys, for a person to read; "" for keys of another source
	Read time.Time // when they were read there
}

// How long published keys are used. If none fits, they are read again after the shorter time: a new one may have been
// published.
const (
	keepKeys   = time.Hour
	refetchNew = 10 * time.Second
)

// Verifier verifies signatures with published keys, which it reads once for all tokens of an issuer. It is safe for
// concurrent use.
type Verifier struct {
	Client *transport.Client
	Now    func() time.Time

	mu   sync.Mutex
	seen map[string]*published // by the address that was asked for, and the way there
}

// published holds the keys of one source.
type published struct {
	mu   sync.Mutex // held while they are read, which blocks no other source
	keys []token.Key
	from string
	read time.Time // zero: never
	err  error
}

// Issuer verifies a token with the keys that its issuer publishes. An error says why there are no keys.
func (v *Verifier) Issuer(ctx context.Context, raw string, way Way) (Verified, error) {
	t, issuer, by := token.Parse(raw), way.Issuer, []transport.Origin(nil)
	if named := t.Texts("iss"); issuer == "" && len(named) == 1 {
		issuer, by = named[0], way.Own
	}
	if early, done := keyless(raw); done {
		return early, nil
	}
	_, fault := address.Parse(issuer)
	switch {
	case strings.HasPrefix(t.Alg(), "HS"):
		return Verified{}, fmt.Errorf("it is signed with a secret (%s), so only those who have the secret can verify it; tokenring decode --secret takes one", t.Alg())
	case issuer == "":
		return Verified{}, errors.New("the token names no issuer; tokenring decode --key takes a key")
	case fault != nil:
		return Verified{}, errors.New("its issuer is not a web address, so only those who have its key can verify it; tokenring decode --key takes one")
	}
	source := fmt.Sprintf("%s %s %q", issuer, way.Account, way.Connection.Connection)
	return v.verify(raw, source, func() ([]token.Key, string, error) { return asker{ctx, v.Client, &way}.of(by, issuer) })
}

// keyless returns the verdict on a token if it needs no key.
func keyless(raw string) (Verified, bool) {
	early := token.Verify(raw, nil)
	return Verified{Verification: early}, early.Verdict != token.NoMatchingKey
}

// At verifies a token with the keys at an address.
func (v *Verifier) At(ctx context.Context, raw string, at *url.URL) (Verified, error) {
	if early, done := keyless(raw); done {
		return early, nil
	}
	return v.verify(raw, at.String(), func() ([]token.Key, string, error) { return asker{ctx, v.Client, &Way{}}.at(nil, at) })
}

// verify verifies a token with the keys of a source, which read reads.
func (v *Verifier) verify(raw, source string, read func() ([]token.Key, string, error)) (Verified, error) {
	got := v.source(source)
	got.mu.Lock()
	defer got.mu.Unlock()
	for {
		age := v.Now().Sub(got.read)
		if got.read.IsZero() || age > keepKeys || got.err != nil && age > 0 {
			got.keys, got.from, got.err = read()
			got.read, age = v.Now(), 0
		}
		if got.err != nil {
			return Verified{}, got.err
		}
		done := Verified{token.Verify(raw, got.keys), got.from, got.read}
		if done.Verdict >= token.Unsafe || age < refetchNew {
			return done, nil
		}
		got.read = time.Time{}
	}
}

func (v *Verifier) source(address string) *published {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[string]*published{}
	}
	if v.seen[address] == nil {
		v.seen[address] = &published{}
	}
	return v.seen[address]
}
