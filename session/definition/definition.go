// Package definition parses definitions: files that describe how to log in to a kind of API, how
// to refresh, check and end a session, and how to attach its token to a request. The engine knows
// no backend by name; a new backend is a new file. README.md in this folder is the manual of the
// format.
package definition

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/token"
)

// Definition is one backend, parsed and validated. It is immutable.
type Definition struct {
	Name   string // unique, lower-case; what an account refers to
	Title  string
	Docs   string   // the address of documentation
	Proven Proof    // the server that answered every call
	From   []string // the pages that describe every call
	Source string   // its file, or "built in"

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
	Message  *jq.Query    // the server's own words in an answer; nil: none known
	Claims   token.Labels // how to show the claims of its tokens
	Requests []Request
	Notes    []string

	conditions struct { // the last results of Conditions: the accounts of a list differ in little that is compared
		sync.Mutex
		jq.Memory
	}
}

// Proof is a test against a real server; a zero Proof is none.
type Proof struct{ On, When string } // the server with its version, and the day, as 2026-11-29

// FieldType is the type of a field's value. It decides how a form asks for it.
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

// Field is a value that the user enters once per account.
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

// Fault returns why text does not match the pattern of the field, or "".
func (f *Field) Fault(text string) string {
	if f.Pattern == nil || f.Pattern.MatchString(text) {
		return ""
	}
	source := strings.TrimSuffix(strings.TrimPrefix(f.Pattern.String(), patternStart), patternEnd)
	return "it does not match the pattern " + source
}

// The prefix and suffix of a compiled pattern, which matches the whole value.
const patternStart, patternEnd = "^(?:", ")$"

// Pair is a header, query parameter, cookie or form value; both sides are templates. A value that
// is one null expression omits the pair.
type Pair struct {
	Name  *jq.Template
	Value *jq.Template
	Raw   string // of a query in an address, to send unchanged; "": escape name and value
}

// Host is a pattern of hosts, such as *.example.com, with the values of fields there. A field of
// type url is the server's address.
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

// Step is one step of a flow. At most one of Request, Discover, Authorize, Browser, Identify,
// Prompt, Show, Fail and Note is set; Sign is set alone or with Request. A step may also have
// only Capture.
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
	Note      *jq.Template // shown with the result of a login or logout; or nil
	Capture   []Capture
	Repeat    *Repeat
	published bool // its captures are addresses that the definition or an issuer publishes
}

// Authorize is a login with a browser by an authorization code with PKCE (RFC 6749, section 4.1;
// RFC 7636). Later steps see .code, .code_verifier and .redirect_uri.
type Authorize struct {
	URL         *jq.Template // the login page
	Query       []Pair       // parameters in addition to those of the code, PKCE, state and nonce
	Redirect    *jq.Template // redirect addresses, separated by blanks, of which the first with a free port is used; nil: any port
	Issuer      *jq.Template // of the answer; nil: unknown
	NamesItself *jq.Query    // the server names its issuer in every answer (RFC 9207)
}

// Browser is a login with a browser that returns with credentials, or with a code other than
// OAuth's. Its templates see .callback, the address to return to, and .state, which the browser
// must return; later steps see .callback and the returned parameters.
type Browser struct {
	URL      *jq.Template
	Query    []Pair
	Callback *jq.Template // like Authorize.Redirect
	Returns  []string     // the returned parameters
}

// Identify checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
type Identify struct {
	Token, Issuer, Client, Keys *jq.Template // Keys is an address
}

// Sign makes and signs a JWT (RFC 7519). Later steps see it by its name, and the session stores
// it if it is one of the tokens of the definition.
type Sign struct {
	When   *jq.Query    // nil: always
	Alg    *jq.Template // a name, or a list of which the first that fits the key is used
	Key    *jq.Query    // the text of a private key or secret
	As     *jq.Template // the encoding of that text, one of KeyEncodings; nil: none
	Header *jq.Tree     // nil: derived from the key
	Claims *jq.Tree
	Name   string
}

// KeyEncodings lists the encodings of a key in a text.
var KeyEncodings = []string{"text", "hex", "base64"}

