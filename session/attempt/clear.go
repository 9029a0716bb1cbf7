package attempt

import (
	"context"
	"slices"
	"sync"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

type clearing func(accountID string, texts ...string) (*secret.Clear, error)

// Clear returns a check for texts to be written in clear. It knows the secrets of every
// account that can be opened.
func (c *Client) Clear(ctx context.Context) (*secret.Clear, error) {
	known, err := c.Opener.Known(ctx)
	if err != nil {
		return nil, err
	}
	return secret.NewClear(known...), nil
}

// clearing returns a function that makes the check for texts of an account and caches it.
// The check knows the secrets of other accounts only if a text could hold one, because
// opening every account takes long.
func (c *Client) clearing(ctx context.Context) clearing {
	everything := sync.OnceValues(func() (*secret.Clear, error) { return c.Clear(ctx) })
	type key struct {
		accountID string
		others    bool // with the secrets of other accounts
	}
	var mu sync.Mutex
	checks := map[key]*secret.Clear{}
	return func(accountID string, texts ...string) (*secret.Clear, error) {
		k := key{accountID, slices.ContainsFunc(texts, func(text string) bool { return secret.MayHold(jq.Blot(text)) })}
		mu.Lock()
		defer mu.Unlock()
		if check := checks[k]; check != nil {
			return check, nil
		}
		rec, err := c.Store.Account(ctx, accountID)
		if err != nil {
			return nil, err
		}
		known, _ := c.Opener.KnownOf(ctx, rec) // a secret that cannot be opened cannot be in a text
		var others *secret.Clear
		if k.others {
			if others, err = everything(); err != nil {
				return nil, err
			}
		}
		checks[k] = others.Of(known...)
		return checks[k], nil
	}
}
