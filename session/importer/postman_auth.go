package importer

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/yaml"
)

// authorise adds the credentials of an authorisation to the call, in place of what its
// headers say. Every value of it that is no setting is a secret.
func (c *collection) authorise(call *call, auth *yaml.Node) {
	kind := auth.At("type").Written()
	c.declareValues(auth.At(kind))
	switch kind {
	case "":
	case "noauth":
		call.Attach = definition.AttachNone
	case "bearer":
		c.credentialAt(call, "header", "Authorization", "Bearer", c.part(auth, kind, "token"))
	case "basic":
		c.basic(call, c.part(auth, kind, "username"), c.part(auth, kind, "password"))
		c.declareName("header", "Authorization")
	case "oauth2":
		c.tellOAuth(auth)
		in, name := "header", "Authorization"
		if c.part(auth, kind, "addTokenTo") == "queryParams" {
			in, name = "query", "access_token"
		}
		c.credentialAt(call, in, name, cmp.Or(c.part(auth, kind, "headerPrefix"), "Bearer"), cmp.Or(c.part(auth, kind, "accessToken"), mark("access_token")))
	case "apikey":
		c.credentialAt(call, c.part(auth, kind, "in"), c.part(auth, kind, "key"), "", cmp.Or(c.part(auth, kind, "value"), mark("api_key")))
	default:
		c.once(c.place(auth), "add the account by hand", "authorisation of kind %s is not supported; its values were left out", kind)
	}
}

// settings are the parts of an authorisation that are no secrets.
var settings = []string{
	"key", "in", "username", "grant_type", "addTokenTo", "headerPrefix", "tokenName", "authUrl", "accessTokenUrl", "refreshTokenUrl", "redirect_uri",
	"scope", "state", "client_authentication", "clientId", "useBrowser", "algorithm", "realm", "qop", "region", "service", "tokenType", "audience",
	"resource", "challengeAlgorithm", "consumerKey", "signatureMethod", "version", "disableRetryRequest", "addParamsToHeader", "addEmptyParamsToSign",
	"challenge_algorithm", "isSecretBase64Encoded", "payload", "queryParamKey", "workstation", "domain", "authId", "user", "app",
}

// declareValues declares the values of an authorisation that are no settings.
func (c *collection) declareValues(part *yaml.Node) {
	for _, m := range pairs(part) {
		if !slices.Contains(settings, m.Key.Text) {
			c.declare(c.fill(m.Value))
		}
	}
}

// tellOAuth names the settings of OAuth 2, of which an account can be made.
func (c *collection) tellOAuth(auth *yaml.Node) {
	value := func(name string) string { return c.part(auth, "oauth2", name) }
	text := oauthSettings(cmp.Or(value("grant_type"), "authorization_code"), value("accessTokenUrl"), value("authUrl"), value("scope"), value("clientId"))
	if value("clientSecret") != "" {
		text += "; the client secret was left out"
	}
	if strings.Contains(text, ", ") {
		c.once(c.place(auth), oauthHint, "%s", text)
	}
}

const oauthHint = "write a definition with an oauth2 login of them, or enter a token at login"

// oauthSettings describes how to get a token with OAuth 2.
func oauthSettings(grant, token, authorization, scopes, client string) string {
	text := "its OAuth 2 settings: grant " + grant
	for _, s := range [][2]string{{"token address", token}, {"authorization address", authorization}, {"scopes", scopes}, {"client", client}} {
		if s[1] != "" {
			text += ", " + s[0] + " " + s[1]
		}
	}
	return text
}

// part reads a part of an authorisation: v2.1 has a list of pairs, v2.0 an
// object.
func (c *collection) part(auth *yaml.Node, kind, name string) string {
	for _, m := range pairs(auth.At(kind)) {
		if m.Key.Text == name {
			return c.fill(m.Value)
		}
	}
	return ""
}

// pairs returns the parts of an authorisation.
func pairs(n *yaml.Node) []yaml.Entry {
	all := slices.Clone(n.Members())
	for _, pair := range n.All() {
		if key := pair.At("key"); key != nil {
			all = append(all, yaml.Entry{Key: key, Value: pair.At("value")})
		}
	}
	return all
}
