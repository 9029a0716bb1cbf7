package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"tokenring/session/address"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// Way is how to request the keys for an account's tokens. The zero value is for tokens of no account.
type Way struct {
	Account    string // its id: keys that were read for one account are used for no other
	Issuer     string // of its definition, used in place of the one that a token names; or ""
	Connection transport.Connection
	Own        []transport.Origin // its servers; no other sees its client certificate
	AllowHTTP  bool               // for its own servers
}

// asker requests keys from servers.
type asker struct {
	ctx    context.Context
	client *transport.Client
	way    *Way
}

// at returns the keys at an address, a JWK set (RFC 7517, section 5), and the address for a person to read. by lists the
// servers that may have named it; nil: a person or the definition did.
func (a asker) at(by []transport.Origin, at *url.URL) (keys []token.Key, from string, err error) {
	data, err := a.fetch(by, at)
	if err != nil {
		return nil, "", err
	}
	from = address.Show(at.String())
	if data == nil {
		return nil, "", fmt.Errorf("%s has no keys", from)
	}
	if keys, err = token.ParseKeys(data); slices.ContainsFunc(keys, token.Key.Shared) {
		err = fmt.Errorf("%s publishes a secret: anyone who reads it can sign", from)
	}
	return keys, from, err
}

// of returns the keys that an issuer publishes: those at the "jwks_uri" of its metadata, which may be on another host, as
// Google's are (OpenID Connect Discovery 1.0, section 3). by is as for at.
func (a asker) of(by []transport.Origin, issuer string) (keys []token.Key, from string, err error) {
	locations, err := Locations(issuer)
	if err != nil {
		return nil, "", fmt.Errorf("the issuer: %w", err)
	}
	metadata, err := Discover(issuer, locations, func(location *url.URL) (map[string]any, error) {
		data, err := a.fetch(by, location)
		var metadata map[string]any
		if err != nil || json.Unmarshal(data, &metadata) != nil || metadata["issuer"] == nil {
			return nil, err
		}
		return metadata, nil
	})
	if err == nil && metadata == nil {
		err = fmt.Errorf("no published keys of %s were found", address.Show(issuer))
	}
	if err != nil {
		return nil, "", err
	}
	server := transport.OriginOf(locations[0])
	text, _ := metadata["jwks_uri"].(string)
	if _, err := Endpoint(server, "jwks_uri", text); err != nil {
		return nil, "", fmt.Errorf("the metadata of %s cannot be used: %w", address.Show(issuer), err)
	}
	at, err := address.Parse(text)
	if err != nil {
		return nil, "", err
	}
	return a.at([]transport.Origin{server}, at)
}

// fetch returns the body of a successful answer, or nil if there is none. by is as for at.
func (a asker) fetch(by []transport.Origin, at *url.URL) ([]byte, error) {
	way, own := a.way.Connection, slices.Contains(a.way.Own, transport.OriginOf(at))
	if !own {
		way.ClientCertificate, way.Key, way.KeyFile, way.Passphrase = "", secret.String{}, "", secret.String{}
	}
	resp, err := a.client.Do(a.ctx, &transport.Request{
		Method: http.MethodGet, URL: at, NamedBy: by, Header: http.Header{"Accept": {"application/json"}},
		Connection: way, AllowHTTP: own && a.way.AllowHTTP,
	})
	switch {
	case err != nil:
		return nil, err
	case resp.Cut && len(resp.Body) <= MaxMetadata:
		return nil, errors.New("the answer of " + address.Show(at.String()) + " is incomplete: " + resp.CutReason)
	case len(resp.Body) > MaxMetadata:
		return nil, errors.New("the answer of " + address.Show(at.String()) + " is longer than 1 MiB")
	case resp.Status == http.StatusOK:
		return resp.Body, nil
	case resp.Status >= 400 && resp.Status < 500:
		return nil, nil // there is none
	case resp.Status >= 300 && resp.Status < 400:
		return nil, fmt.Errorf("%s answered %d, and no redirect is followed to keys", address.Show(at.String()), resp.Status)
	}
	return nil, fmt.Errorf("%s answered %d", address.Show(at.String()), resp.Status)
}
