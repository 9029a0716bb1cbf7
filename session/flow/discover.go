package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/transport"
)

// discover reads the metadata of an issuer, from the first of its locations that has
// it, and has the person agree to the origins in it.
func (x *run) discover(ctx context.Context, st *stepResult, d *definition.Discover) error {
	issuer, ok, err := d.Issuer.Text(ctx, x.facts.scope(ctx))
	switch {
	case err != nil:
		return broken(err)
	case !ok:
		return failure(session.BadConfig, "the issuer is missing: a value of the account that makes it is empty")
	}
	locations, err := oauth.Locations(issuer)
	if err != nil {
		return failure(session.BadConfig, "the issuer: "+err.Error())
	}
	metadata, err := oauth.Discover(issuer, locations, func(location *url.URL) (map[string]any, error) {
		return x.metadata(ctx, st, location.String())
	})
	var other oauth.IssuerError
	switch {
	case errors.As(err, &other):
		return unfitIssuer(err)
	case err != nil:
		return err
	case metadata == nil:
		f := failure(session.BadConfig, "")
		f.Meaning, f.Next = address.Show(issuer)+" publishes no metadata of an authorization server", "check the issuer: it is the address that the server calls itself"
		return f
	}
	if d.MTLS != nil && x.facts.holds(ctx, d.MTLS) {
		aliases, _ := metadata["mtls_endpoint_aliases"].(map[string]any)
		maps.Copy(metadata, aliases)
	}
	origins, err := oauth.Origins(issuer, metadata)
	if err != nil {
		return unfitIssuer(fmt.Errorf("the metadata of %s cannot be used: %w", issuer, err))
	}
	return x.agree(ctx, issuer, origins)
}

func unfitIssuer(err error) error {
	f := failure(session.BadConfig, "")
	f.Meaning, f.Next = err.Error(), "edit the account, or ask the operator of the server"
	return f
}

// metadata asks for the metadata at a location; nil if there is none.
func (x *run) metadata(ctx context.Context, st *stepResult, location string) (map[string]any, error) {
	stay := false
	req := &definition.Request{Method: http.MethodGet, URL: jq.Literal(location), Attach: definition.AttachNone, Follow: &stay}
	x.tell(st, "GET "+location)
	if err := x.call(ctx, st, req); err != nil {
		return nil, err
	}
	metadata, _ := st.answer.scope["body"].(map[string]any)
	switch status := st.answer.Status; {
	case len(st.answer.Body) > oauth.MaxMetadata:
		return nil, failure(session.TooLarge, "metadata of more than 1 MiB")
	case isSuccess(status) && metadata["issuer"] != nil:
		return metadata, nil
	case isSuccess(status), isRefusal(status):
		return nil, nil
	}
	return nil, x.facts.unexplained(ctx)
}

// agree has the person agree to the origins that the account does not call yet.
func (x *run) agree(ctx context.Context, issuer string, origins []transport.Origin) error {
	further := slices.DeleteFunc(origins, func(o transport.Origin) bool { return slices.Contains(x.facts.to.allowed, o) })
	if len(further) == 0 {
		return nil
	}
	var hosts, known []string
	for _, o := range further {
		hosts = append(hosts, o.Host())
	}
	for _, o := range x.facts.sub.Origins {
		known = append(known, o.Host())
	}
	list := strings.Join(hosts, ", ")
	about := address.Show(issuer) + " names addresses at " + list + "."
	if len(known) > 0 {
		about += " Agreed to so far: " + strings.Join(known, ", ") + "."
	}
	if x.prompter == nil {
		f := failure(session.NeedsPerson, about)
		f.Meaning, f.Next = "it is not agreed yet that this account calls "+list, "log in by hand and agree to it"
		return f
	}
	answer, err := x.prompter.Ask(ctx, session.Question{
		Name: "origins", Label: "Send this account's credentials to " + list + " too?", Help: about, Confirm: true,
	})
	if err != nil {
		return declined(ctx, err)
	}
	if answer.Reveal() != session.Yes {
		return declined(ctx, nil)
	}
	x.facts.sub.Origins = append(slices.Clone(x.facts.sub.Origins), further...)
	x.facts.to.allowed, x.facts.to.named = append(x.facts.to.allowed, further...), append(x.facts.to.named, further...)
	return nil
}
