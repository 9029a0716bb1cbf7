package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tokenring/session/address"
	"tokenring/session/transport"
)

// Keys are the public keys of a server, and where they came from.
type Keys struct {
	Set []byte // a JWK set (RFC 7517 section 5)
	At  *url.URL
}

// FetchKeys returns the keys at an address.
func FetchKeys(ctx context.Context, client *transport.Client, at *url.URL) (Keys, error) {
	return keysNamedBy(ctx, client, nil, at)
}

func keysNamedBy(ctx context.Context, client *transport.Client, by []transport.Origin, at *url.URL) (Keys, error) {
	data, err := fetch(ctx, client, by, at)
	switch {
	case err != nil:
		return Keys{}, err
	case data == nil:
		return Keys{}, fmt.Errorf("%s has no keys", address.Show(at.String()))
	}
	return Keys{data, at}, nil
}

// IssuerKeys returns the keys that an issuer publishes: those at the "jwks_uri" of its metadata, which may be on another
// host, as Google's are (OpenID Connect Discovery 1.0, section 3).
func IssuerKeys(ctx context.Context, client *transport.Client, issuer string) (Keys, error) {
	locations, err := Locations(issuer)
	if err != nil {
		return Keys{}, fmt.Errorf("the issuer: %w", err)
	}
	metadata, err := Discover(issuer, locations, func(location *url.URL) (map[string]any, error) {
		data, err := fetch(ctx, client, nil, location)
		var metadata map[string]any
		if err != nil || json.Unmarshal(data, &metadata) != nil || metadata["issuer"] == nil {
			return nil, err
		}
		return metadata, nil
	})
	switch {
	case err != nil:
		return Keys{}, err
	case metadata == nil:
		return Keys{}, fmt.Errorf("%s publishes no keys that can be found", address.Show(issuer))
	}
	from, err := transport.ParseOrigin(issuer)
	if err != nil {
		return Keys{}, err
	}
	text, _ := metadata["jwks_uri"].(string)
	if _, err := Endpoint(from, "jwks_uri", text); err != nil {
		return Keys{}, fmt.Errorf("the metadata of %s cannot be used: %w", address.Show(issuer), err)
	}
	at, err := address.Parse(text)
	if err != nil {
		return Keys{}, err
	}
	return keysNamedBy(ctx, client, []transport.Origin{from}, at)
}

// fetch returns the body of a successful answer, or nil. A server may name the address.
func fetch(ctx context.Context, client *transport.Client, by []transport.Origin, at *url.URL) ([]byte, error) {
	resp, err := client.Do(ctx, &transport.Request{Method: http.MethodGet, URL: at, NamedBy: by, Header: http.Header{"Accept": {"application/json"}}})
	switch {
	case err != nil:
		return nil, err
	case resp.Cut || len(resp.Body) > MaxMetadata:
		return nil, errors.New("the answer of " + address.Show(at.String()) + " is longer than 1 MiB")
	case resp.Status == http.StatusOK:
		return resp.Body, nil
	case resp.Status >= 400 && resp.Status < 500:
		return nil, nil // there is none
	}
	return nil, fmt.Errorf("%s answered %d", address.Show(at.String()), resp.Status)
}
