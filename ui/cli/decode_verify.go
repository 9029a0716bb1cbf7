package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/oauth"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
)

// verification is a verdict on a signature, and the address that its keys came from, or "".
type verification struct {
	token.Verification
	from string
	err  error // the keys could not be read: there is no verdict
}

// verifier checks signatures, with keys that it reads once: those of a flag, or of each issuer.
type verifier struct {
	env  *app.Env
	o    decodeOptions
	seen map[string]publishedKeys // by issuer; "" where a flag names them
}

type publishedKeys struct {
	keys []token.Key
	from string
	err  error
}

func (v *verifier) verify(ctx context.Context, text string, t *token.Token) *verification {
	issuer := ""
	if v.o.issuer {
		raw, _ := t.Claim("iss")
		_ = json.Unmarshal(raw, &issuer) // what is no text names none
	}
	got, known := v.seen[issuer]
	if !known {
		got.keys, got.from, got.err = readKeys(ctx, v.env, issuer, v.o)
		v.seen[issuer] = got
	}
	if got.err != nil {
		return &verification{Verification: token.Verification{Alg: t.Alg(), Reason: got.err.Error()}, err: got.err}
	}
	return &verification{Verification: token.Verify(text, got.keys), from: got.from}
}

// unverified returns the error of the first token that does not verify, of those that can be signed; of no token that
// can, the first.
func unverified(all []decoded) error {
	var bad *verification
	verified := false
	for i := range all {
		switch v := all[i].verified; {
		case v.err != nil:
			return fmt.Errorf("no key to verify with: %w", v.err)
		case v.Verdict == token.Valid:
			verified = true
		case all[i].Kind == token.JWS:
			return v.refusal()
		case bad == nil:
			bad = v
		}
	}
	if verified || bad == nil {
		return nil
	}
	return bad.refusal()
}

func (v *verification) refusal() error {
	if v.Verdict == token.Unsafe {
		return refusedError{fmt.Errorf("the signature fits, but do not trust it: %s", v.Reason)}
	}
	return refusedError{fmt.Errorf("the signature is not verified: %s", v.Reason)}
}

func readKeys(ctx context.Context, env *app.Env, issuer string, o decodeOptions) (keys []token.Key, from string, err error) {
	var found oauth.Keys
	switch isURL := strings.HasPrefix(o.key, "https://") || strings.HasPrefix(o.key, "http://"); {
	case o.secret != "":
		shared, err := readSecret(ctx, env, "Secret", o.secret)
		return []token.Key{token.SharedKey(shared)}, "", err
	case o.issuer && issuer == "":
		return nil, "", errors.New("the token names no issuer")
	case o.issuer:
		found, err = oauth.IssuerKeys(ctx, env.Client(), issuer)
	case isURL:
		var at *url.URL
		if at, err = address.Parse(o.key); err == nil {
			found, err = oauth.FetchKeys(ctx, env.Client(), at)
		}
	default:
		found.Set, err = os.ReadFile(o.key)
	}
	if err != nil {
		return nil, "", err
	}
	if found.At != nil {
		from = address.Show(found.At.String())
	}
	keys, err = token.ParseKeys(found.Set)
	if from != "" && slices.ContainsFunc(keys, token.Key.Shared) {
		return nil, from, fmt.Errorf("%s publishes a secret: whoever reads it can sign", from)
	}
	return keys, from, err
}
