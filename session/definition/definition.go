// Package definition holds definitions: the files that describe how one logs in
// to a kind of API, refreshes, checks and ends a session there, and how its
// token is put on a request. Nothing in the engine knows a backend by name; a
// new one is a new file. README.md beside this file is the format's manual.
package definition

import (
	"regexp"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/jq"
)

// Definition is one backend, parsed and validated. It is immutable.
type Definition struct {
	Name   string // unique, lower-case; what an account refers to
	Title  string
	Docs   string   // where a person reads on
	Proven Proof    // the server that answered every call of it
	From   []string // the pages that describe every call of it
	Source string   // the file it came from, or "built in"

	Fields  []Field // asked once per account
	BaseURL *jq.Template
	APIURL  *jq.Template // the address of check, logout and requests, once a login brought it; nil: BaseURL
	Within  []string     // such as https://*.example.com: origins that APIURL leads to without another question
	Headers []Pair       // sent on every call of the account, login included
	Query   []Pair
	Origins []Origin // further origins that calls may go to
	Hosts   []Host   // by which an import recognizes its servers, beside BaseURL
	Timeout time.Duration

	Connection        session.Connection // where an account says nothing itself; without a client certificate
	ClientCertificate bool               // an account needs one

	Logins     []Login
	Refresh    *Refresh
	Check      *Check
	Logout     *Logout
	EachAnswer []Capture // captured from every answer, login included

	Tokens   []TokenSpec
	Attach   []Attach
	Outcomes []Outcome
	Message  *jq.Query // the server's own words in an answer; nil: none known
	Claims   []ClaimSpec
	Requests []Request
	Notes    []string
}

// Proof is a test against a real server; a zero Proof is none.
type Proof struct{ On, When string } // the server with its version, and the day, as 2026-11-29

// FieldType says what a field holds and how a form asks for it.
type FieldType string

// The types of fields.
const (
	TypeString  FieldType = "string"
	TypeURL     FieldType = "url"
	TypeEnum    FieldType = "enum"
	TypeBool    FieldType = "bool"
	TypeInt     FieldType = "int"
	TypeAccount FieldType = "account" // another account's primary token
)

// Field is a value that a person enters once per account.
type Field struct {
	Name     string
	Label    string
	Help     string
	Type     FieldType
	Secret   bool
	Optional bool
	Default  any // of the field's type, or nil
	Options  []string
	Pattern  *regexp.Regexp // matches every value that fits; nil: all do
	When     *jq.Query      // nil: always asked
}

// Fault says what keeps text from being a value of the field, by its pattern; ""
// if nothing does.
func (f *Field) Fault(text string) string {
	if f.Pattern == nil || f.Pattern.MatchString(text) {
		return ""
	}
	source := strings.TrimSuffix(strings.TrimPrefix(f.Pattern.String(), patternStart), patternEnd)
	return "it does not fit the pattern " + source
}

// What a pattern is compiled between: it fits a whole value.
const patternStart, patternEnd = "^(?:", ")$"

// Pair is a header, query parameter, cookie or form value; both sides are
// templates. A value that is one null expression drops the pair.
type Pair struct {
	Name  *jq.Template
	Value *jq.Template
	Raw   string // of a query that is written in an address: sent as it is; "" escapes name and value
}

// Host is a pattern of hosts, such as *.example.com, with the values that fields have
// there. A field of type url is the server's address.
type Host struct {
	Pattern string
	Values  map[string]string
}

// Origin is a further origin (scheme, host, port) that calls may go to.
type Origin struct {
	URL    *jq.Template
	Attach bool // attached tokens may go there too
}

// Login is one way to log in.
type Login struct {
	Name       string
	Title      string
	Fields     []Field
	When       *jq.Query // nil: always offered
	Unattended bool      // may be repeated silently with stored values
	Steps      []Step
	Notes      []string
}

// Step is one step of a flow. At most one of Request, Discover, Authorize,
// Browser, Identify, Prompt, Show, Fail and Note is set, and Sign alone or beside Request; none means
// that Capture alone makes the step.
type Step struct {
	Name      string
	When      *jq.Query
	Sign      *Sign // before each sending of Request
	Request   *Request
	Discover  *Discover
	Authorize *Authorize
	Browser   *Browser
	Identify  *Identify
	Prompt    *Prompt
	Show      *Show
	Fail      *Fail
	Note      *jq.Template // said with the result of a login or logout; nil: nothing
	Capture   []Capture
	Repeat    *Repeat
	published bool // its captures are addresses that the definition or an issuer publishes
}

// Authorize has a person log in with a browser, by an authorization code with PKCE (RFC
// 6749, section 4.1; RFC 7636). Later steps see .code, .code_verifier and .redirect_uri.
type Authorize struct {
	URL         *jq.Template // the login page
	Query       []Pair       // parameters beside those of the code, PKCE, state and nonce
	Redirect    *jq.Template // addresses to come back to, blanks between: the first whose port is free; nil: any port
	Issuer      *jq.Template // whom the answer is from; nil: it is not known
	NamesItself *jq.Query    // the server says in every answer who it is (RFC 9207)
}

// Browser has a person log in with a browser that comes back with credentials, or with
// a code of another kind than OAuth's. Its templates see .callback, the address that the
// browser comes back to, and .state, which must come back; later steps see .callback and
// what came back.
type Browser struct {
	URL      *jq.Template
	Query    []Pair
	Callback *jq.Template // as Authorize.Redirect
	Returns  []string     // parameters that come back
}

