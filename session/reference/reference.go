// Package reference reads secrets from an environment variable (env:NAME) or the
// output of a program (cmd:program argument…). A reference itself is not secret.
package reference

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tokenring/session/secret"
	"tokenring/session/shell"
)

// The prefixes of references.
const (
	variable = "env:"
	command  = "cmd:"
)

// Reference names the place of a secret: a variable or a command.
type Reference struct {
	name string
	argv []string
}

// Is reports whether text has the prefix of a reference.
func Is(text string) bool {
	return strings.HasPrefix(text, variable) || strings.HasPrefix(text, command)
}

// Parse reads env:NAME or cmd:program argument…. The error does not repeat the
// text, which may be a secret in the wrong place.
func Parse(text string) (*Reference, error) {
	if name, ok := strings.CutPrefix(text, variable); ok {
		if !isVariable(name) {
			return nil, errors.New("env: takes the name of a variable: letters, digits and _, such as env:API_PASSWORD")
		}
		return &Reference{name: name}, nil
	}
	line, ok := strings.CutPrefix(text, command)
	if !ok {
		return nil, errors.New("a reference is env:NAME or cmd:program argument…")
	}
	argv, err := arguments(line)
	if err != nil {
		return nil, fmt.Errorf("cmd: %w", err)
	}
	return &Reference{argv: argv}, nil
}

// arguments splits a command. No shell runs it, so unquoted shell syntax is an
// error.
func arguments(line string) ([]string, error) {
	argv, err := shell.Split(line)
	var syntax *shell.Error
	switch {
	case errors.As(err, &syntax) && !syntax.Incomplete:
		return nil, fmt.Errorf("no shell runs the command, so %c has no meaning; quote it, or write cmd:sh -c '…'", line[syntax.Offset])
	case err != nil:
		return nil, err
	case len(argv) == 0 || argv[0] == "":
		return nil, errors.New("names no program; write cmd:program argument…")
	}
	return argv, nil
}

func isVariable(name string) bool {
	for i, c := range name {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' && c < 0x80
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Reader reads references.
type Reader struct {
	Getenv func(string) string
	Run    Runner // nil: commands are refused
}

// Read reads the secret. The error names the variable or program, never its value
// or output.
func (r *Reader) Read(ctx context.Context, ref *Reference) (secret.String, error) {
	if ref.name != "" {
		value := r.Getenv(ref.name)
		if value == "" {
			return secret.String{}, fmt.Errorf("the variable %s is not set; export it first", ref.name)
		}
		return secret.New(value), nil
	}
	if r.Run == nil {
		return secret.String{}, errors.New("commands cannot be run here")
	}
	out, err := r.Run(ctx, ref.argv)
	if err != nil {
		return secret.String{}, err
	}
	value := strings.TrimRight(string(out), "\r\n")
	clear(out)
	if value == "" {
		return secret.String{}, fmt.Errorf("%s printed nothing", secret.CleanLine(ref.argv[0]))
	}
	return secret.New(value), nil
}
