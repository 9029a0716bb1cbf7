package cli

import (
	"context"
	"errors"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/credential"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/ui/cli/app"
)

// network checks the variables that decide how servers are reached.
func (d *doctor) network() {
	if problem := transport.AuthorityProblem(runtime.GOOS, d.env.Getenv); problem != "" {
		name, _, _ := strings.Cut(problem, " ")
		d.add(verdictWarn, name, "", "%s", problem) // it includes the next step
	}
	if void := transport.VoidExemptions(d.env.Getenv); len(void) > 0 {
		d.add(verdictWarn, "NO_PROXY", "write hosts alone, such as example.com", "exempts nothing with %s", strings.Join(void, ", "))
	}
	named, last := false, ""
	for _, scheme := range []string{"https", "http"} {
		route, err := transport.EnvironmentRoute(d.env.Getenv, &url.URL{Scheme: scheme, Host: "host.invalid"})
		named = named || route.Source != "" || err != nil
		if err != nil && err.Error() != last { // ALL_PROXY counts for both
			last = err.Error()
			d.add(verdictFail, "proxy", hintOf(err, ""), "%v", err)
		}
	}
	if !named {
		d.add(verdictOK, "proxy", "", "none: no variable of the environment names one")
	}
}

// hintOf returns the next step of an error of the transport, or otherwise.
func hintOf(err error, otherwise string) string {
	var e *transport.Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.Hint
	}
	return otherwise
}

// proxies reports how the hosts of the accounts are reached where that is not plain.
func (d *doctor) proxies(accounts []session.Snapshot) {
	hosts := map[string]bool{} // origins
	for i := range accounts {
		a := &accounts[i].Account
		for _, origin := range append(a.Origins.Names(), a.Origin) {
			if o, err := transport.ParseOrigin(origin); err == nil {
				hosts[string(o)] = true
			}
		}
	}
	for _, o := range sortedNames(hosts) {
		u, err := url.Parse(o)
		if err != nil {
			continue
		}
		host := secret.CleanLine(transport.Origin(o).Host())
		route, err := transport.EnvironmentRoute(d.env.Getenv, u)
		switch {
		case err != nil:
			d.add(verdictFail, "proxy", "", "%s cannot be reached: %v", host, err)
		case route.Exempt == transport.ExemptLoopback:
			d.add(verdictOK, "proxy", "", "%s is on this machine: no proxy, whatever %s says", host, route.Source)
		case route.Exempt != "":
			d.add(verdictOK, "proxy", "", "%s is reached directly: NO_PROXY exempts %s from %s", host, route.Exempt, route.Source)
		case route.Proxy != nil:
			d.add(verdictOK, "proxy", "", "%s is reached through %s (%s)", host, route.Via(), route.Source)
		}
	}
}

// lowValidity is how long before its end a client certificate is worth a warning.
const lowValidity = 14 * 24 * time.Hour

// connect returns an account's way to its servers. Accounts without one of their own
// are not opened.
func connect(ctx context.Context, r *app.Ring, rec *session.Record) (transport.Connection, error) {
	def, err := r.Catalog.Get(rec.Account.Definition)
	if err != nil || rec.Account.Connection.Or(def.Connection).IsZero() && !rec.Account.HasSecret(session.ConnectionKey) {
		return transport.Connection{}, nil // reported elsewhere, or nothing
	}
	sub, err := r.Credentials.Open(ctx, rec, credential.Options{})
	if err != nil {
		return transport.Connection{}, err
	}
	return sub.Connect(ctx)
}

// connections reports whether the certificates, keys and authorities of accounts can be
// used. Programs of references are run for it with --online only.
func (d *doctor) connections(ctx context.Context, r *app.Ring, accounts []session.Snapshot) {
	for i := range accounts {
		a := &accounts[i].Account
		if !d.online && runsProgram(a) {
			continue
		}
		via, err := connect(ctx, r, accounts[i].Record)
		var changed *session.ChangedError
		switch {
		case errors.Is(err, session.ErrVaultLocked), errors.As(err, &changed), errors.As(err, new(*session.OriginError)):
			continue // reported elsewhere
		case err == nil && via.IsZero() && via.Key.IsZero():
			continue
		case err == nil:
			err = via.Check(d.env.Now())
		}
		var part *transport.ConnectionError
		if errors.As(err, &part) {
			d.add(verdictFail, "connection", part.Hint, "%s: %s", a.Name, part.Text)
			continue
		}
		if err != nil {
			d.add(verdictFail, "connection", "", "%s: %v", a.Name, err)
			continue
		}
		d.ownProxy(a, &via)
		d.leaf(a, &via)
	}
}

// ownProxy reports a proxy that does not come from the environment, without its user.
func (d *doctor) ownProxy(a *session.Account, via *transport.Connection) {
	switch proxy, err := address.ParseProxy(via.Proxy); {
	case via.Proxy == "":
	case via.Proxy == session.ProxyDirect:
		d.add(verdictOK, "proxy", "", "%s is reached directly, whatever the environment says", a.Name)
	case err == nil:
		d.add(verdictOK, "proxy", "", "%s is reached through %s, its own proxy", a.Name, transport.Route{Proxy: proxy}.Via())
	}
}

// leaf reports the client certificate of a connection that can be used.
func (d *doctor) leaf(a *session.Account, via *transport.Connection) {
	leaf, err := via.Leaf()
	if err != nil || leaf == nil {
		d.add(verdictOK, "connection", "", "%s: what it names can be read", a.Name)
		return
	}
	until := leaf.NotAfter.Local().Format(time.DateTime)
	if leaf.NotAfter.Sub(d.env.Now()) < lowValidity {
		d.add(verdictWarn, "certificate", "get a new client certificate", "%s: it ends at %s", a.Name, until)
		return
	}
	d.add(verdictOK, "certificate", "", "%s: it fits its key and ends at %s", a.Name, until)
}

// runsProgram reports whether a secret of the account's connection comes from a
// program.
func runsProgram(a *session.Account) bool {
	return slices.ContainsFunc(session.ConnectionSecrets(), func(name string) bool { return reference.RunsProgram(a.References[name]) })
}
