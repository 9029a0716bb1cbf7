package attempt

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// Specs lists the requests of the definition, followed by the saved ones. If those cannot be
// opened, it returns the former with the error.
func (c *Client) Specs(ctx context.Context, rec *session.Record) ([]request.Spec, error) {
	def, err := c.Catalog.Get(rec.Account.Definition)
	if err != nil {
		return nil, err
	}
	holds := def.Conditions(rec)
	var specs []request.Spec
	for i := range def.Requests {
		if holds(def.Requests[i].When) {
			specs = append(specs, request.FromDefinition(&def.Requests[i]))
		}
	}
	saved, err := c.Store.Requests(ctx, rec.Account.ID)
	if err != nil {
		return nil, err
	}
	masked := prose.Names{}
	for i := range saved {
		spec, err := c.openRequest(&saved[i])
		if err != nil {
			return specs, err
		}
		if strings.Contains(spec.Name, secret.Hidden) {
			spec.Name = masked.Free(spec.Name)
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

func (c *Client) openRequest(r *session.SavedRequest) (request.Spec, error) {
	var spec request.Spec
	plain, err := c.Vault.Open(binding(r.AccountID, "request:"+r.ID), r.Sealed)
	if err != nil {
		return spec, fmt.Errorf("request %s: %w", r.Name, err)
	}
	err = spec.UnmarshalBinary(plain)
	spec.ID, spec.Name, spec.Title, spec.Shown = r.ID, secret.MaskText(spec.Name), secret.MaskText(spec.Title), secret.MaskPath(r.Path)
	return spec, err
}

// binding returns a binding without origins: saved requests and runs remain readable when
// the account's address changes.
func binding(accountID, name string) session.Binding {
	return session.Binding{AccountID: accountID, Name: name}
}

// SaveRequest stores a request of the account, or a copy of a request of the definition. A
// secret in its path is sealed and does not become part of its name. The error is a
// *request.FieldError if the request is invalid.
func (c *Client) SaveRequest(ctx context.Context, a *session.Account, spec *request.Spec) error {
	saved, err := c.seal(a, spec, c.clearing(ctx))
	if err != nil {
		return err
	}
	defer c.Feed.Notify()
	return c.Store.PutRequest(ctx, saved)
}

// Addition holds requests that an account gets.
type Addition struct {
	Account  *session.Account
	Requests []request.Spec
}

// SaveRequests does what SaveRequest does, for all of them or none. It opens the accounts only
// once, with the first request that could hold one of their secrets.
func (c *Client) SaveRequests(ctx context.Context, additions ...Addition) error {
	clearing := c.clearing(ctx)
	var all []*session.SavedRequest
	for _, add := range additions {
		for i := range add.Requests {
			saved, err := c.seal(add.Account, &add.Requests[i], clearing)
			if err != nil {
				return fmt.Errorf("%s: %w", secret.CleanLine(add.Account.Name), err)
			}
			all = append(all, saved)
		}
	}
	defer c.Feed.Notify()
	return c.Store.Atomically(ctx, func(ctx context.Context) error {
		for _, saved := range all {
			if err := c.Store.PutRequest(ctx, saved); err != nil {
				return err
			}
		}
		return nil
	})
}

// seal returns the stored form of a request. It gives the request its ID, and a name without secrets.
func (c *Client) seal(a *session.Account, spec *request.Spec, clearing clearing) (*session.SavedRequest, error) {
	if _, err := c.compile(suite.IdentityOf(a), a, spec); err != nil {
		return nil, err
	}
	if spec.ID == "" || spec.Builtin {
		spec.ID, spec.Builtin = uuid.NewString(), false
	}
	spec.Shown = ""
	clear, err := clearing(a.ID, spec.Name, spec.Title, spec.Path())
	if err != nil {
		return nil, err
	}
	spec.Name, spec.Title, spec.Shown = clear.Made(spec.Name, spec.Target), clear.Made(spec.Title, spec.Target), clear.Path(spec.Path())
	plain, err := spec.MarshalBinary()
	if err != nil {
		return nil, err
	}
	sealed, err := c.Vault.Seal(binding(a.ID, "request:"+spec.ID), plain)
	if err != nil {
		return nil, err
	}
	return &session.SavedRequest{
		ID: spec.ID, AccountID: a.ID, Name: spec.Name, Method: spec.Method, Path: spec.Path(), Sealed: sealed,
	}, nil
}

// PurgeRequest permanently deletes a deleted request.
func (c *Client) PurgeRequest(ctx context.Context, requestID string) error {
	return c.Store.Purge(ctx, requestID)
}

// DeleteRequest deletes a saved request, which can be restored for a day.
func (c *Client) DeleteRequest(ctx context.Context, requestID string) error {
	defer c.Feed.Notify()
	return c.Store.DeleteRequest(ctx, requestID)
}
