package definition

import (
	"slices"

	"tokenring/session/answer"
	"tokenring/session/jq"
	"tokenring/session/yaml"
)

// reserved lists the names of the format's own values, which no field, prompt or capture can have.
var reserved = []string{
	"attach", "base_url", "body", "claims", "cookies", "headers", "login", "ms", "now", "received", "size", "status", "text", vars,
}

// vars is the name of the variables and captures of a suite.
const vars = "vars"

// scope describes the names that jq can read at one place of the file.
type scope struct {
	login      *loginScope // the one login whose fields count; nil: every login's
	account    bool        // only the account's own fields count, no login's
	prompts    *[]string   // what the flow has asked the person, outside of logins
	captures   bool        // every capture of the file
	allPrompts bool        // every prompt of the file
	answer     bool
	claims     bool
	request    bool // .request, the call as it is about to be sent
	now        bool
	public     bool // what is made of it is shown and stored in clear
	expects    bool // judges the answer of a request, and sees no secret
}

// loginScope holds the names that one login declares.
type loginScope struct {
	fields []string
	steps  []string // prompts and captures
}

// known lists the names in a scope.
func (d *decoder) known(s *scope) []string {
	names := []string{"login", "attach"}
	names = append(names, d.accountFields...)
	switch {
	case s.account:
	case s.login != nil:
		names = append(names, s.login.fields...)
		names = append(names, s.login.steps...)
		names = append(names, namesOf(d.def.EachAnswer)...)
	default:
		for _, login := range d.logins {
			names = append(names, login.fields...)
		}
	}
	if s.prompts != nil {
		names = append(names, *s.prompts...)
	}
	add := func(has bool, more ...string) {
		if has {
			names = append(names, more...)
		}
	}
	add(s.captures, d.captured...)
	add(s.allPrompts, d.prompts...)
	add(s.answer, answer.Names()...)
	add(s.claims, "claims")
	add(s.request, "request")
	add(s.now, "now")
	return names
}

// checkNames reports undeclared names, and secrets where they would be shown.
func (d *decoder) checkNames(r *reading, tokens []string) {
	known := d.known(r.scope)
	for _, name := range r.names() {
		found := &jq.SyntaxError{}
		switch {
		case !slices.Contains(known, name):
			found = jq.UnknownRoot(r.at.Text, name, known)
			if found.Hint == "" {
				found.Hint = d.nameHint(name)
			}
			if found.Hint == declareHint && d.isBlurred() {
				continue
			}
		case r.scope.public && (slices.Contains(d.secretFields, name) || slices.Contains(d.def.SessionTokens(), name)):
			found.Msg = "." + name + " is secret and may not be part of an address"
			found.Hint = "addresses are shown and stored in clear: put it in a path, header or body"
		case r.scope.expects && d.isHidden(name, tokens):
			found.Msg = "expect sees no secret, and ." + name + " is one"
			found.Hint = "compare with something else that was captured"
		default:
			continue
		}
		line, col := d.Locate(r.at, jq.RootOffset(r.at.Text, name))
		d.ProblemAt(line, col, r.at.Path, found.Hint, "%s", found.Msg)
	}
	for _, q := range r.queries {
		for _, key := range q.Keys() {
			if r.scope.request && key.Name == "request" && !slices.Contains(RequestNames, key.Text) {
				d.Problem(r.at, yaml.OneOf(RequestNames), "unknown name .request.%s", key.Text)
			}
		}
	}
}

// RequestNames are the parts of a call that is about to be sent, as .request has them.
var RequestNames = []string{"method", "host", "path", "query", "headers", "body", "body_sha256"}

// isHidden reports whether a value is hidden from expectations: a secret field or a captured token.
func (d *decoder) isHidden(name string, tokens []string) bool {
	return slices.Contains(d.secretFields, name) || slices.Contains(d.captured, name) && slices.Contains(tokens, name)
}

// nameHint tells where an unknown name would be known.
func (d *decoder) nameHint(name string) string {
	switch {
	case slices.Contains(answer.Names(), name):
		return "there is no answer at this place"
	case name == "claims":
		return "only tokens has .claims; elsewhere write claims(.NAME)"
	case slices.Contains(d.allFields(), name):
		return "it is a field of a login that does not count here"
	case slices.Contains(d.captured, name):
		return "it is captured elsewhere, not before this place"
	}
	return declareHint
}

const declareHint = "declare it under fields or capture it"

// isBlurred reports whether a declaration of names has the wrong shape, so that names are unknown.
func (d *decoder) isBlurred() bool { return d.Misshapen("fields", "each_answer", "logins", "refresh") }

// allFields lists every field of the account and its logins.
func (d *decoder) allFields() []string {
	names := slices.Clone(d.accountFields)
	for _, login := range d.logins {
		names = append(names, login.fields...)
	}
	return names
}
