// Package oauth holds the rules of OAuth 2.0 and OpenID Connect: where an issuer publishes
// its metadata and which of it may be used, what a login in a browser sends and what may
// come back, and what an ID token must state. It reads published keys.
package oauth

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// MaxMetadata is the largest size of metadata, in bytes.
const MaxMetadata = 1 << 20

// called lists the addresses of the metadata that this program calls, rather than opens in
// a browser (RFC 8414, section 2; OpenID Connect Discovery 1.0, section 3; RFC 8628,
// section 4).
var called = []string{
	"token_endpoint", "device_authorization_endpoint", "userinfo_endpoint", "introspection_endpoint", "revocation_endpoint", "jwks_uri",
}

// Locations returns where an issuer may publish its metadata, in the order in which they
// are tried: appended to the issuer as OpenID Connect does (Discovery 1.0, section 4),
// then put before its path for OAuth and for OpenID Connect (RFC 8414, sections 3.1 and
// 5). The error is for the person who entered the issuer.
func Locations(issuer string) ([]*url.URL, error) {
	u, err := address.Parse(issuer)
	switch {
	case err != nil:
		return nil, err
	case u.User != nil:
		return nil, errors.New("an issuer contains no user name or password")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("an issuer has no query and no fragment")
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	paths := []string{path + "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server" + path}
	if path != "" {
		paths = append(paths, "/.well-known/openid-configuration"+path)
	}
	var all []*url.URL
	for _, p := range paths {
		at, err := url.Parse(u.Scheme + "://" + u.Host + p)
		if err != nil {
			return nil, errors.New("the path of the issuer cannot be part of an address")
		}
		all = append(all, at)
	}
	return all, nil
}

// IssuerAt returns the issuer of the metadata at an address that [Locations] may return, or at one of its forms for the
// other kind of metadata; "" if the address is no such location.
func IssuerAt(u *url.URL) string {
	for _, kind := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		before, after, ok := strings.Cut(u.EscapedPath(), kind)
		after = strings.TrimSuffix(after, "/")
		issuer := u.Scheme + "://" + u.Host + before + after
		if _, err := Locations(issuer); ok && err == nil && u.User == nil && u.RawQuery+u.Fragment == "" && (after == "" || after[0] == '/') {
			return issuer
		}
	}
	return ""
}

// IssuerError reports metadata of another issuer.
type IssuerError struct{ error }

// Discover returns the metadata of an issuer from the first of its locations that has it, or nil. get returns the
// metadata at a location, or nil; its errors end the search and are returned as they are. Metadata of another issuer is
// an [IssuerError].
func Discover(issuer string, locations []*url.URL, get func(*url.URL) (map[string]any, error)) (map[string]any, error) {
	for _, location := range locations {
		metadata, err := get(location)
		if err != nil {
			return nil, err
		}
		if metadata == nil {
			continue
		}
		if err := CheckIssuer(issuer, metadata); err != nil {
			return nil, IssuerError{err}
		}
		return metadata, nil
	}
	return nil, nil
}

// CheckIssuer returns an error unless metadata is of the issuer: the address in it is
// the same, character by character (RFC 8414, section 3.3).
func CheckIssuer(issuer string, metadata map[string]any) error {
	named, _ := metadata["issuer"].(string)
	shown := secret.CleanLine(named)
	switch {
	case named == issuer:
		return nil
	case named == "":
		return errors.New("the metadata names no issuer")
	case strings.Contains(named, "{tenantid}"):
		return fmt.Errorf("%s is Microsoft's address for every tenant: enter the one of yours, %s", issuer,
			strings.Replace(shown, "{tenantid}", "TENANT", 1))
	case strings.TrimSuffix(named, "/") == strings.TrimSuffix(issuer, "/"):
		return fmt.Errorf("the issuer calls itself %s: enter exactly that", shown)
	}
	return fmt.Errorf("the metadata at %s is for another issuer, %s", issuer, shown)
}

// Origins returns the origins of the addresses in metadata that are called, each once.
// The error says why an address must not be called: an issuer that is reached over
// TLS or a public network names none without TLS, and none that is on this machine or in
// a private network.
func Origins(issuer string, metadata map[string]any) ([]transport.Origin, error) {
	from, err := transport.ParseOrigin(issuer)
	if err != nil {
		return nil, err
	}
	if text, _ := metadata["token_endpoint"].(string); text == "" {
		return nil, errors.New("it has no token_endpoint")
	}
	var all []transport.Origin
	for _, name := range called {
		text, _ := metadata[name].(string)
		if text == "" {
			continue
		}
		to, err := Endpoint(from, name, text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all, nil
}

// Endpoint returns the origin of an address that a server names, such as an issuer in its metadata, unless it must not be
// called: a server with TLS names none without, and one elsewhere none that is on this machine or in a private network.
func Endpoint(from transport.Origin, name, text string) (transport.Origin, error) {
	u, err := address.Parse(text)
	switch {
	case text == "":
		return "", fmt.Errorf("it has no %s", name)
	case err != nil:
		return "", fmt.Errorf("its %s is not a web address", name)
	case u.User != nil:
		return "", fmt.Errorf("its %s holds a user name or password", name)
	}
	switch to := transport.OriginOf(u); {
	case strings.HasPrefix(string(from), "https:") && !strings.HasPrefix(string(to), "https:"):
		return "", fmt.Errorf("its %s, at %s, does not use TLS", name, to.Host())
	case transport.Inside(to) && !transport.Inside(from):
		return "", fmt.Errorf("its %s is at %s, on this machine or in a private network", name, to.Host())
	default:
		return to, nil
	}
}
