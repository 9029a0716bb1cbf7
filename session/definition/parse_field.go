package definition

import (
	"cmp"
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"

	"tokenring/session/address"
	"tokenring/session/yaml"
)

// fieldList reads fields and adds their names to names.
func (d *decoder) fieldList(list []*yaml.Fields, s *scope, names *[]string) []Field {
	var out []Field
	for _, f := range list {
		field, at := d.field(f, s, names), f.At.Lookup("name")
		if field.Name != "" {
			d.later(func() { d.sameEverywhere(at, field) })
		}
		if field.Secret || field.Type == TypeAccount {
			d.secretFields = append(d.secretFields, field.Name)
		}
		out = append(out, field)
	}
	return out
}

var fieldTypes = []string{
	string(TypeString), string(TypeURL), string(TypeEnum), string(TypeBool), string(TypeInt), string(TypeAccount),
}

func (d *decoder) field(f *yaml.Fields, s *scope, names *[]string) Field {
	out := Field{Name: d.name(f, "field", "what jq reads it by: name: username", d.checkValueName, names), Help: f.Text("help")}
	out.Label = cmp.Or(f.Text("label"), out.Name)
	out.Type = cmp.Or(FieldType(f.Word("type", fieldTypes...)), TypeString)
	out.Secret, out.Optional = f.Flag("secret", false), f.Flag("optional", false)
	out.When = d.condition(f.Get("when"), s)
	for _, n := range f.List("options") {
		if option, ok := d.Scalar(n); ok {
			out.Options = d.unique(n, "option", option, out.Options)
		}
	}
	if n := f.Get("pattern"); n != nil {
		out.Pattern = d.pattern(n)
	}
	if n := f.Get("default"); n != nil {
		out.Default = d.defaultOf(n, &out)
	}
	f.Done()
	d.fieldRules(f, &out)
	return out
}

// fieldRules checks the parts of a field against each other.
func (d *decoder) fieldRules(f *yaml.Fields, field *Field) {
	switch {
	case field.Type == TypeEnum && len(field.Options) == 0:
		d.Problem(f.At, "options: [one, two]", "a field of type enum needs options")
	case field.Type != TypeEnum && len(field.Options) > 0:
		d.Problem(f.At.Lookup("options"), "type: enum", "only a field of type enum has options")
	}
	if s, ok := field.Default.(string); ok && field.Fault(s) != "" {
		d.Problem(f.At.Lookup("default"), "", "the default does not match the pattern")
	}
	if field.Pattern != nil && field.Type != TypeString {
		d.Problem(f.At.Lookup("pattern"), "leave type out", "only a field of type string has a pattern")
	}
	if !field.Secret {
		return
	}
	if field.Type != TypeString {
		d.Problem(f.At.Lookup("secret"), "leave type out", "only a field of type string can be secret")
	}
	if field.Default != nil {
		d.Problem(f.At.Lookup("default"), "secrets do not belong in a file", "a secret field has no default")
	}
}

func (d *decoder) pattern(n *yaml.Node) *regexp.Regexp {
	source, _ := d.Scalar(n)
	_, alone := syntax.Parse(source, syntax.Perl) // a ) of its own must not close ours
	pattern, err := regexp.Compile(patternStart + source + patternEnd)
	if e, bad := errors.AsType[*syntax.Error](errors.Join(alone, err)); bad {
		d.Problem(n, "the syntax is that of Go and RE2", "not a regular expression: %s", e.Code)
		return nil
	}
	return pattern
}

// defaultOf reads a default of the field's type.
func (d *decoder) defaultOf(n *yaml.Node, field *Field) any {
	s, ok := d.Scalar(n)
	if !ok {
		return nil
	}
	switch field.Type {
	case TypeBool:
		if n.Kind != yaml.Bool {
			d.Problem(n, "true or false", "the default is not of type bool")
		}
		return s == "true"
	case TypeInt:
		i, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			d.Problem(n, "a whole number", "the default is not of type int")
		}
		return i
	case TypeEnum:
		if !slices.Contains(field.Options, s) {
			d.Problem(n, yaml.OneOf(field.Options), "the default is not one of the options")
		}
	case TypeURL:
		if _, err := address.Parse(s); err != nil {
			d.Problem(n, "begin with https://", "the default is not a web address: %v", err)
		}
	case TypeAccount:
		d.Problem(n, "leave it out", "a field of type account has no default")
	}
	return s
}
