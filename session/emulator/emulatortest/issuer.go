package emulatortest

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"tokenring/session/emulator"
)

// The clients of an Issuer, by the way in which they prove who they are.
const (
	IssuerBasic  = "robot"  // client_secret_basic alone
	IssuerPost   = "poster" // client_secret_post alone
	IssuerPublic = "desk"   // none
	IssuerSecret = "canary secret+%&"
)

// IssuerOptions configures an Issuer.
type IssuerOptions struct {
	Now       func() time.Time // required
	Path      string           // of the issuer: "/realms/one"; "" is the root
	Place     string           // of the metadata, as a pattern of net/http; by default where OpenID Connect has it
	Metadata  func(map[string]any)
	ClientKey crypto.PublicKey       // of the client IssuerKey
	TokenLife time.Duration          // 10 minutes unless set
	KeepsOld  bool                   // a refresh token lives on after its use
	Deny      bool                   // the person says no
	IDToken   func(jwt.MapClaims)    // changes the claims before they are signed
	Tokens    func(map[string]any)   // changes the answer of the token endpoint
	Answer    func(url.Values)       // changes what the browser brings back
	Prompts   []string               // that its login page knows; nil: any
	Approved  func(polls int) bool   // on the other device; by default at the second poll
	Interval  int                    // of polls, in seconds; 1 unless set
	Trouble   func(polls int) string // the error of a poll, such as slow_down; "": none
}

// Issuer is an authorization server as RFC 6749, 7009, 7636, 7662, 8414, 8628 and 9207
// and OpenID Connect describe it. Whoever comes to its login page is logged in at once,
// as login_hint or admin. A refresh token that is used again ends its family.
type Issuer struct {
	emulator.Server
	opts    IssuerOptions
	key     *ecdsa.PrivateKey
	codes   map[string]*issued
	access  map[string]*issued
	refresh map[string]*issued
	devices map[string]*issued
	spent   map[string]bool // codes and refresh tokens
	granted map[string]int  // by grant type
	calls   []string        // method and path
	sent    []url.Values    // the forms of token requests
}

// issued is what one login brought, and everything made of it.
type issued struct {
	client, user, scope, nonce, challenge, redirect string

	dead    bool
	expires time.Time
	polls   int
}

// NewIssuer makes an Issuer.
func NewIssuer(o IssuerOptions) *Issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	o.TokenLife, o.Interval = cmp.Or(o.TokenLife, 10*time.Minute), cmp.Or(o.Interval, 1)
	o.Place = cmp.Or(o.Place, o.Path+"/.well-known/openid-configuration")
	s := &Issuer{
		opts: o, key: key, codes: map[string]*issued{}, access: map[string]*issued{},
		refresh: map[string]*issued{}, devices: map[string]*issued{}, spent: map[string]bool{}, granted: map[string]int{},
	}
	s.Setup(o.Now, nil)
	for pattern, handle := range map[string]func(*emulator.Call) *emulator.Answer{
		"GET " + o.Place:                 s.metadata,
		"GET " + o.Path + "/authorize":   s.authorize,
		"POST " + o.Path + "/token":      s.token,
		"POST " + o.Path + "/device":     s.device,
		o.Path + "/userinfo":             s.userinfo,
		"POST " + o.Path + "/introspect": s.introspect,
		"POST " + o.Path + "/revoke":     s.revoke,
		"GET " + o.Path + "/jwks":        s.jwks,
		"GET " + o.Path + "/api":         s.api,
	} {
		s.Route(pattern, handle)
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Locked(func() { s.calls = append(s.calls, r.Method+" "+r.URL.Path) })
	s.Server.ServeHTTP(w, r)
}

// Calls returns method and path of every call.
func (s *Issuer) Calls() (calls []string) {
	s.Locked(func() { calls = slices.Clone(s.calls) })
	return calls
}

// Granted returns how often tokens were made by a grant type.
func (s *Issuer) Granted(kind string) (n int) {
	s.Locked(func() { n = s.granted[kind] })
	return n
}

// Forms returns the forms of all token requests.
func (s *Issuer) Forms() (forms []url.Values) {
	s.Locked(func() { forms = slices.Clone(s.sent) })
	return forms
}

// Revoke ends everything that was issued.
func (s *Issuer) Revoke() {
	s.Locked(func() {
		for _, all := range []map[string]*issued{s.access, s.refresh} {
			for _, one := range all {
				one.dead = true
			}
		}
	})
}

func (s *Issuer) address(r *http.Request) string { return "http://" + r.Host + s.opts.Path }

