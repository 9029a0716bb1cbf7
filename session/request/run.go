package request

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/transport"
)

// Anonymous is the account that sends no token.
const Anonymous = "anonymous"

// AccountName returns the account for a name in a file, a flag or the history: "nobody" is
// the former name of Anonymous.
func AccountName(name string) string {
	if name == "nobody" {
		return Anonymous
	}
	return name
}

// Run is a request that was sent, with its answer. Known secrets are masked; other text from
// the server must be sanitised before display. The field names are the stored form.
type Run struct {
	ID      string
	At      time.Time
	Account string // name, or Anonymous
	Spec    Spec   // as sent as the account

	Call           string `json:",omitempty"` // see session.CallText; "" in runs of an earlier version
	Method         string `json:",omitempty"` // as sent
	URL            string `json:",omitempty"` // as sent, credentials masked
	RequestHeaders []Line `json:",omitzero"`  // nil: unknown
	RequestBody    []byte
	Unsent         []string `json:",omitempty"` // credentials of the account that do not belong to the URL

	Status      int               `json:",omitempty"` // 0: no answer
	StatusText  string            `json:",omitempty"`
	Proto       string            `json:",omitempty"`
	Headers     []Line            `json:",omitempty"` // sorted by name
	Body        []byte            // UTF-8 unless binary
	Size        int64             `json:",omitempty"` // bytes that arrived
	Cut         bool              `json:",omitempty"` // Body is incomplete
	CutReason   string            `json:",omitempty"`
	Note        string            `json:",omitempty"` // see answer.Answer
	ContentType string            `json:",omitempty"`
	Media       answer.Media      `json:",omitempty"`
	Hops        []transport.Hop   `json:",omitempty"`
	Timings     transport.Timings `json:",omitzero"`
	Proxy       string            `json:",omitempty"` // host of the proxy that forwarded the answer, or may have written it; or ""

	Replayed bool                `json:",omitempty"` // the token was rejected and renewed, and the request sent again
	Verdict  Verdict             `json:",omitempty"` // of the expectation
	Why      string              `json:",omitempty"` // what did not hold, and the actual values; secrets are masked
	Kind     session.OutcomeKind `json:",omitempty"` // the outcome of the definition; "": none matched
	Message  string              `json:",omitempty"` // of a refusal: the server's words
	Err      string              `json:",omitempty"` // why there was no answer
	Asks     string              `json:",omitempty"` // what the server's challenge demands, sanitised; or ""
	Scope    string              `json:",omitempty"` // what the login of the account lacks for that, sanitised; or ""
	Next     string              `json:",omitempty"` // the next step
	Retry    time.Time           `json:",omitzero"`  // when to try again, our clock; zero: unknown
	Refusal  *session.Refusal    `json:",omitempty"` // of a rejected token that could not be renewed; or nil
	Evidence *Evidence           `json:",omitempty"` // of a refusal; or nil

	seen   string         // the actual values at the end of Why
	answer *answer.Answer // unmasked; nil: none, or the run comes from the history
	hide   []*secret.Redactor
	values jq.Scope
	vars   map[string]any
}

// IsAnonymous reports whether the request carried no token.
func (r *Run) IsAnonymous() bool { return AccountName(r.Account) == Anonymous }

// Line is one header field.
type Line struct {
	Name  string
	Value string
}

// NewRun returns the run of a request that has not been sent yet.
func NewRun(spec *Spec, at time.Time) *Run {
	return &Run{At: at, Spec: spec.clone(), Method: spec.method()}
}

