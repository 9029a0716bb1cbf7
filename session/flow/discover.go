package flow

import (
	"cmp"
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

// discover reads the metadata of an issuer from the first of its locations that has it, and
// asks the user to agree to the origins in it.
func (x *run) discover(ctx context.Context, st *stepResult, d *definition.Discover) error {
	issuer, ok, err := d.Issuer.Text(ctx, x.scope(ctx))
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
		return explained(session.BadConfig, "", address.Show(issuer)+" publishes no metadata of an authorization server", checkIssuer)
	}
	if d.MTLS != nil && x.holds(ctx, d.MTLS) {
		aliases, _ := metadata["mtls_endpoint_aliases"].(map[string]any)
		maps.Copy(metadata, aliases)
	}
	origins, err := oauth.Origins(issuer, metadata)
	if err != nil {
		return unfitIssuer(fmt.Errorf("the metadata of %s cannot be used: %w", issuer, err))
	}
	if err := x.agree(ctx, address.Show(issuer)+" names addresses at ", session.ForCredentials, origins); err != nil {
		return err
	}
	to := &x.to
	for _, o := range origins {
		if !slices.Contains(to.allowed, o) {
			to.allowed, to.named = append(to.allowed, o), append(to.named, o)
		}
	}
	return nil
}

func unfitIssuer(err error) error {
	return explained(session.BadConfig, "", err.Error(), "edit the account, or ask the operator of the server")
}

const checkIssuer = "check the issuer: it is the address that the server calls itself"

// metadata fetches the metadata at a location, or returns nil if there is none.
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
	f := x.unexplained(ctx)
	if f.Kind == session.Unexpected {
		f.Meaning, f.Next = "the issuer did not answer with its metadata", checkIssuer
	}
	return nil, f
}

// learnAPI asks the user to agree to the address of the API that a login returned, which will
// receive the tokens.
func (x *run) learnAPI(ctx context.Context) error {
	if x.def.APIURL == nil {
		return nil
	}
	home := x.to.allowed[0]
	at, origin, err := x.api(ctx, home)
	if err != nil {
		return explained(session.BadConfig, "", err.Error(), "look at the address to log in at, or ask the operator of the server")
	}
	if at == nil {
		at, origin = x.to.base, home
	}
	if origin != home {
		if err := x.agree(ctx, "The login at "+home.Host()+" says that its API is at ", session.ForTokens, []transport.Origin{origin}); err != nil {
			return err
		}
		if x.flow == session.FlowLogin {
			x.notes = append(x.notes, "its API is at "+x.clean(origin.Host()))
		}
	}
	x.apiURL = at.String()
	return nil
}

// agree asks the user to agree to send what to origins that may not get it yet. names begins
// the question with who names the origins.
func (x *run) agree(ctx context.Context, names string, what session.Purpose, origins []transport.Origin) error {
	sub, home := x.sub, x.to.allowed[0]
	var further session.Origins
	var hosts, known []string
	for _, o := range origins {
		if o != home && !x.agreed(o, what) {
			further, hosts = append(further, session.FurtherOrigin{Origin: string(o), For: what}), append(hosts, o.Host())
		}
	}
	if len(further) == 0 {
		return nil
	}
	for _, o := range sub.Origins {
		known = append(known, transport.Origin(o.Origin).Host()+" ("+o.For.String()+")")
	}
	list := strings.Join(hosts, ", ")
	about := names + list + "."
	if len(known) > 0 {
		about += " Agreed to so far: " + strings.Join(known, ", ") + "."
	}
	if x.prompter == nil {
		return explained(session.NeedsPerson, about, "it is not agreed yet to send "+what.String()+" of this account to "+list, "log in by hand and agree to it")
	}
	agrees, err := x.confirm(ctx, session.Question{Name: "origins", Label: "Send " + what.String() + " there?", Help: about})
	if !agrees {
		return cmp.Or(err, declined(ctx, nil))
	}
	sub.Origins = sub.Origins.With(further...)
	return nil
}