// Discover fetches the metadata of an authorization server (RFC 8414, OpenID Connect Discovery
// 1.0) as the answer of the step. The origins of the addresses in it become origins of the account
// after the user has agreed to them.
type Discover struct {
	Issuer *jq.Template // the issuer identifier of the server
	MTLS   *jq.Query    // whether the account proves itself with its client certificate, so that mtls_endpoint_aliases count (RFC 8705, section 5); nil: no
}

// Prompt asks the user for one value, which later steps see by its name.
type Prompt struct {
	Name   string
	Label  string
	Help   string
	Secret bool
}

// Show shows something to the user: text, a URL to open, a code to type.
type Show struct {
	Text *jq.Template
	URL  *jq.Template
	Code *jq.Template
	QR   *jq.Template // the content of a QR code; or nil
	Ends *jq.Query    // seconds until it expires; nil: unknown
}

// Fail ends the flow without a further call.
type Fail struct {
	Is      session.OutcomeKind // any but Challenge
	Message *jq.Template        // the meaning; nil: that of the kind
}

// Repeat runs a request again every Every until Until holds, at most For.
type Repeat struct {
	Until *jq.Query
	Every time.Duration
	For   time.Duration

	Interval *jq.Query // seconds between two requests, if it has a value; nil: Every
	Slower   *jq.Query // answers that add 5 seconds to the interval (RFC 8628, section 3.5); nil: none
}

// Capture stores a value of an answer under a name.
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

// Request is a call of a definition or of the user. Exactly one of Path and URL is set (Path may
// be empty text).
type Request struct {
	Name    string
	Title   string
	Method  string // upper-case; GET when the file says nothing
	Path    *jq.Template
	URL     *jq.Template
	Query   []Pair
	Headers []Pair
	Body    body.Body // nil: none
	Follow  *bool     // nil: by the flow (login and refresh: no; others: yes)
	Attach  string    // AttachDefault, AttachNone or the name of a mode
	When    *jq.Query
	Expect  *jq.Query
	Timeout time.Duration // of one call; 0: that of the account, or of the definition
	Vars    jq.Scope      // of a person's request: values beside those of the account, by name
	NoProof bool          // it succeeds without a token too, so that success proves nothing
}

// Refresh renews a session with its own tokens.
type Refresh struct {
	Needs string // the token that must still be alive; or ""
	When  *jq.Query
	Steps []Step
}

// Check asks whether a session is alive.
type Check struct {
	When    *jq.Query
	Sign    *Sign // before Request; nil: nothing is signed
	Request *Request
	Alive   *jq.Query // nil: a 2xx that no outcome refuses
	Capture []Capture // of an answer that proves the session; a missing value stays unchanged
}

// Logout ends a session at the server.
type Logout struct {
	When  *jq.Query
	Steps []Step
	Gone  *jq.Query // answers that mean "was already dead"
}

// TokenSpec describes a captured token.
type TokenSpec struct {
	Name      string
	ExpiresAt []*jq.Query // in order; the first that yields a time wins
	Idle      *jq.Query   // sliding lifetime in seconds
	Expect    *jq.Query   // what must hold of the token for it to be accepted
}

// Attach is a named way to add the session to a request.
type Attach struct {
	Name    string
	Title   string
	When    *jq.Query
	Headers []Pair
	Query   []Pair
	Cookies []Pair
	Path    *jq.Template // a prefix for the path of a request; or nil
	Body    *jq.Template // rebuilds a body from .request.body; nil: unchanged
	Sign    []Signed     // made last, from the final request
	Primary string       // the first token that the mode names
}

// Signed is a header, query parameter or cookie computed from the rest of the request. Its
// templates see .request and .now.
type Signed struct {
	Place string // PlaceHeaders, PlaceQuery or PlaceCookies
	Pair  Pair
}

// The parts of a request for pairs, by their keys in files.
const (
	PlaceHeaders = "headers"
	PlaceQuery   = "query"
	PlaceCookies = "cookies"
)

// Outcome is the meaning of answers for which its condition holds.
type Outcome struct {
	On         []session.Flow // nil: all
	When       *jq.Query
	Is         session.OutcomeKind
	RetryAfter *jq.Query // seconds from receipt, epoch seconds or RFC 3339
}
