package attempt

import (
	"context"
	"slices"
	"sync"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

type clearing func(accountID string, texts ...string) (*secret.Clear, error)

// Clear returns the check of what is about to be written in clear, with the secrets
// of every account of the ring that opens.
func (c *Client) Clear(ctx context.Context) (*secret.Clear, error) {
	known, err := c.Opener.Known(ctx)
	if err != nil {
		return nil, err
	}
	return secret.NewClear(known...), nil
}

// clearing returns Clear for texts of an account, which it opens once. To open every
// account takes longer, and is done for texts in which a secret of another could be.
func (c *Client) clearing(ctx context.Context) clearing {
	gather := sync.OnceValues(func() (*secret.Clear, error) { return c.Clear(ctx) })
	own := map[string][2]*secret.Clear{} // of an account: with its secrets alone, and with all
	return func(accountID string, texts ...string) (*secret.Clear, error) {
		of, ok := own[accountID]
		rest := 0
		if slices.ContainsFunc(texts, func(text string) bool { return secret.MayHold(jq.Blot(text)) }) {
			rest = 1
		}
		if ok && of[rest] != nil {
			return of[rest], nil
		}
		rec, err := c.Store.Account(ctx, accountID)
		if err != nil {
			return nil, err
		}
		known, _ := c.Opener.KnownOf(ctx, &rec) // what does not open is known nowhere
		var all *secret.Clear
		if rest == 1 {
			if all, err = gather(); err != nil {
				return nil, err
			}
		}
		of[rest] = all.Of(known...)
		own[accountID] = of
		return of[rest], nil
	}
}
