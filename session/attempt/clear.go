package attempt

import (
	"context"
	"slices"
	"sync"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Clear returns the check of what is about to be written in clear, with the secrets
// of every account of the ring that opens.
func (c *Client) Clear(ctx context.Context) (*secret.Clear, error) {
	known, err := c.Opener.Known(ctx)
	if err != nil {
		return nil, err
	}
	return secret.NewClear(known...), nil
}

// clearing returns Clear for texts, once for all of them: nil for texts in which no
// known secret could be, since to open every account takes a while.
func (c *Client) clearing(ctx context.Context) func(texts ...string) (*secret.Clear, error) {
	gather := sync.OnceValues(func() (*secret.Clear, error) { return c.Clear(ctx) })
	return func(texts ...string) (*secret.Clear, error) {
		if !slices.ContainsFunc(texts, func(text string) bool { return secret.MayHold(jq.Blot(text)) }) {
			return nil, nil
		}
		return gather()
	}
}