func (s *Issuer) metadata(c *emulator.Call) *emulator.Answer {
	at := s.address(c.Request)
	doc := map[string]any{
		"issuer": at, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token", "userinfo_endpoint": at + "/userinfo",
		"introspection_endpoint": at + "/introspect", "revocation_endpoint": at + "/revoke", "jwks_uri": at + "/jwks",
		"device_authorization_endpoint": at + "/device", "end_session_endpoint": at + "/logout",
		"token_endpoint_auth_methods_supported": []any{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":      []any{"S256"}, "authorization_response_iss_parameter_supported": true,
	}
	if s.opts.Metadata != nil {
		s.opts.Metadata(doc)
	}
	return emulator.Reply(http.StatusOK, doc)
}

// authorize is the login page, where the person says yes at once.
func (s *Issuer) authorize(c *emulator.Call) *emulator.Answer {
	q := c.URL.Query()
	to, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || to.Scheme == "" || q.Get("client_id") != IssuerPublic || q.Get("response_type") != "code" {
		return emulator.Reply(http.StatusBadRequest, emulator.Text("this login cannot be used"))
	}
	back := url.Values{"iss": {s.address(c.Request)}, "state": {q.Get("state")}}
	switch {
	case s.opts.Deny:
		back.Set("error", "access_denied")
		back.Set("error_description", "the person said no")
	case q.Get("code_challenge_method") != "S256", s.opts.Prompts != nil && !s.knows(q.Get("prompt")):
		back.Set("error", "invalid_request")
	default:
		code := rand.Text()
		s.codes[code] = &issued{
			client: IssuerPublic, user: cmp.Or(q.Get("login_hint"), "admin"), scope: q.Get("scope"), nonce: q.Get("nonce"),
			challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"),
		}
		back.Set("code", code)
	}
	if s.opts.Answer != nil {
		s.opts.Answer(back)
	}
	if q.Get("response_mode") == "form_post" {
		return emulator.Reply(http.StatusOK, nil).With("X-Form-Post", back.Encode()) // as a page with a form that sends itself would
	}
	to.RawQuery = back.Encode()
	return emulator.Reply(http.StatusFound, nil).With("Location", to.String())
}

func (s *Issuer) knows(prompts string) bool {
	return !slices.ContainsFunc(strings.Fields(prompts), func(one string) bool { return !slices.Contains(s.opts.Prompts, one) })
}

// client returns the client that a request proves, "" for none.
func (s *Issuer) client(r *http.Request) string {
	if id, secret, ok := r.BasicAuth(); ok {
		id, errID := url.QueryUnescape(id)
		secret, errSecret := url.QueryUnescape(secret) // RFC 6749, section 2.3.1
		if errID == nil && errSecret == nil && id == IssuerBasic && secret == IssuerSecret && r.PostForm.Get("client_id") == "" {
			return id
		}
		return ""
	}
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	switch {
	case r.PostForm.Has("client_assertion"):
		return s.asserted(r)
	case id == IssuerPublic && secret == "", id == IssuerPost && secret == IssuerSecret:
		return id
	}
	return ""
}

func (s *Issuer) token(c *emulator.Call) *emulator.Answer {
	_ = c.ParseForm()
	s.sent = append(s.sent, c.PostForm)
	client, kind := s.client(c.Request), c.PostForm.Get("grant_type")
	var from *issued
	fault := ""
	switch {
	case client == "":
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_client", "the client is not known").
			With("WWW-Authenticate", `Basic realm="clients"`)
	case kind == "client_credentials" && client != IssuerPublic:
		from = &issued{client: client, scope: c.PostForm.Get("scope")}
	case kind == "password" && c.PostForm.Get("password") == emulator.Password:
		from = &issued{client: client, user: c.PostForm.Get("username"), scope: c.PostForm.Get("scope")}
	case kind == "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if claims := s.assertion(c.Request, c.PostForm.Get("assertion")); claims != nil {
			user, _ := claims["sub"].(string)
			from = &issued{client: client, user: user, scope: c.PostForm.Get("scope")}
		}
	case kind == "urn:ietf:params:oauth:grant-type:token-exchange" && client != IssuerPublic:
		if one := s.living(c.PostForm.Get("subject_token")); one != nil && c.PostForm.Get("subject_token_type") == "urn:ietf:params:oauth:token-type:access_token" {
			from = &issued{client: client, user: one.user, scope: c.PostForm.Get("scope")}
		}
	case kind == "authorization_code":
		from, fault = s.redeem(c.PostForm)
	case kind == "refresh_token":
		from, fault = s.renew(c.PostForm.Get("refresh_token"))
	case kind == "urn:ietf:params:oauth:grant-type:device_code":
		from, fault = s.poll(c.PostForm.Get("device_code"))
	default:
		fault = "unsupported_grant_type"
	}
	if from == nil {
		return emulator.OAuthFail(http.StatusBadRequest, cmp.Or(fault, "invalid_grant"), "the server says "+cmp.Or(fault, "invalid_grant"))
	}
	s.granted[kind]++
	return s.issue(c, from)
}

// redeem takes an authorization code, once.
func (s *Issuer) redeem(form url.Values) (*issued, string) {
	code := form.Get("code")
	from, sum := s.codes[code], sha256.Sum256([]byte(form.Get("code_verifier")))
	if from == nil {
		return nil, ""
	}
	if s.spent[code] {
		from.dead = true // RFC 6749, section 4.1.2
		return nil, ""
	}
	s.spent[code] = true
	if from.redirect != form.Get("redirect_uri") || from.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		return nil, ""
	}
	return from, ""
}

