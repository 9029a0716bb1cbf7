package emulatortest

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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
	opts IssuerOptions
	key  *ecdsa.PrivateKey
	mux  *http.ServeMux

	mu      sync.Mutex
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
		opts: o, key: key, mux: http.NewServeMux(), codes: map[string]*issued{}, access: map[string]*issued{},
		refresh: map[string]*issued{}, devices: map[string]*issued{}, spent: map[string]bool{}, granted: map[string]int{},
	}
	for pattern, handle := range map[string]http.HandlerFunc{
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
		s.mux.HandleFunc(pattern, handle)
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	s.mux.ServeHTTP(w, r)
}

// Calls returns method and path of every call.
func (s *Issuer) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Granted returns how often tokens were made by a grant type.
func (s *Issuer) Granted(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.granted[kind]
}

// Forms returns the forms of all token requests.
func (s *Issuer) Forms() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Revoke ends everything that was issued.
func (s *Issuer) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range []map[string]*issued{s.access, s.refresh} {
		for _, one := range all {
			one.dead = true
		}
	}
}

func (s *Issuer) address(r *http.Request) string { return "http://" + r.Host + s.opts.Path }

func (s *Issuer) metadata(w http.ResponseWriter, r *http.Request) {
	at := s.address(r)
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
	reply(w, http.StatusOK, doc)
}

// authorize is the login page, where the person says yes at once.
func (s *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || to.Scheme == "" || q.Get("client_id") != IssuerPublic || q.Get("response_type") != "code" {
		http.Error(w, "this login cannot be used", http.StatusBadRequest)
		return
	}
	back := url.Values{"iss": {s.address(r)}, "state": {q.Get("state")}}
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
		w.Header().Set("X-Form-Post", back.Encode()) // as a page with a form that sends itself would
		return
	}
	to.RawQuery = back.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
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

func (s *Issuer) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.sent = append(s.sent, r.PostForm)
	client, kind := s.client(r), r.PostForm.Get("grant_type")
	var from *issued
	fault := ""
	switch {
	case client == "":
		w.Header().Set("WWW-Authenticate", `Basic realm="clients"`)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "the client is not known")
		return
	case kind == "client_credentials" && client != IssuerPublic:
		from = &issued{client: client, scope: r.PostForm.Get("scope")}
	case kind == "password" && r.PostForm.Get("password") == emulator.Password:
		from = &issued{client: client, user: r.PostForm.Get("username"), scope: r.PostForm.Get("scope")}
	case kind == "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if claims := s.assertion(r, r.PostForm.Get("assertion")); claims != nil {
			user, _ := claims["sub"].(string)
			from = &issued{client: client, user: user, scope: r.PostForm.Get("scope")}
		}
	case kind == "urn:ietf:params:oauth:grant-type:token-exchange" && client != IssuerPublic:
		if one := s.living(r.PostForm.Get("subject_token")); one != nil && r.PostForm.Get("subject_token_type") == "urn:ietf:params:oauth:token-type:access_token" {
			from = &issued{client: client, user: one.user, scope: r.PostForm.Get("scope")}
		}
	case kind == "authorization_code":
		from, fault = s.redeem(r.PostForm)
	case kind == "refresh_token":
		from, fault = s.renew(r.PostForm.Get("refresh_token"))
	case kind == "urn:ietf:params:oauth:grant-type:device_code":
		from, fault = s.poll(r.PostForm.Get("device_code"))
	default:
		fault = "unsupported_grant_type"
	}
	if from == nil {
		oauthError(w, http.StatusBadRequest, cmp.Or(fault, "invalid_grant"), "the server says "+cmp.Or(fault, "invalid_grant"))
		return
	}
	s.granted[kind]++
	s.issue(w, r, from)
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

func (s *Issuer) device(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	client := s.client(r)
	if client == "" {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "")
		return
	}
	code := rand.Text()
	s.devices[code] = &issued{client: client, user: "admin", scope: r.PostForm.Get("scope")}
	reply(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": s.address(r) + "/activate",
		"verification_uri_complete": s.address(r) + "/activate?user_code=WDJB-MJHT", "expires_in": 600, "interval": s.opts.Interval,
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
func (s *Issuer) issue(w http.ResponseWriter, r *http.Request, from *issued) {
	access := rand.Text()
	s.access[access] = &issued{client: from.client, user: from.user, scope: from.scope, expires: s.opts.Now().Add(s.opts.TokenLife)}
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(s.opts.TokenLife / time.Second), "scope": from.scope}
	if from.user != "" {
		refresh := rand.Text()
		s.refresh[refresh] = from
		answer["refresh_token"] = refresh
	}
	if slices.Contains(strings.Fields(from.scope), "openid") {
		answer["id_token"] = s.idToken(r, from)
	}
	if s.opts.Tokens != nil {
		s.opts.Tokens(answer)
	}
	reply(w, http.StatusOK, answer)
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

func (s *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	reply(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
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

func (s *Issuer) userinfo(w http.ResponseWriter, r *http.Request) {
	one := s.bearer(r)
	if one == nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		oauthError(w, http.StatusUnauthorized, "invalid_token", "")
		return
	}
	reply(w, http.StatusOK, map[string]any{"sub": "id-of-" + one.user, "name": one.user})
}

// api is guarded by the issuer.
func (s *Issuer) api(w http.ResponseWriter, r *http.Request) {
	one := s.bearer(r)
	if one == nil {
		reply(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	reply(w, http.StatusOK, map[string]any{"client": one.client, "user": one.user, "scope": one.scope})
}

func (s *Issuer) introspect(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if client := s.client(r); client == "" || client == IssuerPublic {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "")
		return
	}
	reply(w, http.StatusOK, map[string]any{"active": s.living(r.PostForm.Get("token")) != nil})
}

// revoke answers 200 whatever it is asked to revoke (RFC 7009, section 2.2).
func (s *Issuer) revoke(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if s.client(r) == "" {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "")
		return
	}
	token := r.PostForm.Get("token")
	for _, all := range []map[string]*issued{s.access, s.refresh} {
		if one := all[token]; one != nil {
			one.dead = true
		}
	}
}

func oauthError(w http.ResponseWriter, status int, code, words string) {
	answer := map[string]any{"error": code}
	if words != "" {
		answer["error_description"] = words
	}
	reply(w, status, answer)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
