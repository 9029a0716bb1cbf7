package suite

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Variables are the variables of a file by name.
type Variables map[string]Variable

// Variable is a text, number or boolean, which may differ by the environment of the account.
type Variable struct {
	Default any // nil: none
	By      map[string]any
}

// For returns the value in an environment, or nil.
func (v Variable) For(environment string) any {
	if value, ok := v.By[environment]; ok {
		return value
	}
	return v.Default
}

// For returns the values in an environment.
func (all Variables) For(environment string) map[string]any {
	values := map[string]any{}
	for name, v := range all {
		if value := v.For(environment); value != nil {
			values[name] = value
		}
	}
	return values
}

// UnknownVariableError reports a variable that is not in the file.
type UnknownVariableError struct{ name, hint string }

// Error implements error.
func (e *UnknownVariableError) Error() string {
	return "unknown variable " + secret.CleanLine(e.name)
}

// Next returns the next step.
func (e *UnknownVariableError) Next() string {
	return cmp.Or(e.hint, "declare it under variables in the file first")
}

// With returns the suite with other values of variables, in every environment. A value gets
// the type of the one it replaces. It returns an error for an unknown variable
// ([UnknownVariableError]), a value of another type, or one that looks like a secret.
func (s *Suite) With(values map[string]string) (*Suite, error) {
	out := *s
	out.Vars = maps.Clone(s.Vars)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v, ok := s.Vars[name]
		if !ok {
			return nil, &UnknownVariableError{name, yaml.DidYouMean(name, slices.Sorted(maps.Keys(s.Vars)))}
		}
		if secret.SecretName(name) || LooksSecret(values[name]) {
			return nil, fmt.Errorf("%s looks like a secret: store it in an account", name)
		}
		value, err := v.read(values[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.Vars[name] = Variable{Default: value}
	}
	return &out, nil
}

// read parses a text as a value of the variable's type.
func (v Variable) read(text string) (any, error) {
	like := v.Default
	for _, value := range v.By {
		like = value
	}
	switch like.(type) {
	case bool:
		if text != "true" && text != "false" {
			return nil, errors.New("must be true or false")
		}
		return text == "true", nil
	case int, *big.Int, float64:
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n, nil
		}
		n, err := strconv.ParseFloat(text, 64)
		if _, ok := jq.Scalar(n); err != nil || !ok {
			return nil, errors.New("must be a number")
		}
		return n, nil
	}
	return text, nil
}

// missing returns an error for the first variable of a request that has no value for an
// account.
func (p *Plan) missing() error {
	for _, c := range p.Cases {
		for _, name := range c.Given {
			for _, as := range p.Identities {
				if p.Suite.Vars[name].For(as.Environment) != nil {
					continue
				}
				where := as.Name
				if as.Environment != "" {
					where += " in " + secret.CleanLine(as.Environment)
				}
				return fmt.Errorf("the variable %s of the request %s has no value for %s; set it in the file, or with --var %s=VALUE", name, c.Name, where, name)
			}
		}
	}
	return nil
}
