package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// smokeShow shows the results of a matrix as they arrive.
type smokeShow interface {
	update(r suite.Result)    // one call at a time
	end(report *suite.Report) // nil: nothing was sent
}

// newSmokeShow returns a table if the terminal has room for it, else lines that
// go to out.
// quiet prints lines for what failed alone.
func newSmokeShow(env *app.Env, out io.Writer, p *suite.Plan, quiet bool) smokeShow {
	config, err := env.Config()
	if err != nil {
		config = &app.Config{} // said before
	}
	look := theme.New(config.Appearance(env))
	if width, height, ok := term.Size(env.Out); ok && !quiet && env.Getenv("TERM") != "dumb" && len(p.Cases)+3 < height {
		widths, all := tableWidths(p), -len(columnGap)
		for _, w := range widths {
			all += w + len(columnGap)
		}
		if all <= width {
			return newSmokeTable(env.Out, p, look, width, widths)
		}
	}
	return newSmokeLines(out, p, look, quiet)
}

// smokeLines prints a line for each finished cell.
type smokeLines struct {
	out              io.Writer
	plan             *suite.Plan
	look             *theme.Theme
	quiet            bool
	accounts, widest int // columns
	printed          map[[2]int]bool
}

func newSmokeLines(out io.Writer, p *suite.Plan, look *theme.Theme, quiet bool) *smokeLines {
	l := &smokeLines{out: out, plan: p, look: look, quiet: quiet, printed: map[[2]int]bool{}, widest: widestCase(p)}
	for _, a := range p.Identities {
		l.accounts = max(l.accounts, widget.Width(secret.CleanLine(a.Name)))
	}
	return l
}

// widestCase returns the columns that the names of the requests need.
func widestCase(p *suite.Plan) int {
	width := 0
	for _, c := range p.Cases {
		width = max(width, widget.Width(secret.CleanLine(c.Name)))
	}
	return width
}

func (l *smokeLines) update(r suite.Result) {
	if r.Verdict == suite.Running || r.Verdict == suite.Waiting {
		return
	}
	l.printed[[2]int{r.Case, r.Identity}] = true
	if l.quiet && !missed(&r) {
		return
	}
	figures := ""
	if r.Status != 0 {
		figures = fmt.Sprintf("%d %5d ms", r.Status, r.Took.Milliseconds())
	}
	cells := []string{
		l.word(r.Verdict), widget.Fit(secret.CleanLine(l.plan.Cases[r.Case].Name), l.widest),
		widget.Fit(secret.CleanLine(l.plan.Identities[r.Identity].Name), l.accounts), widget.Fit(figures, len("200 12345 ms")), detail(&r),
	}
	fmt.Fprintln(l.out, strings.TrimRight(strings.Join(cells, "  "), " "))
}

// word returns a verdict in its colour.
func (l *smokeLines) word(v suite.Verdict) string {
	text := string(v)
	if l.look.Coloured() {
		style, _ := signOf(l.look, v)
		text = l.look.Finish(style.Render(text))
	}
	return text + widget.Blank(len(suite.Skipped)-len(v))
}

// end prints the remaining cells.
func (l *smokeLines) end(report *suite.Report) {
	if report == nil {
		return
	}
	for _, row := range report.Cells {
		for _, r := range row {
			if !l.printed[[2]int{r.Case, r.Identity}] {
				l.update(r)
			}
		}
	}
}

// detail returns why a cell is not as expected, and the next step.
func detail(r *suite.Result) string {
	text := secret.CleanLine(r.Why)
	if r.Tries > 1 {
		text = strings.TrimPrefix(text+fmt.Sprintf(" (after %d tries)", r.Tries), " ")
	}
	next := r.Next
	if next == "" && r.Err != nil {
		next = nextStep(r.Err)
	}
	if next != "" {
		text += " → " + secret.CleanLine(next)
	}
	return text
}

// redraw is the shortest time between two drawings of the table.
const redraw = 50 * time.Millisecond

// smokeTable draws the matrix in place.
type smokeTable struct {
	out    io.Writer
	plan   *suite.Plan
	look   *theme.Theme
	width  int
	widths []int // of the columns, the names first

	mu    sync.Mutex
	cells [][]suite.Result
	drawn bool
	dirty bool // it will be drawn
}

