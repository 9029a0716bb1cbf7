package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"

	"tokenring/session"
	"tokenring/session/secret"
)

var (
	errNobody   = errors.New("there is no terminal to ask on")
	errDeclined = errors.New("the question was not answered")
)

// console is where the person is asked. Questions go to standard error, so
// that they stay out of the data.
type console struct {
	in    *os.File
	out   io.Writer
	close func()
}

// console finds the person: on standard input, or, where that carries data, on
// the terminal the program was started from. Somebody who gives no input at all
// (</dev/null) says that nobody will answer. errNobody.
func (w *World) console() (*console, error) {
	if !isTerminal(w.Stderr) {
		return nil, errNobody
	}
	if in, ok := w.Stdin.(*os.File); ok && isTerminal(in) {
		return &console{in: in, out: w.Stderr, close: func() {}}, nil
	}
	if w.Terminal == nil || !carriesData(w.Stdin) {
		return nil, errNobody
	}
	in, err := w.Terminal()
	if err != nil {
		return nil, errNobody
	}
	return &console{in: in, out: w.Stderr, close: func() { _ = in.Close() }}, nil
}

// carriesData reports whether a stream is a pipe or a file.
func carriesData(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice == 0
}

// say tells the person something in one line.
func (c *console) say(format string, args ...any) {
	fmt.Fprintln(c.out, secret.CleanLine(fmt.Sprintf(format, args...)))
}

// line asks for a line of text. Empty is an answer.
func (c *console) line(ctx context.Context, question string) (string, error) {
	text, err := c.ask(ctx, question+": ", readLine, term.GetState)
	return strings.TrimSpace(string(text)), err
}

// hidden asks for a secret, of which nothing is shown while it is typed.
func (c *console) hidden(ctx context.Context, question string) (secret.String, error) {
	text, err := c.ask(ctx, question+" (not shown): ", readHidden, term.MakeRaw)
	fmt.Fprintln(c.out)
	return secret.New(string(text)), err
}

// yes asks a question that is declined by default.
func (c *console) yes(ctx context.Context, question string) (bool, error) {
	text, err := c.line(ctx, question+" [y/N]")
	answer := strings.ToLower(text)
	return answer == "y" || answer == "yes", err
}

// readLine reads a line of a terminal, which gives one a time.
func readLine(in *os.File) ([]byte, error) {
	buf := make([]byte, 4096) // the most a terminal takes for one line
	n, err := in.Read(buf)
	return buf[:n], err
}

// ask reads an answer and can be cancelled; in any case the terminal is as it
// was then. enter makes it ready and gives what it was: before the question is
// seen, for who types quickly must not be shown either.
func (c *console) ask(ctx context.Context, question string, read func(*os.File) ([]byte, error), enter func(uintptr) (*term.State, error)) ([]byte, error) {
	before, err := enter(c.in.Fd())
	if err != nil {
		return nil, errNobody
	}
	defer func() { _ = term.Restore(c.in.Fd(), before) }()
	fmt.Fprint(c.out, secret.CleanLine(question))
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read(c.in)
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		if errors.Is(a.err, io.EOF) {
			a.err = errDeclined
		}
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprintln(c.out)
		return nil, ctx.Err()
	}
}

// prompter is the person a login asks.
type prompter struct{ *console }

// Ask implements session.Prompter.
func (p prompter) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	if q.Help != "" {
		p.say("%s", q.Help)
	}
	if q.Secret {
		return p.hidden(ctx, q.Label)
	}
	text, err := p.line(ctx, q.Label)
	return secret.New(text), err
}

// Show implements session.Prompter.
func (p prompter) Show(_ context.Context, n session.Notice) error {
	for _, text := range []string{n.Text, n.URL, n.Code} {
		if text != "" {
			p.say("%s", text)
		}
	}
	return nil
}

// prompter is who a login asks, or nil when nobody is there. done gives the
// terminal back.
func (w *World) prompter() (p session.Prompter, done func()) {
	c, err := w.console()
	if err != nil {
		return nil, func() {}
	}
	return prompter{c}, c.close
}
