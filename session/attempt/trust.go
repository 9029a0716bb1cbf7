package attempt

import (
	"bytes"
	"context"

	"tokenring/session/secret"
	"tokenring/session/suite"
)

// UntrustedError reports a file of suites whose current text is not approved: its
// author could send anything as the person's accounts.
type UntrustedError struct {
	File    string
	Changed bool // an earlier text was approved
}

func (e *UntrustedError) Error() string {
	if e.Changed {
		return secret.CleanLine(e.File) + " was changed since you approved it"
	}
	return secret.CleanLine(e.File) + " was not approved yet"
}

const trustPrefix = "trust:"

// Trusted returns an *UntrustedError unless the current text of the file is
// approved or there is no file.
func (c *Client) Trusted(ctx context.Context, src suite.Source) error {
	if src.File == "" {
		return nil
	}
	hash, err := c.Store.Meta(ctx, trustPrefix+src.File)
	if err != nil {
		return err
	}
	if len(hash) > 0 && bytes.Equal(hash, []byte(src.Hash)) {
		return nil
	}
	return &UntrustedError{File: src.File, Changed: len(hash) > 0}
}

// Trust approves the current text of a file.
func (c *Client) Trust(ctx context.Context, src suite.Source) error {
	return c.Store.PutMeta(ctx, trustPrefix+src.File, []byte(src.Hash))
}
