package definition

import (
	"slices"

	"tokenring/session/jq"
	"tokenring/session/yaml"
)

// reserved are the names the format gives values of its own; no field, prompt
// or capture may take one.
var reserved = []string{
	"attach", "base_url", "body", "claims", "cookies", "headers", "login", "ms", "now", "received", "size", "status", "text", vars,
}

// vars is the name by which the requests of a suite read what is theirs.
const vars = "vars"

// answer are the values an answer adds for jq.
var answer = []string{"status", "headers", "cookies", "body", "text", "received"}

// measured are those it adds beside them for an expectation.
var measured = []string{"ms", "size"}

// scope is what jq can read at one place of the file.
type scope struct {
	login    *loginNames // the one login whose fields count; nil: every login's
	account  bool        // only the account's own fields count, no login's
	prompts  *[]string   // what the flow has asked the person, outside of logins
	captures bool        // every capture of the file
	asked    bool        // every prompt of the file
	answer   bool
	claims   bool
	public   bool // what is made of it is shown and stored in clear
	expects  bool // judges the answer of a request, and sees no secret
}

// loginNames are the names one login brings.
type loginNames struct {
	fields []string
	steps  []string // prompts and captures
}

// reading is a place that reads names, kept until every name is known.
type reading struct {
	at    *yaml.Node
	scope *scope
	names []string
	vars  []string // read in .vars
}

// reads remembers what an expression or template reads.
func (d *decoder) reads(n *yaml.Node, s *scope, names []string, queries ...*jq.Query) {
	r := reading{at: n, scope: s, names: names}
	for _, q := range queries {
		for _, key := range q.Keys() {
			if key.Name == vars {
				r.vars = append(r.vars, key.Text)
			}
		}
		d.doubt(n, q)
	}
	d.readings = append(d.readings, r)
}

// known lists the names a scope has.
func (d *decoder) known(s *scope) []string {
	names := []string{"login", "attach"}
	names = append(names, d.accountFields...)
	switch {
	case s.account:
	case s.login != nil:
		names = append(names, s.login.fields...)
		names = append(names, s.login.steps...)
		names = append(names, d.eachAnswer...)
	default:
		for _, l := range d.logins {
			names = append(names, l.fields...)
		}
	}
	if s.prompts != nil {
		names = append(names, *s.prompts...)
	}
	if s.captures {
		names = append(names, d.captured...)
	}
	if s.asked {
		names = append(names, d.asked...)
	}
	if s.answer {
		names = append(names, answer...)
	}
	if s.expects {
		names = append(names, measured...)
	}
	if s.claims {
		names = append(names, "claims")
	}
	return names
}

// checkReadings reports names that nothing gives, and secrets where they would
// be shown.
func (d *decoder) checkReadings() {
	tokens := d.def.CredentialNames()
	for _, r := range d.readings {
		known := d.known(r.scope)
		for _, name := range r.names {
			switch {
			case !slices.Contains(known, name):
				unknown := jq.UnknownRoot(r.at.Text, name, known)
				if unknown.Hint == "" {
					unknown.Hint = d.nameHint(name)
				}
				if unknown.Hint == declareHint && d.isBlurred() {
					continue
				}
				line, col := d.Locate(r.at, unknown.Offset)
				d.ProblemAt(line, col, r.at.Path, unknown.Hint, "%s", unknown.Msg)
			case r.scope.public && slices.Contains(d.secretFields, name):
				line, col := d.Locate(r.at, jq.RootOffset(r.at.Text, name))
				d.ProblemAt(line, col, r.at.Path, "addresses are shown and stored in clear: put it in a path, header or body",
					".%s is secret and may not be part of an address", name)
			case r.scope.expects && d.isHidden(name, tokens):
				line, col := d.Locate(r.at, jq.RootOffset(r.at.Text, name))
				d.ProblemAt(line, col, r.at.Path, "compare with something else that was captured", "expect sees no secret, and .%s is one", name)
			}
		}
	}
}

// isHidden reports a value that no expectation is given: a secret field or a
// captured token.
func (d *decoder) isHidden(name string, tokens []string) bool {
	return slices.Contains(d.secretFields, name) || slices.Contains(d.captured, name) && slices.Contains(tokens, name)
}

// nameHint says where a name that is not known here would be.
func (d *decoder) nameHint(name string) string {
	switch {
	case slices.Contains(answer, name):
		return "there is no answer at this place"
	case slices.Contains(measured, name):
		return "only the expect of a request has it"
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

// isBlurred reports whether what declares names has a wrong shape, so that not
// all of them are known.
func (d *decoder) isBlurred() bool { return d.Misshapen("fields", "each_answer", "logins", "refresh") }

// allFields lists every field of the account and its logins.
func (d *decoder) allFields() []string {
	names := slices.Clone(d.accountFields)
	for _, l := range d.logins {
		names = append(names, l.fields...)
	}
	return names
}

const maxName = 64

// valueNameOf reads the name of a field, prompt or capture, which jq reads as
// .name.
func (d *decoder) valueNameOf(n *yaml.Node, name string) bool {
	switch {
	case !isMade(name, isValueStart, isValueRune) || len(name) > maxName:
		d.Problem(n, "letters, digits and _, not beginning with a digit", "%q cannot be a name that jq reads", yaml.Clip(name))
	case slices.Contains(reserved, name):
		d.Problem(n, "choose another", "the name %s is the format's own", name)
	default:
		return true
	}
	return false
}

// titleNameOf reads the name of a request, which a list shows as it is.
func (d *decoder) titleNameOf(n *yaml.Node, name string) bool {
	if !isMade(name, isTitleStart, isTitleRune) || len(name) > maxName {
		d.Problem(n, "letters, digits, blanks and . , _ / -", "%q cannot be a name", yaml.Clip(name))
		return false
	}
	return true
}

// thingNameOf reads the name of a definition, login or attach mode.
func (d *decoder) thingNameOf(n *yaml.Node, name string) bool {
	if !isMade(name, isSmallOrDigit, isThingRune) || len(name) > maxName {
		d.Problem(n, "lower-case letters, digits, . _ and -", "%q cannot be a name", yaml.Clip(name))
		return false
	}
	return true
}

// unique reports a name that already stands in a list, and gives the list with
// it.
func (d *decoder) unique(n *yaml.Node, what, name string, taken []string) []string {
	if slices.Contains(taken, name) {
		d.Problem(n, "names are unique", "a second %s named %s", what, name)
		return taken
	}
	return append(taken, name)
}
