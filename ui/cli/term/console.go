package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	xterm "github.com/charmbracelet/x/term"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/widget"
)

// Tries is how often Console asks a question before it gives up.
const Tries = 3

// Errors of questions.
var (
	ErrNoTerminal = errors.New("no terminal to ask on")
	ErrDeclined   = errors.New("the question was not answered")
)

// Console asks the user questions, on standard error to keep them out of the data.
type Console struct {
	in  *os.File
	out io.Writer
	// withdrawn brings the answer to a question that was withdrawn; nil: none is read. No
	// read of a terminal can be stopped: what it brings answers the next question.
	withdrawn chan answer
}

// answer is what was read.
type answer struct {
	text []byte
	err  error
}

// Console returns the terminal to ask on: standard input or, if that carries
// data, the terminal the program was started from. It returns ErrNoTerminal if
// there is none, or if standard input is neither (</dev/null).
func (s *IO) Console() (*Console, error) {
	if s.console != nil {
		return s.console, nil
	}
	in, ok := s.In.(*os.File)
	switch {
	case !Is(s.Err):
		return nil, ErrNoTerminal
	case ok && Is(in):
	case s.OpenTTY == nil || !carriesData(s.In):
		return nil, ErrNoTerminal
	default:
		var err error
		if in, err = s.OpenTTY(); err != nil {
			return nil, ErrNoTerminal
		}
	}
	s.console = &Console{in: in, out: s.Err}
	return s.console, nil
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

// Say shows one line of text.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintln(c.out, secret.CleanLine(fmt.Sprintf(format, args...)))
}

// Line asks for a line of text, which may be empty.
func (c *Console) Line(ctx context.Context, question string) (string, error) {
	text, err := c.ask(ctx, question+": ", readLine, xterm.GetState)
	return strings.TrimSpace(string(text)), err
}

// Hidden asks for a secret without echo. What is pasted may have several lines.
func (c *Console) Hidden(ctx context.Context, question string) (secret.String, error) {
	text, err := c.raw(ctx, question+" (not shown): ", nil)
	return secret.New(string(text)), err
}

// masked asks for a line of text, and shows of a secret in it only the mask.
func (c *Console) masked(ctx context.Context, question string) (string, error) {
	width := columns(c.out)
	text, err := c.raw(ctx, question, func(text []byte) {
		fmt.Fprint(c.out, "\r\x1b[K"+widget.Cut(secret.CleanLine(question+secret.MaskText(string(text))), width-1))
	})
	return strings.TrimSpace(string(text)), err
}

// raw asks a question whose answer the terminal does not edit itself.
func (c *Console) raw(ctx context.Context, question string, draw func(text []byte)) ([]byte, error) {
	defer fmt.Fprintln(c.out, pasteOff)
	read := func(in *os.File) ([]byte, error) { return readRaw(in, draw) }
	return c.ask(ctx, question, read, func(fd uintptr) (*xterm.State, error) {
		fmt.Fprint(c.out, pasteOn)
		return xterm.MakeRaw(fd)
	})
}

// Yes asks a question whose default answer is no.
func (c *Console) Yes(ctx context.Context, question string) (bool, error) {
	text, err := c.Line(ctx, question+yesOrNo)
	return isYes(text), err
}

// hiddenYes is Yes without echo, where a secret may be pasted instead.
func (c *Console) hiddenYes(ctx context.Context, question string) (bool, error) {
	text, err := c.Hidden(ctx, question+yesOrNo)
	return isYes(strings.TrimSpace(text.Reveal())), err
}

// Agree asks a person to agree, by a yes or, unless word is "", by typing that. It returns
// declined if they do not.
func (c *Console) Agree(ctx context.Context, question, word string, declined error) error {
	agreed, err := false, error(nil)
	if word == "" {
		agreed, err = c.Yes(ctx, question)
	} else {
		var typed string
		typed, err = c.Line(ctx, question)
		agreed = typed == word
	}
	if err == nil && !agreed {
		err = declined
	}
	return err
}

const yesOrNo = " [y/N]"

func isYes(text string) bool {
	text = strings.ToLower(text)
	return text == "y" || text == "yes"
}

