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
	values := c.values(auth.At(kind))
	switch kind {
	case "":
	case "noauth":
		call.Attach = definition.AttachNone
	case "bearer":
		c.credentialAt(call, "header", "Authorization", "Bearer", values["token"])
	case "basic":
		c.basic(call, values["username"], values["password"])
		c.declareName("header", "Authorization")
	case "oauth2":
		c.tellOAuth(c.place(auth), values)
		in, name := "header", "Authorization"
		if values["addTokenTo"] == "queryParams" {
			in, name = "query", "access_token"
		}
		word, ok := values["headerPrefix"]
		if !ok {
			word = "Bearer"
		}
		c.credentialAt(call, in, name, word, values["accessToken"])
	case "apikey":
		c.credentialAt(call, values["in"], values["key"], "", values["value"])
	default:
		c.leaveOutScheme(call, c.place(auth), kind)
	}
}

// settings are the parts of an authorisation that are no secrets.
var settings = []string{
	"key", "in", "username", "grant_type", "addTokenTo", "headerPrefix", "tokenName", "authUrl", "accessTokenUrl", "refreshTokenUrl", "redirect_uri",
	"scope", "state", "client_authentication", "clientId", "useBrowser", "algorithm", "realm", "qop", "region", "service", "tokenType", "audience",
	"resource", "challengeAlgorithm", "consumerKey", "signatureMethod", "version", "disableRetryRequest", "addParamsToHeader", "addEmptyParamsToSign",
	"challenge_algorithm", "isSecretBase64Encoded", "payload", "queryParamKey", "workstation", "domain", "authId", "user", "app",
}

// values returns the values of an authorisation, and declares those that are no settings: v2.1
// has a list of pairs, v2.0 an object.
func (c *collection) values(auth *yaml.Node) map[string]string {
	all := slices.Clone(auth.Members())
	for _, pair := range auth.All() {
		if key := pair.At("key"); key != nil {
			all = append(all, yaml.Entry{Key: key, Value: pair.At("value")})
		}
	}
	values := map[string]string{}
	for _, m := range slices.Backward(all) { // the first of a name counts
		if values[m.Key.Text] = c.fill(m.Value); !slices.Contains(settings, m.Key.Text) {
			c.declare(values[m.Key.Text])
		}
	}
	return values
}

// tellOAuth names the settings of OAuth 2, of which an account can be made.
func (c *collection) tellOAuth(at place, values map[string]string) {
	text := oauthSettings(cmp.Or(values["grant_type"], "authorization_code"), values["accessTokenUrl"], values["authUrl"], values["scope"], values["clientId"])
	if values["clientSecret"] != "" {
		text += "; the client secret was left out"
	}
	if strings.Contains(text, ", ") {
		c.once(at, oauthHint, "%s", text)
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
