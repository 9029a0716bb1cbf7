// Package reference reads secrets from an environment variable (env:NAME), a file
// (file:PATH) or the output of a program (cmd:program argument…). The reference itself
// is not secret.
package reference

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"tokenring/session/place"
	"tokenring/session/secret"
	"tokenring/session/shell"
)

// Forms lists the forms of a reference, for people.
const Forms = "env:NAME, file:PATH or cmd:program argument…"

// The prefixes of references.
const (
	variable = "env:"
	command  = "cmd:"
	file     = "file:"
)

// Reference is a parsed reference. One of its fields is set.
type Reference struct {
	name string
	path string
	argv []string
}

// Is reports whether text has the prefix of a reference.
func Is(text string) bool {
	return strings.HasPrefix(text, variable) || strings.HasPrefix(text, file) || strings.HasPrefix(text, command)
}

// RunsProgram reports whether text is a reference that runs a program.
func RunsProgram(text string) bool { return strings.HasPrefix(text, command) }

// File returns the reference to a file.
func File(path string) string { return file + path }

// Path returns the path of a reference to a file, or "".
func Path(text string) string {
	if ref, err := Parse(text); err == nil {
		return ref.path
	}
	return ""
}

// Parse parses a reference. The error does not repeat the text, which may be a secret in
// the wrong place.
func Parse(text string) (*Reference, error) {
	if name, ok := strings.CutPrefix(text, variable); ok {
		if !isVariable(name) {
			return nil, errors.New("env: takes the name of a variable: letters, digits and _, such as env:API_PASSWORD")
		}
		return &Reference{name: name}, nil
	}
	if path, ok := strings.CutPrefix(text, file); ok {
		path, err := place.ExpandHome(path)
		if err != nil {
			return nil, errors.New("file: cannot find the home folder; write an absolute path")
		}
		if !filepath.IsAbs(path) {
			return nil, errors.New("file: takes an absolute path, or one that begins with ~/")
		}
		return &Reference{path: path}, nil
	}
	line, ok := strings.CutPrefix(text, command)
	if !ok {
		return nil, errors.New("a reference is " + Forms)
	}
	argv, err := arguments(line)
	if err != nil {
		return nil, fmt.Errorf("cmd: %w", err)
	}
	return &Reference{argv: argv}, nil
}

// arguments splits a command. No shell runs it, so unquoted shell syntax is an error.
func arguments(line string) ([]string, error) {
	argv, err := shell.Split(line)
	var syntax *shell.Error
	switch {
	case errors.As(err, &syntax) && !syntax.Incomplete:
		return nil, fmt.Errorf("no shell runs the command, so %c has no meaning; quote it, or write cmd:sh -c '…'", line[syntax.Offset])
	case err != nil:
		return nil, err
	case len(argv) == 0 || argv[0] == "":
		return nil, errors.New("the program is missing; write cmd:program argument…")
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

// Read reads the secret. The error names the variable, file or program, never its content.
func (r *Reader) Read(ctx context.Context, ref *Reference) (secret.String, error) {
	if ref.name != "" {
		value := r.Getenv(ref.name)
		if value == "" {
			return secret.String{}, fmt.Errorf("the variable %s is not set; export it first", ref.name)
		}
		return secret.New(value), nil
	}
	if ref.path != "" {
		return readFile(ref.path)
	}
	if r.Run == nil {
		return secret.String{}, errors.New("cannot run commands here")
	}
	out, err := r.Run(ctx, ref.argv)
	if err != nil {
		return secret.String{}, err
	}
	value := Value(out)
	if value.IsZero() {
		return value, fmt.Errorf("%s printed nothing", secret.CleanLine(ref.argv[0]))
	}
	return value, nil
}

// Peek reads a reference to a file, which has no side effect. For any other it returns the
// zero String.
func (ref *Reference) Peek() (secret.String, error) {
	if ref.path == "" {
		return secret.String{}, nil
	}
	return readFile(ref.path)
}

// Value converts the output of a program, a file or standard input to a secret: text
// loses the line breaks at its end. It clears data.
func Value(data []byte) secret.String {
	value := string(data)
	clear(data)
	if utf8.ValidString(value) {
		value = strings.TrimRight(value, "\r\n")
	}
	return secret.New(value)
}

// readFile reads a secret of at most maxOutput bytes.
func readFile(path string) (secret.String, error) {
	shown := secret.CleanLine(path)
	data, err := place.Read(path, maxOutput)
	switch {
	case errors.Is(err, place.ErrKind):
		return secret.String{}, fmt.Errorf("%s is not a file", shown)
	case errors.Is(err, place.ErrSize):
		return secret.String{}, fmt.Errorf("%s is larger than %d KiB; a secret is shorter", shown, maxOutput>>10)
	case err != nil:
		return secret.String{}, fmt.Errorf("cannot read %s: %w", shown, err)
	}
	value := Value(data)
	if value.IsZero() {
		return value, fmt.Errorf("%s is empty", shown)
	}
	return value, nil
}

const (
	commandLimit = 30 * time.Second
	maxOutput    = 64 << 10 // bytes
)

// Runner runs a program and returns its standard output. Errors never hold its output.
type Runner func(ctx context.Context, argv []string) ([]byte, error)

// Programs returns a Runner of local programs. A nil env is the environment of this
// process. Standard input is empty; standard error, which may hold the secret, is dropped.
func Programs(env []string) Runner {
	return func(ctx context.Context, argv []string) ([]byte, error) {
		limited, cancel := context.WithTimeout(ctx, commandLimit)
		defer cancel()
		out := &bounded{cancel: cancel}
		cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
		cmd.Env, cmd.Stdout = env, out
		cmd.WaitDelay = time.Second // its children may keep the pipe open
		err := cmd.Run()
		if err == nil && !out.cut {
			return out.data, nil
		}
		clear(out.data)
		err = explain(ctx, limited, secret.CleanLine(argv[0]), out.cut, err)
		if ctx.Err() == nil && runsTokenring(argv) {
			err = fmt.Errorf("%w; a reference cannot open the ring: for the token of another account, "+
				"give the definition a field of type account", err)
		}
		return nil, err
	}
}

// runsTokenring reports whether a command is tokenring, or a shell that runs it.
func runsTokenring(argv []string) bool {
	for _, arg := range argv {
		for word := range strings.FieldsSeq(arg) {
			name := strings.TrimSuffix(word[strings.LastIndexAny(word, `/\`)+1:], ".exe")
			if name == "tokenring" {
				return true
			}
		}
	}
	return false
}

func explain(caller, limited context.Context, program string, cut bool, err error) error {
	var exit *exec.ExitError
	switch {
	case caller.Err() != nil:
		return caller.Err()
	case cut:
		return fmt.Errorf("%s printed more than %d KiB; a secret is shorter", program, maxOutput>>10)
	case limited.Err() != nil:
		return fmt.Errorf("%s took longer than %s", program, commandLimit)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("no program %s on the path", program)
	case errors.As(err, &exit) && exit.Exited():
		return fmt.Errorf("%s failed with exit status %d; run it by hand to see why", program, exit.ExitCode())
	}
	return fmt.Errorf("%s did not finish; run it by hand to see why", program)
}

// bounded buffers at most maxOutput bytes and calls cancel at more.
type bounded struct {
	data   []byte
	cut    bool
	cancel func()
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxOutput {
		b.cut = true
		b.cancel()
		return 0, errors.New("too much output")
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
