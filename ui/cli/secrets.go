package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// maxSecret bounds a secret on standard input, in bytes.
const maxSecret = 64 << 10

// Sources of secrets beside references.
const (
	fromStdin = "-"
	fromAsk   = "ask"
)

// errInArgument does not repeat what it is about: it may be the secret.
var errInArgument = app.Usagef("do not pass a secret as an argument: every process on this machine can read it, and your shell keeps it")

// readSecret gets a secret from where a flag says that it is: standard input,
// the person, a variable or a program. label says what is asked.
func readSecret(ctx context.Context, env *app.Env, label, source string) (secret.String, error) {
	switch {
	case source == fromStdin:
		return secretFromStdin(env)
	case source == fromAsk:
		c, err := env.Console()
		if err != nil {
			return secret.String{}, app.Advise(err, "give it by -, env:NAME or cmd:program")
		}
		defer c.Close()
		return c.Hidden(ctx, label)
	case !reference.Is(source):
		return secret.String{}, app.Advise(errInArgument, "write - (standard input), ask, env:NAME or cmd:program argument…")
	}
	ref, err := reference.Parse(source)
	if err != nil {
		return secret.String{}, app.Usage(err)
	}
	reader := reference.Reader{Getenv: env.Getenv, Run: reference.Programs(env.Environ)}
	value, err := reader.Read(ctx, ref)
	if err != nil {
		return value, fmt.Errorf("%s: %w", label, err)
	}
	return value, nil
}

// secretSources says in the help of flags what may stand behind the equals sign.
const secretSources = "where SOURCE is - (standard input), ask, env:NAME or cmd:program…"

// plainField takes a field that is given as NAME=VALUE, and is no secret.
func plainField(fields []definition.Field, pair string) (f *definition.Field, value string, err error) {
	name, value, err := splitPair("set", pair)
	if err != nil {
		return nil, "", err
	}
	if f, err = fieldNamed(fields, name); err != nil {
		return nil, "", err
	}
	if f.Secret {
		return nil, "", app.Advise(errInArgument, "write --secret %s=SOURCE, %s", name, secretSources)
	}
	return f, value, nil
}

// readSecrets gets the secret fields that are given as NAME=SOURCE.
func readSecrets(ctx context.Context, env *app.Env, fields []definition.Field, given []string) (map[string]secret.String, error) {
	secrets := map[string]secret.String{}
	for _, pair := range given {
		name, source, err := splitPair("secret", pair)
		if err != nil {
			return nil, err
		}
		f, err := secretField(fields, name)
		if err != nil {
			return nil, err
		}
		if secrets[name], err = readSecret(ctx, env, f.Label, source); err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

// secretField finds a secret field.
func secretField(fields []definition.Field, name string) (*definition.Field, error) {
	f, err := fieldNamed(fields, name)
	if err == nil && !f.Secret {
		err = app.Advise(app.Usagef("%s is not a secret field", name), "write --set %s=…", name)
	}
	return f, err
}

// fieldNamed finds a field; the error lists those there are.
func fieldNamed(fields []definition.Field, name string) (*definition.Field, error) {
	names := make([]string, len(fields))
	for i := range fields {
		if names[i] = fields[i].Name; names[i] == name {
			return &fields[i], nil
		}
	}
	err := app.Usagef("there is no field %q", secret.CleanLine(name))
	if len(names) == 0 {
		return nil, err
	}
	return nil, app.Advise(err, "the fields are %s", strings.Join(names, ", "))
}

// splitPair takes NAME=VALUE apart.
func splitPair(flag, pair string) (name, value string, err error) {
	name, value, ok := strings.Cut(pair, "=")
	if !ok || name == "" { // which is not repeated: it may be a secret
		return "", "", app.Usagef("--%s takes NAME=…", flag)
	}
	return name, value, nil
}

func secretFromStdin(env *app.Env) (secret.String, error) {
	if term.Is(env.In) {
		return secret.String{}, app.Advise(app.Usagef("standard input is the terminal, which would show the secret"), "write ask instead of -")
	}
	text, err := readInput(env, "-", maxSecret)
	value := strings.TrimRight(string(text), "\r\n")
	clear(text)
	if err == nil && value == "" {
		err = errors.New("standard input holds no secret")
	}
	if err != nil {
		return secret.String{}, err
	}
	return secret.New(value), nil
}
