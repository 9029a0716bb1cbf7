// Package matrix is the overlay that sends a suite as several accounts: a grid
// that fills as answers come, each cell of which opens.
package matrix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
	"tokenring/ui/widget/pick"
)

// Offer is a suite that can be sent, and the accounts to send it as.
type Offer struct {
	Suite *suite.Suite
	As    []string // names of accounts, and suite.Anonymous
	From  string   // where it comes from, for the list of offers

	Unmarked bool // nobody chose the accounts
}

// Offers finds what can be sent. Offers that come with an error are usable.
type Offers func(context.Context) ([]Offer, error)

// Engine is the part of the engine that the matrix calls.
type Engine struct {
	Accounts interface {
		Get(ctx context.Context, id string) (session.Snapshot, error)
	}
	Requests interface {
		Trusted(ctx context.Context, src suite.Source) error
		Trust(ctx context.Context, src suite.Source) error
		Identities(ctx context.Context, names []string, at string) ([]suite.Identity, error)
		GuardsFor(ctx context.Context, p *suite.Plan) ([]*session.GuardError, error)
		RunSuite(ctx context.Context, p *suite.Plan, o attempt.SuiteOptions) (*suite.Report, error)
	}
}

// Overlay is the matrix.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	engine Engine
	find   Offers
	desk   screen.Desk

	offers []Offer
	at     int    // of offers
	ready  *ready // nil until the accounts are known
	work   work
	err    string // why there is no grid
	next   string // what to do about it

	cells  [][]suite.Result // by case, then by identity
	cursor place
	marked place // row < 0: none is
	scroll widget.Scroll
	shift  int // the first column seen
	drawn  drawn
}

// place is a cell.
type place struct{ row, column int }

// drawn is how the grid was drawn last, for the mouse and the cursor.
type drawn struct{ name, cell, columns, top int }

// ready is a plan whose accounts are known.
type ready struct {
	plan     *suite.Plan
	accounts []session.Snapshot // by identity
	asks     []*session.GuardError
	agreed   map[string]session.Consent
}

// work is a plan on its way.
type work struct {
	stop  context.CancelFunc // nil: nothing runs
	since time.Time
}

// New makes the overlay; the root opens it on keymap.Matrix.
func New(c *screen.Context, engine Engine, find Offers) *Overlay {
	return &Overlay{Base: screen.NewBase(c), ctx: c, engine: engine, find: find, marked: place{row: -1}}
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	if o.ready == nil {
		return "Matrix"
	}
	title := "Matrix: " + o.ctx.Line(o.ready.plan.Suite.Name)
	switch {
	case o.work.stop != nil:
	case o.fired():
		title += " (" + o.tally().String() + ")"
	case len(o.cells) > 0:
		title += " (nothing was sent)"
	}
	return title
}

// Ticks reports whether something turns.
func (o *Overlay) Ticks() bool { return o.work.stop != nil }

// Init finds what can be sent.
func (o *Overlay) Init() tea.Cmd {
	life, find := o.Life, o.find
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		offers, err := find(life)
		return func() tea.Cmd { return o.found(offers, err) }
	})
}

func (o *Overlay) found(offers []Offer, err error) tea.Cmd {
	o.offers = slices.DeleteFunc(offers, func(f Offer) bool { return len(f.Suite.Cases) == 0 || len(f.As) == 0 })
	switch {
	case len(o.offers) == 0 && err != nil:
		o.fail(err)
		return nil
	case len(o.offers) == 0:
		o.err, o.next = "no request to send", "save one with an account, or write a suite into tokenring.yaml"
		return nil
	case len(o.offers) == 1:
		return tea.Batch(screen.NotifyError(err), o.prepare(0))
	}
	return tea.Batch(screen.NotifyError(err), o.choose())
}

