package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"tokenring/session/private"
	"tokenring/session/secret"
	"tokenring/store"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/clipboard"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

func newDoctor(env *app.Env) *cobra.Command {
	d := &doctor{env: env}
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: groupProgram,
		Short:   "Check the setup for problems and suggest fixes",
		Long: "Checks the ring, its vault, the keyring, the clipboard, clocks, definitions, the configuration,\n" +
			"proxies and the terminal. Each line reads ok, warn or fail, with a fix. Changes nothing and calls no\n" +
			"backend; --online asks each backend for the time, without credentials.",
		Example: "  tokenring doctor\n  tokenring doctor --online",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.examine(cmd.Context())
			return d.report()
		},
	}
	cmd.Flags().BoolVar(&d.online, "online", false, "ask each backend for its clock")
	jsonFlag(cmd, env, "print a JSON array")
	return cmd
}

// verdict is the result of one check.
type verdict string

const (
	verdictOK   verdict = "ok"
	verdictWarn verdict = "warn"
	verdictFail verdict = "fail"
)

// finding is one line of the report.
type finding struct {
	About   string  `json:"about"`
	Verdict verdict `json:"verdict"`
	Text    string  `json:"text"`
	Fix     string  `json:"mend,omitempty"` // the key stays: scripts read it
}

// doctor checks everything once.
type doctor struct {
	env      *app.Env
	online   bool
	findings []finding
}

// add records a finding. fix tells the user what to do; it may be "".
func (d *doctor) add(v verdict, about, fix, format string, args ...any) {
	d.findings = append(d.findings, finding{about, v, secret.CleanLine(fmt.Sprintf(format, args...)), fix})
}

func (d *doctor) examine(ctx context.Context) {
	d.add(verdictOK, "version", "", "tokenring %s, %s, %s/%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	d.configuration()
	d.terminal()
	d.clipboard(ctx)
	d.network()
	dir, err := store.DefaultDir(d.env.Getenv)
	if err != nil {
		d.add(verdictFail, "ring", "set TOKENRING_HOME", "%v", err)
		return
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		d.add(verdictOK, "ring", "", "none yet; tokenring add creates one in %s", dir)
		return
	}
	r, err := d.env.Open(ctx)
	if err != nil {
		d.add(verdictFail, "ring", "", "%v", err) // it includes the next step
		return
	}
	defer r.Close()
	d.ring(ctx, r)
}

func (d *doctor) configuration() {
	dir, err := d.env.ConfigDir()
	if err != nil {
		d.add(verdictFail, "configuration", "", "%v", err)
		return
	}
	path := filepath.Join(dir, "config.yaml")
	if c, err := app.ReadConfig(dir); errors.Is(err, private.ErrPermissions) {
		d.add(verdictFail, "configuration", "", "%v", err) // it includes the next step
	} else if err != nil {
		d.add(verdictFail, "configuration", "edit "+path, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	} else if _, err := os.Stat(path); err != nil {
		d.add(verdictOK, "configuration", "", "none; the defaults apply")
	} else if taken := c.TakenKeys(); taken != "" {
		d.add(verdictWarn, "configuration", "give one of the two another key in "+path, "%s", taken)
	} else {
		d.add(verdictOK, "configuration", "", "%s", path)
	}
	own := filepath.Join(dir, "backends")
	catalog := d.env.Catalog()
	problems := catalog.Problems()
	for _, p := range problems {
		fix := "edit it, then test it with: tokenring backends test NAME"
		if errors.Is(p, private.ErrPermissions) {
			fix = ""
		}
		d.add(verdictFail, "definitions", fix, "%s", strings.Join(strings.Fields(p.Error()), " "))
	}
	if len(problems) == 0 {
		d.add(verdictOK, "definitions", "", "%d; your own are in %s", len(catalog.Names()), own)
	}
}

func (d *doctor) terminal() {
	env := d.env
	if !term.Is(env.Out) {
		d.add(verdictOK, "terminal", "", "none: standard output is not a terminal")
		return
	}
	size := ""
	if width, height, ok := term.Size(d.env.Out); ok {
		size = fmt.Sprintf(", %d × %d", width, height)
		if width < 60 || height < 15 {
			d.add(verdictWarn, "terminal size", "make it at least 60 × 15 for the screen", "%d × %d", width, height)
		}
	}
	if kind := env.Getenv("TERM"); kind == "" || kind == "dumb" {
		d.add(verdictWarn, "terminal", "set TERM to the type of your terminal, such as xterm-256color", "TERM is %q: the screen does not open", kind)
	} else {
		d.add(verdictOK, "terminal", "", "%s, %s%s", kind, colours(env.Profile()), size)
	}
	if env.ASCII() {
		d.add(verdictWarn, "locale", "set LANG to a UTF-8 locale, such as C.UTF-8", "it is not UTF-8: signs and frames are plain ASCII")
	} else {
		d.add(verdictOK, "locale", "", "UTF-8")
	}
}

func colours(p colorprofile.Profile) string {
	switch p {
	case colorprofile.TrueColor:
		return "all colours"
	case colorprofile.ANSI256:
		return "256 colours"
	case colorprofile.ANSI:
		return "16 colours"
	}
	return "no colours"
}

func (d *doctor) clipboard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	const instead = "copies are handed to the terminal (OSC 52), which may refuse them and cannot clear them"
	board := clipboard.New(d.env.Getenv)
	if !board.Available() {
		d.add(verdictWarn, "clipboard", "at a desktop install wl-clipboard, xclip or xsel", "none available: %s", instead)
	} else if err := board.Check(ctx); err != nil {
		d.add(verdictWarn, "clipboard", "check DISPLAY and WAYLAND_DISPLAY", "%v: %s", err, instead)
	} else {
		d.add(verdictOK, "clipboard", "", "the desktop's; it is cleared after a copy")
	}
}

// report prints the findings. It returns errReported if a check failed.
func (d *doctor) report() error {
	err := d.env.Data(d.findings, d.rows())
	if err == nil && slices.ContainsFunc(d.findings, func(f finding) bool { return f.Verdict == verdictFail }) {
		err = errReported
	}
	return err
}

// rows returns the findings as a table, wrapped to the terminal's width.
func (d *doctor) rows() [][]string {
	about := 0
	for _, f := range d.findings {
		about = max(about, widget.Width(f.About))
	}
	room := math.MaxInt
	if width, _, ok := term.Size(d.env.Out); ok {
		room = max(20, width-about-len("x  warn    "))
	}
	rows, sign := make([][]string, 0, 2*len(d.findings)), signer(d.env)
	for _, f := range d.findings {
		lines := widget.Wrap(f.Text, room)
		if f.Fix != "" {
			lines = append(lines, widget.Wrap("→ "+f.Fix, room)...)
		}
		rows = append(rows, []string{sign(signs[f.Verdict]), string(f.Verdict), f.About, lines[0]})
		for _, line := range lines[1:] {
			rows = append(rows, []string{"", "", "", line})
		}
	}
	return rows
}

// signs mark the verdicts.
var signs = map[verdict]string{verdictOK: theme.SignOK, verdictWarn: theme.SignWarn, verdictFail: theme.SignFailed}
