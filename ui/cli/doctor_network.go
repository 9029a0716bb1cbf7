package cli

import (
	"errors"
	"net/url"
	"runtime"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/transport"
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
