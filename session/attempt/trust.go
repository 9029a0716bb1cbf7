package attempt

import (
	"bytes"
	"context"

	"tokenring/session/secret"
	"tokenring/session/suite"
)

// UntrustedError says that a file of suites was not approved as it stands: who
// wrote it could fire what they like as the person's accounts.
type UntrustedError struct {
	File    string
	Changed bool // it was approved once, with another text
}

func (e *UntrustedError) Error() string {
	if e.Changed {
		return secret.CleanLine(e.File) + " was changed since you approved it"
	}
	return secret.CleanLine(e.File) + " was not approved yet"
}

const trustPrefix = "trust:"

// Trusted is nil when the file was approved with the text it has, or there is
// no file. Else the error is an *UntrustedError.
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

// Trust approves a file with the text it has.
func (c *Client) Trust(ctx context.Context, src suite.Source) error {
	return c.Store.PutMeta(ctx, trustPrefix+src.File, []byte(src.Hash))
}