// Run runs a program that takes over the terminal, such as an editor.
func (c *Console) Run(program interface {
	SetStdin(in io.Reader)
	SetStdout(out io.Writer)
	SetStderr(out io.Writer)
	Run() error
}) error {
	program.SetStdin(c.in)
	program.SetStdout(c.out)
	program.SetStderr(c.out)
	return program.Run()
}

// readLine reads a line from a terminal, which returns one per read.
func readLine(in *os.File) ([]byte, error) {
	buf := make([]byte, 4096) // the most a terminal takes for one line
	n, err := in.Read(buf)
	return buf[:n], err
}

// ask reads an answer until ctx ends, and restores the terminal. enter prepares
// the terminal and returns its former state; it runs before the question
// appears, so that a secret typed early is not echoed either.
func (c *Console) ask(ctx context.Context, question string, read func(*os.File) ([]byte, error), enter func(uintptr) (*xterm.State, error)) ([]byte, error) {
	ended := ctx.Done() // from here on a signal restores the terminal
	before, err := enter(c.in.Fd())
	if err != nil {
		return nil, ErrNoTerminal
	}
	defer func() { _ = xterm.Restore(c.in.Fd(), before) }()
	fmt.Fprint(c.out, secret.CleanLine(question))
	answered := c.withdrawn
	if answered == nil {
		answered = make(chan answer, 1)
		go func() {
			text, err := read(c.in)
			answered <- answer{text, err}
		}()
	}
	select {
	case a := <-answered:
		c.withdrawn = nil
		if errors.Is(a.err, io.EOF) {
			a.err = ErrDeclined
		}
		return a.text, a.err
	case <-ended:
		c.withdrawn = answered
		fmt.Fprintln(c.out)
		return nil, ctx.Err()
	}
}

// prompter asks the questions of a login, in place of the progress line.
type prompter struct {
	*Console
	streams *IO
}

// Ask implements session.Prompter.
func (p prompter) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	p.streams.Progress().Clear()
	if q.Help != "" {
		p.Say("%s", q.Help)
	}
	switch {
	case q.Confirm:
		ask := p.Yes
		if q.Secret {
			ask = p.hiddenYes
		}
		yes, err := ask(ctx, q.Label)
		if yes {
			return secret.New(session.Yes), err
		}
		return secret.String{}, err
	case q.Secret:
		return p.Hidden(ctx, q.Label)
	}
	text, err := p.Line(ctx, q.Label)
	return secret.New(text), err
}

// Show implements session.Prompter.
func (p prompter) Show(_ context.Context, n session.Notice) error {
	p.streams.Progress().Clear()
	if n.Open {
		n.Text = p.open(&n)
	}
	for _, text := range []string{n.Text, n.URL, n.Code} {
		if text != "" {
			p.Say("%s", text)
		}
	}
	if !n.Ends.IsZero() {
		p.Say("It is valid until %s.", n.Ends.Local().Format(time.TimeOnly))
	}
	if width, _, ok := Size(p.out); ok && p.streams.Dots && n.QR != "" {
		for _, line := range widget.QR(n.QR) {
			if widget.Width(line) <= width {
				fmt.Fprintln(p.out, dark+line+plain)
			}
		}
	}
	return nil
}

// A code for cameras is black on white.
const dark, plain = "\x1b[30;107m", "\x1b[m"

// open opens the address of a notice in a browser, where there is one, and says so.
func (p prompter) open(n *session.Notice) string {
	opened, hint := false, ""
	if p.streams.Browse != nil {
		opened, hint = p.streams.Browse(n.URL, n.Browser)
	}
	switch {
	case opened:
		return n.Text + "; it opens at this address:"
	case hint != "":
		return n.Text + " at this address. If it is on another machine than this one, run there: " + hint
	}
	return n.Text + " at this address:"
}

// Prompter returns a prompter that removes the progress line and asks on the
// terminal; nil if there is no terminal.
func (s *IO) Prompter() session.Prompter {
	c, err := s.Console()
	if err != nil {
		return nil
	}
	return prompter{c, s}
}