// Sent records the sent request, masked by red; call is its [session.CallText]. It records
// only the names of attached values.
func (r *Run) Sent(call string, sent *transport.Request, red *secret.Redactor) {
	r.Call, r.Method = call, sent.Method
	r.URL = red.Text(sent.URL.String())
	for i, name := range slices.Sorted(maps.Keys(sent.AttachQuery)) {
		join := "&"
		if i == 0 && sent.URL.RawQuery == "" {
			join = "?"
		}
		r.URL += join + name + "=" + secret.Hidden
	}
	for _, l := range lines(sent.Header) {
		r.RequestHeaders = append(r.RequestHeaders, Line{l.Name, red.Text(l.Value)})
	}
	for _, l := range lines(sent.AttachHeader) {
		scheme := schemeOf(l.Value)
		r.RequestHeaders = append(r.RequestHeaders, Line{l.Name, scheme + secret.Hidden})
	}
	for _, c := range sent.AttachCookie {
		r.RequestHeaders = append(r.RequestHeaders, Line{"Cookie", c.Name + "=" + secret.Hidden})
	}
	r.RequestBody, r.Unsent = red.Bytes(sent.Body.Shown()), sent.Unsent
}

// Answered records an answer with its known secrets masked by hide. Expectations and filters
// read the unmasked answer. values are the values of the account that an expectation may read,
// and vars those of .vars; nil: none.
func (r *Run) Answered(res *transport.Response, values jq.Scope, vars map[string]any, hide ...*secret.Redactor) {
	r.answer, r.values, r.vars, r.hide = &res.Answer, values, vars, hide
	r.Status, r.StatusText, r.Proto = res.Status, http.StatusText(res.Status), res.Proto
	r.Headers = lines(res.Header)
	for i := range r.Headers {
		r.Headers[i].Value = r.masked(r.Headers[i].Value)
	}
	r.ContentType = r.masked(res.Header.Get("Content-Type"))
	r.Size, r.Cut, r.CutReason, r.Note = res.Size, res.Cut, res.CutReason, res.Note
	r.Timings, r.Proxy = res.Timings, res.Proxy
	for _, h := range res.Hops {
		h.From, h.To = r.masked(h.From), r.masked(h.To)
		r.Hops = append(r.Hops, h)
	}
	r.Media, r.Body = res.Media, res.Body
	for _, red := range hide {
		r.Body = red.Bytes(r.Body)
	}
}

// masked masks the known secrets in a text of the answer.
func (r *Run) masked(text string) string {
	for _, red := range r.hide {
		text = red.Text(text)
	}
	return text
}

// Unanswered records why there was no answer, and what to do next.
func (r *Run) Unanswered(why, next string) { r.Err, r.Next, r.Media = why, next, answer.MediaEmpty }

// Interrupt records that the run was cut off before its answer was whole.
func (r *Run) Interrupt() {
	r.Unanswered("interrupted while its answer was awaited; the server may have got it", "")
	r.Verdict, r.Why = Interrupted, ""
}

// schemes lists the words before credentials that may be shown: those of the registry of RFC
// 9110, section 16.4.1, and others in use. Any other first word may be part of a credential.
var schemes = []string{"bearer", "basic", "token", "digest", "dpop", "jwt", "apikey", "api-key", "key", "session"}

// schemeOf returns the scheme at the beginning of a credential, with the space after it, or
// "".
func schemeOf(value string) string {
	scheme, _, ok := strings.Cut(value, " ")
	if !ok || !slices.Contains(schemes, strings.ToLower(scheme)) {
		return ""
	}
	return scheme + " "
}

func lines(h http.Header) []Line {
	var out []Line
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			out = append(out, Line{name, value})
		}
	}
	return out
}

func (s *Spec) clone() Spec {
	out := *s
	out.Query, out.Headers = slices.Clone(s.Query), slices.Clone(s.Headers)
	return out
}

// OK reports whether the run has the requested answer, no outcome matched, and the
// expectation holds. Without an expectation, the status must be below 400.
func (r *Run) OK() bool {
	if r.Status == 0 || r.Kind != "" || r.Shortfall() != "" {
		return false
	}
	return r.Verdict == Passed || r.Verdict == Unjudged && r.Status < 400
}

// Unmet returns why an answer is not as expected, or "": the expectation does not hold, it is
// not the requested answer, or, without an expectation, an outcome matched or the status is
// 400 or more.
func (r *Run) Unmet() string { return r.unmet(r.Why) }

// Cause is [Run.Unmet] without the actual values. The run must have been judged here.
func (r *Run) Cause() string { return r.unmet(strings.TrimSuffix(r.Why, r.seen)) }

