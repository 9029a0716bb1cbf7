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

// verify checks a signature. What keeps the key from being read is the reason why it is not verified: the token is shown
// all the same.
func verify(ctx context.Context, env *app.Env, text string, t *token.Token, o decodeOptions) verification {
	keys, from, err := readKeys(ctx, env, t, o)
	if err != nil {
		return verification{Verification: token.Verification{Alg: t.Alg(), Reason: err.Error()}}
	}
	return verification{token.Verify(text, keys), from}
}

// verification is a verdict on a signature, and the address that its keys came from, or "".
type verification struct {
	token.Verification
	from string
}

func readKeys(ctx context.Context, env *app.Env, t *token.Token, o decodeOptions) (keys []token.Key, from string, err error) {
	var found oauth.Keys
	switch isURL := strings.HasPrefix(o.key, "https://") || strings.HasPrefix(o.key, "http://"); {
	case o.secret != "":
		shared, err := readSecret(ctx, env, "Secret", o.secret)
		return []token.Key{token.SharedKey(shared)}, "", err
	case o.issuer:
		raw, _ := t.Claim("iss")
		var issuer string
		if json.Unmarshal(raw, &issuer) != nil || issuer == "" {
			return nil, "", errors.New("the token names no issuer")
		}
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
