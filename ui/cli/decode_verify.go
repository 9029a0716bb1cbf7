package cli

import (
	"context"
	"fmt"
	"os"
	"sync"

	"tokenring/session/address"
	"tokenring/session/oauth"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
)

// verification is a verdict on a signature.
type verification struct {
	oauth.Verified
	err error // the keys could not be read: there is no verdict
}

// verifier checks signatures, with keys that it reads once: those of a flag, or of each issuer.
type verifier struct {
	env    *app.Env
	o      decodeOptions
	remote oauth.Verifier
	way    func() (oauth.Way, error)   // to the issuer
	local  func() ([]token.Key, error) // of a file or a secret
}

func newVerifier(ctx context.Context, env *app.Env, o decodeOptions) *verifier {
	return &verifier{
		env: env, o: o, remote: oauth.Verifier{Client: env.Client(), Now: env.Now},
		way:   sync.OnceValues(func() (oauth.Way, error) { return wayToIssuer(ctx, env, o.issuerOf) }),
		local: sync.OnceValues(func() ([]token.Key, error) { return readKeys(ctx, env, o) }),
	}
}

func (v *verifier) verify(ctx context.Context, text string, t *token.Token) *verification {
	var done verification
	switch at, err := address.Parse(v.o.key); {
	case v.o.issuer || v.o.issuerOf != "":
		var way oauth.Way
		if way, done.err = v.way(); done.err == nil {
			done.Verified, done.err = v.remote.Issuer(ctx, text, way)
		}
	case v.o.key != "" && err == nil:
		done.Verified, done.err = v.remote.At(ctx, text, at)
	default:
		var keys []token.Key
		if keys, done.err = v.local(); done.err == nil {
			done.Verification = token.Verify(text, keys)
		}
	}
	if done.err != nil {
		done.Verification = token.Verification{Alg: t.Alg(), Reason: done.err.Error()}
	}
	return &done
}

// wayToIssuer returns how to ask the issuer of an account for its keys; of no account, that of the token.
func wayToIssuer(ctx context.Context, env *app.Env, account string) (way oauth.Way, err error) {
	if account == "" {
		return way, nil
	}
	err = env.With(ctx, func(r *app.Ring) error {
		found, err := r.Select(ctx, []string{account})
		if err != nil {
			return err
		}
		if way, err = r.Credentials.Keys(ctx, found[0].Record); err != nil {
			return named(account, err)
		}
		return nil
	})
	return way, err
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

// readKeys reads the keys of a file, or the one that a secret is.
func readKeys(ctx context.Context, env *app.Env, o decodeOptions) ([]token.Key, error) {
	if o.secret != "" {
		shared, err := readSecret(ctx, env, "Secret", o.secret)
		return []token.Key{token.SharedKey(shared)}, err
	}
	set, err := os.ReadFile(o.key)
	if err != nil {
		return nil, err
	}
	return token.ParseKeys(set)
}