// renew takes a refresh token. One that is used again ends its family (RFC 9700, section
// 4.14.2).
func (s *Issuer) renew(token string) (*issued, string) {
	from := s.refresh[token]
	if from == nil || from.dead {
		return nil, ""
	}
	if s.spent[token] {
		from.dead = true
		return nil, ""
	}
	s.spent[token] = !s.opts.KeepsOld
	return from, ""
}

func (s *Issuer) device(c *emulator.Call) *emulator.Answer {
	_ = c.ParseForm()
	client := s.client(c.Request)
	if client == "" {
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_client", "")
	}
	code := rand.Text()
	s.devices[code] = &issued{client: client, user: "admin", scope: c.PostForm.Get("scope")}
	return emulator.Reply(http.StatusOK, map[string]any{
		"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": s.address(c.Request) + "/activate",
		"verification_uri_complete": s.address(c.Request) + "/activate?user_code=WDJB-MJHT", "expires_in": 600, "interval": s.opts.Interval,
	})
}

func (s *Issuer) poll(code string) (*issued, string) {
	from := s.devices[code]
	if from == nil {
		return nil, "expired_token"
	}
	from.polls++
	approved := from.polls > 1
	if s.opts.Approved != nil {
		approved = s.opts.Approved(from.polls)
	}
	switch {
	case s.opts.Trouble != nil && s.opts.Trouble(from.polls) != "":
		return nil, s.opts.Trouble(from.polls)
	case s.opts.Deny:
		return nil, "access_denied"
	case !approved:
		return nil, "authorization_pending"
	}
	return from, ""
}

// issue answers with tokens.
func (s *Issuer) issue(c *emulator.Call, from *issued) *emulator.Answer {
	access := rand.Text()
	s.access[access] = &issued{client: from.client, user: from.user, scope: from.scope, expires: s.opts.Now().Add(s.opts.TokenLife)}
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(s.opts.TokenLife / time.Second), "scope": from.scope}
	if from.user != "" {
		refresh := rand.Text()
		s.refresh[refresh] = from
		answer["refresh_token"] = refresh
	}
	if slices.Contains(strings.Fields(from.scope), "openid") {
		answer["id_token"] = s.idToken(c.Request, from)
	}
	if s.opts.Tokens != nil {
		s.opts.Tokens(answer)
	}
	return emulator.Reply(http.StatusOK, answer)
}

func (s *Issuer) idToken(r *http.Request, from *issued) string {
	now := s.opts.Now()
	claims := jwt.MapClaims{
		"iss": s.address(r), "sub": "id-of-" + from.user, "aud": from.client, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"preferred_username": from.user,
	}
	if from.nonce != "" {
		claims["nonce"] = from.nonce
	}
	if s.opts.IDToken != nil {
		s.opts.IDToken(claims)
	}
	t := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	t.Header["kid"] = "k1"
	signed, err := t.SignedString(s.key)
	if err != nil {
		panic(err)
	}
	return signed
}

func (s *Issuer) jwks(c *emulator.Call) *emulator.Answer {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return emulator.Reply(http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "x": encode(point[1:33]), "y": encode(point[33:]),
	}}})
}

// bearer returns what a request's access token was issued for; nil if it is not alive.
func (s *Issuer) bearer(r *http.Request) *issued {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return s.living(token)
}

func (s *Issuer) living(token string) *issued {
	if one := s.access[token]; one != nil && !one.dead && s.opts.Now().Before(one.expires) {
		return one
	}
	return nil
}

func (s *Issuer) userinfo(c *emulator.Call) *emulator.Answer {
	one := s.bearer(c.Request)
	if one == nil {
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_token", "").With("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	return emulator.Reply(http.StatusOK, map[string]any{"sub": "id-of-" + one.user, "name": one.user})
}

// api is guarded by the issuer.
func (s *Issuer) api(c *emulator.Call) *emulator.Answer {
	one := s.bearer(c.Request)
	if one == nil {
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_token", "")
	}
	return emulator.Reply(http.StatusOK, map[string]any{"client": one.client, "user": one.user, "scope": one.scope})
}

func (s *Issuer) introspect(c *emulator.Call) *emulator.Answer {
	_ = c.ParseForm()
	if client := s.client(c.Request); client == "" || client == IssuerPublic {
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_client", "")
	}
	return emulator.Reply(http.StatusOK, map[string]any{"active": s.living(c.PostForm.Get("token")) != nil})
}

// revoke answers 200 whatever it is asked to revoke (RFC 7009, section 2.2).
func (s *Issuer) revoke(c *emulator.Call) *emulator.Answer {
	_ = c.ParseForm()
	if s.client(c.Request) == "" {
		return emulator.OAuthFail(http.StatusUnauthorized, "invalid_client", "")
	}
	token := c.PostForm.Get("token")
	for _, all := range []map[string]*issued{s.access, s.refresh} {
		if one := all[token]; one != nil {
			one.dead = true
		}
	}
	return emulator.Reply(http.StatusOK, nil)
}