func newSmokeTable(out io.Writer, p *suite.Plan, look *theme.Theme, width int, widths []int) *smokeTable {
	t := &smokeTable{out: out, plan: p, look: look, width: width, widths: widths, dirty: true}
	t.cells = make([][]suite.Result, len(p.Cases))
	for i := range p.Cases {
		t.cells[i] = make([]suite.Result, len(p.Identities))
	}
	t.draw()
	return t
}

// tableWidths returns the columns of a table, the names of the requests first.
func tableWidths(p *suite.Plan) []int {
	widths := []int{widestCase(p)}
	for _, a := range p.Identities {
		widths = append(widths, max(len("+ 200 12345 ms"), widget.Width(secret.CleanLine(a.Name))))
	}
	return widths
}

// columnGap is between two columns of a table.
const columnGap = "  "

func (t *smokeTable) update(r suite.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cells[r.Case][r.Identity] = r
	if !t.dirty {
		t.dirty = true
		time.AfterFunc(redraw, t.draw)
	}
}

// end draws the final table and lists the problems.
func (t *smokeTable) end(report *suite.Report) {
	t.mu.Lock()
	if t.dirty = report != nil; t.dirty {
		t.cells = report.Cells
	}
	t.mu.Unlock()
	t.draw()
	if report == nil {
		return
	}
	for i, row := range report.Cells {
		for j := range row {
			if r := &row[j]; r.Why != "" && r.Verdict != suite.Refused {
				style, sign := signOf(t.look, r.Verdict)
				text := secret.CleanLine(t.plan.Cases[i].Name) + " as " + secret.CleanLine(t.plan.Identities[j].Name) + ": " + detail(r)
				lines := widget.Wrap(text, t.width-2)
				fmt.Fprintln(t.out, t.look.Finish(style.Render(sign)+" "+strings.Join(lines, "\n  ")))
			}
		}
	}
}

// draw overwrites the table.
func (t *smokeTable) draw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dirty {
		return
	}
	var b strings.Builder
	if t.drawn {
		fmt.Fprintf(&b, "\x1b[%dF", len(t.cells)+1)
	}
	line := []string{widget.Blank(t.widths[0])}
	for j, a := range t.plan.Identities {
		line = append(line, widget.Fit(secret.CleanLine(a.Name), t.widths[j+1]))
	}
	t.line(&b, line)
	for i, c := range t.plan.Cases {
		line = []string{widget.Fit(secret.CleanLine(c.Name), t.widths[0])}
		for j := range t.plan.Identities {
			line = append(line, t.cell(&t.cells[i][j], t.widths[j+1]))
		}
		t.line(&b, line)
	}
	_, _ = io.WriteString(t.out, b.String())
	t.drawn, t.dirty = true, false
}

func (t *smokeTable) line(b *strings.Builder, cells []string) {
	b.WriteString(widget.Cut(t.look.Finish(strings.TrimRight(strings.Join(cells, columnGap), " ")), t.width))
	b.WriteString("\x1b[K\n")
}

// cell returns the sign, status and time of a request.
func (t *smokeTable) cell(r *suite.Result, width int) string {
	style, sign := signOf(t.look, r.Verdict)
	text := ""
	switch {
	case r.Status != 0 && r.Verdict != suite.Running:
		text = fmt.Sprintf(" %d %5d ms", r.Status, r.Took.Milliseconds())
	case r.Verdict == suite.Skipped, r.Verdict == suite.Interrupted:
		text = " " + string(r.Verdict)
	case r.Verdict == suite.Broken:
		text = " no answer"
	}
	return style.Render(sign) + widget.Fit(text, width-1)
}

// signOf returns the colour and the sign of a verdict.
func signOf(look *theme.Theme, v suite.Verdict) (theme.Style, string) {
	switch v {
	case suite.Passed:
		return look.Valid, theme.SignOK
	case suite.Failed, suite.Broken, suite.Interrupted:
		return look.Dead, theme.SignFailed
	case suite.Refused:
		return look.Unknown, theme.SignUnknown
	case suite.Skipped:
		return look.Unknown, theme.SignNeedsLogin
	case suite.Running:
		return look.Accent, theme.SignMore
	}
	return look.Faint, theme.SignNoSession
}