// choose asks for one of the offers.
func (o *Overlay) choose() tea.Cmd {
	return screen.AskFor(screen.Choice{
		Title: "Matrix", Hint: "which suite?", Yes: "choose", Items: o.items,
		Do: func(value string) tea.Cmd {
			at, _ := strconv.Atoi(value)
			return o.prepare(at)
		},
		Otherwise: func() tea.Cmd {
			if len(o.cells) == 0 {
				return screen.Close(o)
			}
			return nil
		},
	})
}

// items lists the offers.
func (o *Overlay) items() []pick.Item {
	items := make([]pick.Item, len(o.offers))
	for i, f := range o.offers {
		items[i] = pick.Item{
			Value: strconv.Itoa(i), Title: o.ctx.Line(f.Suite.Name), Detail: o.ctx.Line(f.From),
			More: fmt.Sprintf("%s%s as %s.", lead(o.ctx.Line(f.Suite.Title)), requests(len(f.Suite.Cases)), o.names(f.As)),
		}
	}
	return items
}

// lead returns a title with a colon; "" without a title.
func lead(title string) string {
	if title == "" {
		return ""
	}
	return title + ": "
}

func (o *Overlay) names(as []string) string {
	shown := make([]string, len(as))
	for i, name := range as {
		shown[i] = o.ctx.Line(name)
	}
	return prose.List(shown, "and")
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.MouseClickMsg, tea.MouseWheelMsg:
		return o.mouse(msg)
	}
	return nil
}

// fail says why there is no grid.
func (o *Overlay) fail(err error) {
	o.err, o.next = secret.CleanLine(err.Error()), ""
	var untrusted *attempt.UntrustedError
	if errors.As(err, &untrusted) {
		o.next = "read it, and open the matrix again to approve it"
	}
}

// tally counts the cells as they are.
func (o *Overlay) tally() suite.Tally {
	return (&suite.Report{Plan: o.ready.plan, Cells: o.cells}).Tally()
}

// fired reports whether any of the cells has ended.
func (o *Overlay) fired() bool {
	t := o.tally()
	return t != suite.Tally{Left: t.Left}
}

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	choose := keymap.Hint{Action: keymap.MatrixChoose}
	if len(o.offers) < 2 {
		choose.Disabled = "there is only one suite"
	}
	if len(o.cells) == 0 {
		return []keymap.Hint{choose, {Action: keymap.Close}}
	}
	if o.work.stop != nil {
		return []keymap.Hint{
			{Action: keymap.MatrixOpen, Disabled: o.noRun(o.cursor)}, {Action: keymap.Close, Label: "cancel"},
		}
	}
	_, why := o.pair()
	run := keymap.Hint{Action: keymap.MatrixRun}
	if !o.fired() {
		run.Label = "send"
	}
	return []keymap.Hint{
		{Action: keymap.MatrixOpen, Disabled: o.noRun(o.cursor)}, {Action: keymap.MatrixCompare, Disabled: why},
		{Action: keymap.MatrixMark, Disabled: o.noRun(o.cursor)}, run, choose,
		{Action: keymap.MatrixLeft}, {Action: keymap.MatrixRight}, {Action: keymap.Close},
	}
}

// noRun says why a cell has no response.
func (o *Overlay) noRun(p place) string {
	switch r := o.cells[p.row][p.column]; {
	case r.Run != nil:
		return ""
	case r.Why != "":
		return o.ctx.Line(r.Why)
	}
	return "no response yet"
}

// pair is the two cells that would be compared: the one under the cursor with
// the marked one, or with the one on its left.
func (o *Overlay) pair() (other place, why string) {
	other = o.marked
	if other.row < 0 || other == o.cursor {
		other = place{o.cursor.row, o.cursor.column - 1}
		if other.column < 0 {
			other.column = o.cursor.column + 1
		}
	}
	if other.column >= len(o.cells[0]) {
		return other, "there is only one account"
	}
	if why := o.noRun(other); why != "" {
		return other, why
	}
	return other, o.noRun(o.cursor)
}