// Identify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
type Identify struct {
	Token, Issuer, Client, Keys *jq.Template // Keys is an address
}

// Sign makes a JWT that is signed here (RFC 7519). Later steps see it by its name, and the
// session keeps it if it is one of the tokens of the definition.
type Sign struct {
	When   *jq.Query    // nil: always
	Alg    *jq.Template // a name, or a list of which the first that fits the key counts
	Key    *jq.Query    // the text of a private key or secret
	As     *jq.Template // how that text encodes it: one of KeyEncodings; nil: not at all
	Header *jq.Tree     // nil: what the key says of itself
	Claims *jq.Tree
	Name   string
}

// KeyEncodings are the ways in which a text holds a key: as it is, or encoded.
var KeyEncodings = []string{"text", "hex", "base64"}

// Discover reads the metadata that an authorization server publishes (RFC 8414, OpenID
// Connect Discovery 1.0), which is the answer of the step. The origins of the addresses
// in it are origins of the account once the person agreed to them.
type Discover struct {
	Issuer *jq.Template // the address that the server calls itself
	MTLS   *jq.Query    // whether the account proves itself with its client certificate, so that mtls_endpoint_aliases count (RFC 8705, section 5); nil: no
}

// Prompt asks the person for one value, which later steps see by its name.
type Prompt struct {
	Name   string
	Label  string
	Help   string
	Secret bool
}

// Show puts something before the person: text, a URL to open, a code to type.
type Show struct {
	Text *jq.Template
	URL  *jq.Template
	Code *jq.Template
	QR   *jq.Template // what a code for cameras holds; nil: there is none
	Ends *jq.Query    // after how many seconds it is of no use; nil: it is not known
}

// Fail ends the flow without asking the server further.
type Fail struct {
	Is      session.OutcomeKind // any but Challenge
	Message *jq.Template        // what it means, for the person; nil: what the kind means
}

// Repeat runs a request again every Every until Until holds, at most For.
type Repeat struct {
	Until *jq.Query
	Every time.Duration
	For   time.Duration

	Interval *jq.Query // seconds between two, where it has a value; nil: Every
	Slower   *jq.Query // answers after which they are 5 seconds further apart for good (RFC 8628, section 3.5); nil: none
}

// Capture keeps one value of an answer under a name.
type Capture struct {
	Name     string
	Optional bool
	Query    *jq.Query
}

// Attach modes that name no entry of Definition.Attach.
const (
	AttachDefault = ""     // the account's mode, or none in login and refresh
	AttachNone    = "none" // no token at all
)

// Request is a call a definition or a person describes. Exactly one of Path
// and URL is set (Path may be empty text).
type Request struct {
	Name    string
	Title   string
	Method  string // upper-case; GET when the file says nothing
	Path    *jq.Template
	URL     *jq.Template
	Query   []Pair
	Headers []Pair
	Body    body.Body // nil: none
	Follow  *bool     // nil: the place decides (login and refresh: no; else: yes)
	Attach  string    // AttachDefault, AttachNone or the name of a mode
	When    *jq.Query
	Expect  *jq.Query
	Timeout time.Duration // of one call; 0: that of the account, or of the definition
	NoProof bool          // its success does not prove that the token was accepted: everybody gets it
}

// Refresh renews a session with what it already holds.
type Refresh struct {
	Needs string // the token that must still be alive; "" when none
	When  *jq.Query
	Steps []Step
}

// Check asks whether a session is alive.
type Check struct {
	When    *jq.Query
	Sign    *Sign // before Request; nil: nothing is signed
	Request *Request
	Alive   *jq.Query // nil: a 2xx that no outcome refuses
	Capture []Capture // of the answer that says that the session is alive; what it lacks stays
}

// Logout ends a session at the server.
type Logout struct {
	When  *jq.Query
	Steps []Step
	Gone  *jq.Query // answers that mean "was already dead"
}

// TokenSpec says what is known of a captured token.
type TokenSpec struct {
	Name      string
	ExpiresAt []*jq.Query // in order; the first that yields a time wins
	Idle      *jq.Query   // sliding lifetime in seconds
	Expect    *jq.Query   // what must hold of the token for it to be accepted
}

// Attach is a named way to put the session on a request.
type Attach struct {
	Name    string
	Title   string
	When    *jq.Query
	Headers []Pair
	Query   []Pair
	Cookies []Pair
	Path    *jq.Template // put before the path of a request; nil: nothing
	Body    *jq.Template // rebuilds a body from .request.body; nil: it stays
	Sign    []Signed     // made last, of the request as it is about to be sent
	Primary string       // the first token the mode names
}

// Signed is a header, query parameter or cookie that is computed of the rest of the
// request. Its templates see .request and .now.
type Signed struct {
	Place string // PlaceHeaders, PlaceQuery or PlaceCookies
	Pair  Pair
}

// The parts of a request that pairs go to, as files name them.
const (
	PlaceHeaders = "headers"
	PlaceQuery   = "query"
	PlaceCookies = "cookies"
)

// Outcome returns an answer its meaning when its condition holds.
type Outcome struct {
	On         []session.Flow // nil: all
	When       *jq.Query
	Is         session.OutcomeKind
	RetryAfter *jq.Query // seconds from receipt, epoch seconds or RFC 3339
}

// ClaimSpec says how one claim is shown.
type ClaimSpec struct {
	Name   string
	Label  string
	Format string // "", time, duration, enum
	Mask   bool
	Enum   map[string]string
}
