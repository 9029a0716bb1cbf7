package request

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Spec is a test request in its editable form. Target, query, headers and body are templates:
// ${…} is jq over the account's fields and tokens, $${ is a literal ${. The field names are
// the stored form, the YAML keys those of an export.
type Spec struct {
	ID       string    `yaml:"-" json:",omitempty"` // "" until saved; "definition:NAME" for one of the definition
	Name     string    `yaml:"name,omitempty" json:",omitempty"`
	Title    string    `yaml:"title,omitempty" json:",omitempty"`  // for a list
	Builtin  bool      `yaml:"-" json:",omitempty"`                // of the definition: read only, may be copied
	Method   string    `yaml:"method,omitempty" json:",omitempty"` // "" is GET
	Target   string    `yaml:"target" json:",omitempty"`           // path below the base URL, or an absolute URL; may have a query
	Query    []Pair    `yaml:"query,omitempty" json:",omitempty"`
	Headers  []Pair    `yaml:"headers,omitempty" json:",omitempty"`
	Body     string    `yaml:"body,omitempty" json:",omitempty"` // as typed
	BodyType body.Kind `yaml:"body_type,omitempty" json:",omitempty"`
	Attach   string    `yaml:"attach,omitempty" json:",omitempty"` // [definition.AttachDefault], [definition.AttachNone] or a mode
	Follow   bool      `yaml:"follow" json:",omitempty"`           // follow redirects
	Expect   string    `yaml:"expect,omitempty" json:",omitempty"` // jq over the answer; "": no expectation

	Timeout time.Duration `yaml:"timeout,omitempty" json:",omitempty"` // 0: that of the account

	Vars jq.Scope `yaml:"-" json:"-"` // values of names that the account does not have

	Shown string `yaml:"-" json:"-"` // Path of a saved request, with known secrets masked; "": not saved
}

// Pair is a query parameter or a header.
type Pair struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
	Off   bool   `yaml:"off,omitempty"` // stored but not sent
}

// definitionPrefix begins the IDs of requests of a definition.
const definitionPrefix = "definition:"

// FromDefinition returns the Spec of a definition's request.
func FromDefinition(r *definition.Request) Spec {
	s := Spec{
		ID: definitionPrefix + r.Name, Name: r.Name, Title: r.Title, Builtin: true,
		Method: r.Method, Attach: r.Attach, Follow: r.Follow == nil || *r.Follow, Timeout: r.Timeout,
		Query: fromPairs(r.Query), Headers: fromPairs(r.Headers),
	}
	switch {
	case !r.URL.IsZero():
		s.Target = r.URL.Source()
	case !r.Path.IsZero():
		s.Target = r.Path.Source()
		if strings.HasPrefix(s.Target, "${") {
			s.Target = "/" + s.Target // otherwise it would be an address
		}
	}
	if r.Body != nil {
		s.Body, s.BodyType = r.Body.Source(), r.Body.Kind()
	}
	if r.Expect != nil {
		s.Expect = r.Expect.Source()
	}
	return s
}

func fromPairs(pairs []definition.Pair) []Pair {
	var out []Pair
	for _, p := range pairs {
		out = append(out, Pair{Name: p.Name.Source(), Value: p.Value.Source()})
	}
	return out
}

// overrides lists the headers that override the method on some servers.
var overrides = []string{"x-http-method-override", "x-http-method", "x-method-override"}

// Safe reports whether the request only reads (RFC 9110, section 9.2.1), so that a read-only
// guard permits it: its method is safe and no header overrides it. A header whose name is a
// template may override it.
func (s *Spec) Safe() bool {
	for _, h := range s.Headers {
		name := strings.ToLower(strings.TrimSpace(h.Name))
		if !h.Off && (slices.Contains(overrides, name) || strings.Contains(name, "${")) {
			return false
		}
	}
	switch s.method() {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return false
}

// method returns the method to send.
func (s *Spec) method() string {
	if m := strings.TrimSpace(s.Method); m != "" {
		return strings.ToUpper(m)
	}
	return http.MethodGet
}

// Path returns the target for lists: as typed, without query, fragment and user, and with
// secrets masked.
func (s *Spec) Path() string {
	if s.Shown != "" {
		return s.Shown
	}
	target, _ := splitTarget(strings.TrimSpace(s.Target))
	if scheme, rest, ok := strings.Cut(target, "://"); ok {
		authority, path, _ := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			target = scheme + "://" + authority[i+1:] + "/" + path
		}
	}
	return secret.MaskPath(target)
}

// MarshalBinary encodes a saved request for sealing.
func (s *Spec) MarshalBinary() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("cannot encode a request: %w", err)
	}
	return append([]byte{specVersion}, data...), nil
}

// UnmarshalBinary decodes the result of MarshalBinary.
func (s *Spec) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != specVersion {
		return errVersion
	}
	if err := json.Unmarshal(data[1:], s); err != nil {
		return fmt.Errorf("cannot read a saved request (%T)", err)
	}
	return nil
}