func (r *Run) unmet(why string) string {
	switch short := r.Shortfall(); {
	case r.Verdict == Failed && !strings.Contains(why, r.Fault()):
		return why + "; " + short
	case r.Verdict == Failed:
		return why
	case short != "":
		return fmt.Sprintf("the answer is %d, but %s", r.Status, short)
	case r.OK() || r.Verdict == Passed:
		return ""
	case r.Kind != "":
		return fmt.Sprintf("the answer is %d, %s", r.Status, r.Outcome())
	}
	return fmt.Sprintf("the answer is %d", r.Status)
}

// Outcome returns the meaning of the answer in words, such as "token rejected"; "" if no
// outcome matched.
func (r *Run) Outcome() string {
	if r.Kind == session.TokenRejected && r.carriedNothing() {
		return "token missing"
	}
	return strings.ReplaceAll(string(r.Kind), "_", " ")
}

// Remedy returns what may help against a refusal: when to try again, a command, or "".
func (r *Run) Remedy() string {
	if again := session.TryAgain(r.Retry, r.At, time.Local); again != "" {
		return again
	}
	flow := r.RemedyFlow()
	if flow == "" {
		return ""
	}
	command := "tokenring " + string(flow) + " " + shell.Quote(secret.CleanLine(r.Account))
	if r.Scope != "" && flow == session.FlowLogin {
		command += " --scope " + shell.Quote(r.Scope)
	}
	return command
}

// RemedyFlow returns the flow that may help the rejected session, else that of the first
// reason that has one, or "".
func (r *Run) RemedyFlow() session.Flow {
	if r.Refusal != nil && r.Refusal.Remedy() != "" {
		return r.Refusal.Remedy()
	}
	for _, reason := range r.Reasons(time.UTC) {
		if reason.Flow != "" {
			return reason.Flow
		}
	}
	return ""
}

// CallText returns the call for display, in one safe line.
func (r *Run) CallText() string {
	return secret.CleanLine(cmp.Or(r.Call, session.CallText(r.Method, "", session.SketchTarget(r.Spec.Path(), nil))))
}

// Summary returns the run in one safe line: "GET /me 200 · 12 ms · passed". It begins with
// Anonymous if that sent it.
func (r *Run) Summary() string {
	text := r.CallText()
	if r.IsAnonymous() {
		text = Anonymous + ": " + text
	}
	if r.Status == 0 {
		text += " · " + r.Err
	} else {
		text += fmt.Sprintf(" %d · %s", r.Status, milliseconds(r.Timings.Total)) + r.detours()
	}
	if r.Cut {
		text += " · cut"
	}
	if r.Kind != "" {
		text += " · " + r.Outcome()
	}
	if r.Verdict != Unjudged && (r.Verdict != Interrupted || r.Status != 0) { // else Err says it
		text += " · " + string(r.Verdict)
	}
	return secret.CleanLine(text)
}

func milliseconds(d time.Duration) string {
	if d > 0 && d < time.Millisecond {
		return "<1 ms"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// FromRun returns the document of a run's body. An incomplete body cannot be filtered.
func FromRun(r *Run) *Document {
	d := NewDocument(r.Body, r.Media)
	if r.Media == answer.MediaBinary {
		d = newBinary(r.Body, r.ContentType, r.Size)
	}
	d.fault, d.hide = r.Fault(), r.hide
	if r.answer != nil {
		d.raw = r.answer.Body
	}
	return d
}

// hexLength bounds the bytes of a binary body shown in hex.
const hexLength = 1024

// newBinary returns the document of a binary body of size bytes: its kind, and its beginning
// in hex.
func newBinary(body []byte, contentType string, size int64) *Document {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "binary content"
	}
	text := fmt.Sprintf("%s of %s", prose.Count(int(size), "byte"), kind)
	if len(body) > 0 {
		text += "\n\n" + hex.Dump(body[:min(len(body), hexLength)])
	}
	if len(body) > hexLength {
		text += "…"
	}
	d := NewDocument([]byte(text), answer.MediaText)
	d.bytes = body
	return d
}
