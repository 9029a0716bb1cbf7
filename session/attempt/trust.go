package attempt

import (
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// UntrustedError reports a file of suites whose current text the user has not approved: its
// author could send anything as the user's accounts.
type UntrustedError struct {
	File    string
	Changed bool   // an earlier text was approved
	Owner   string // another user who owns the file and whom an approval must name; or ""
}

func (e *UntrustedError) Error() string {
	text := secret.CleanLine(e.File)
	if e.Owner != "" {
		text += " belongs to " + secret.CleanLine(e.Owner) + ", not to you, and"
	}
	if e.Changed {
		return text + " has changed since you approved it"
	}
	return text + " has not been approved yet"
}

// Trusted returns an *UntrustedError unless the current text of the file is approved or
// there is no file. Approvals are sealed, so writing to the database does not approve a
// file. session.ErrVaultLocked.
func (c *Client) Trusted(ctx context.Context, src suite.Source) error {
	if src.File == "" {
		return nil
	}
	box, err := c.Store.Approval(ctx, src.File)
	if err != nil {
		return err
	}
	untrusted := &UntrustedError{File: src.File, Owner: src.Owner}
	if box == nil {
		return untrusted
	}
	b := session.ApprovalBinding(src.File)
	hash, err := c.Vault.Open(b, session.Sealed{Name: b.Name, Box: box})
	switch {
	case errors.Is(err, session.ErrSealDamaged):
		return untrusted
	case err != nil:
		return err
	case string(hash) != src.Hash:
		untrusted.Changed = true
		return untrusted
	}
	return nil
}

// Trust approves the current text of a file. session.ErrVaultLocked.
func (c *Client) Trust(ctx context.Context, src suite.Source) error {
	sealed, err := c.Vault.Seal(session.ApprovalBinding(src.File), []byte(src.Hash))
	if err != nil {
		return err
	}
	return c.Store.PutApproval(ctx, src.File, sealed.Box)
}
