// Package requests is the Requests tab of an account: the requests of its
// definition and the person's own, how each went last, and below them what was
// sent before.
package requests

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Pane lists the requests and the history of one account.
type Pane struct {
	ctx    *screen.Context
	engine Engine
	snap   *session.Snapshot // nil: no account

	loading  screen.Desk
	stop     context.CancelFunc // of what is loaded
	deleting screen.Desk
	loaded   bool
	err      string // why the list is short
	specs    []request.Spec
	runs     []session.RunRecord        // newest first
	last     map[key]*session.RunRecord // the account's newest run of each request
	targets  map[string]string          // where a path leads, for a person to read

	lines  []line
	scroll widget.Scroll
	filter *widget.Input
	focus  bool
	top    int // the row the lines begin at, as drawn last
}

// line is a request, a run, or a heading.
type line struct {
	spec *request.Spec
	run  *session.RunRecord
	head string
}

// key is equal for two runs of the same request.
type key struct{ name, method, path string }

func keyOf(s *request.Spec) key { return key{s.Name, requestui.Method(s.Method), s.Path()} }

func keyOfRun(r *session.RunRecord) key { return key{r.Name, requestui.Method(r.Method), r.Path} }

// Engine is the part of the engine that the pane calls.
type Engine interface {
	requestui.Requests
	Specs(ctx context.Context, rec *session.Record) ([]request.Spec, error)
	DeleteRequest(ctx context.Context, id string) error
	PurgeRequest(ctx context.Context, id string) error
}

// New makes the pane; the root puts it into the account's Requests tab.
func New(c *screen.Context, engine Engine) *Pane {
	p := &Pane{ctx: c, engine: engine, filter: widget.NewInput(c.Theme, "/ ", "name, path, method, status").Remember(c.Recalls, new(widget.History))}
	p.filter.OnChange(func() {
		p.arrange("")
		p.move(-len(p.lines))
	})
	return p
}

// Init implements screen.Screen.
func (p *Pane) Init() tea.Cmd { return nil }

// SetAccount implements screen.Pane.
func (p *Pane) SetAccount(s *session.Snapshot) tea.Cmd {
	if s == nil || p.snap == nil || s.Account.ID != p.snap.Account.ID {
		p.specs, p.runs, p.last, p.loaded, p.err = nil, nil, nil, false, ""
		p.filter.Set("")
		p.filter.Blur()
		p.scroll = widget.Scroll{Height: p.scroll.Height}
		p.arrange("")
	}
	p.snap = s
	return p.load()
}

// Focus implements screen.Pane.
func (p *Pane) Focus(on bool) tea.Cmd {
	p.focus = on
	if !on {
		p.filter.Blur()
	}
	return nil
}

// Scopes implements screen.Pane.
func (p *Pane) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Requests, keymap.List} }

// Cursor implements screen.Screen.
func (p *Pane) Cursor() *tea.Cursor { return p.filter.Cursor(1, p.top+p.scroll.Height) }

// Keys implements screen.Screen.
func (p *Pane) Keys() []keymap.Hint {
	if p.filter.Focused() {
		return screen.FilterHints()
	}
	if p.snap == nil {
		return nil
	}
	none, own, last := "", "", ""
	fireHint := keymap.Hint{Action: keymap.RequestFire}
	spec, run := p.at()
	switch {
	case spec == nil && run == nil:
		none, own, last = "no request here", "no request here", "no request here"
	case run != nil:
		none, own = "it was sent before; open it to send it again", "a run of the history stays"
		fireHint.Label = "open"
	case spec.Builtin:
		own = "it belongs to the definition; only your own can be deleted"
	}
	if spec != nil {
		if p.last[keyOf(spec)] == nil {
			last = "it has not been sent yet"
		}
		fireHint.Disabled = p.snap.Broken
	} else if run == nil {
		fireHint.Disabled = none
	}
	history := ""
	if len(p.runs) == 0 {
		history = "nothing was sent yet"
	}
	return []keymap.Hint{
		fireHint, {Action: keymap.RequestOpen, Disabled: last}, {Action: keymap.RequestNew},
		{Action: keymap.RequestEdit, Disabled: none}, {Action: keymap.RequestDuplicate, Disabled: none},
		{Action: keymap.RequestCurl, Disabled: none}, {Action: keymap.RequestSearch},
		{Action: keymap.RequestHistory, Disabled: history}, {Action: keymap.RequestDelete, Disabled: own},
		{Action: keymap.RequestAddToSuite, Disabled: none},
	}
}

// at is the request or the run under the cursor.
func (p *Pane) at() (*request.Spec, *session.RunRecord) {
	if p.scroll.Cursor >= len(p.lines) {
		return nil, nil
	}
	l := p.lines[p.scroll.Cursor]
	return l.spec, l.run
}

// current is the id of the request or run under the cursor, or "".
func (p *Pane) current() string {
	if p.scroll.Cursor >= len(p.lines) {
		return ""
	}
	return p.lines[p.scroll.Cursor].id()
}

func (l *line) id() string {
	switch {
	case l.spec != nil:
		return l.spec.ID
	case l.run != nil:
		return l.run.ID
	}
	return ""
}

// arrange rebuilds the lines from what is loaded and filtered, and puts the
// cursor on the request or run with an id.
func (p *Pane) arrange(on string) {
	p.lines = p.lines[:0]
	want := strings.Fields(strings.ToLower(p.filter.Value()))
	for i := range p.specs {
		if s := &p.specs[i]; holds(want, s.Name, s.Title, p.targets[s.Path()], requestui.Method(s.Method)) {
			p.lines = append(p.lines, line{spec: s})
		}
	}
	heading := false
	for i := range p.runs {
		r := &p.runs[i]
		if !holds(want, r.As, r.Name, p.targetOf(r), requestui.Method(r.Method), requestui.Status(r.Status), r.Verdict) {
			continue
		}
		if !heading {
			heading = true
			p.lines = append(p.lines, line{head: "sent before"})
		}
		p.lines = append(p.lines, line{run: r})
	}
	p.scroll.Resize(len(p.lines), p.scroll.Height)
	if at := slices.IndexFunc(p.lines, func(l line) bool { return on != "" && l.id() == on }); at >= 0 {
		p.scroll.To(at)
	}
	p.settle(1)
}

func holds(want []string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, " "))
	for _, w := range want {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// settle takes the cursor off a heading, first in direction dir.
func (p *Pane) settle(dir int) {
	for _, d := range [2]int{dir, -dir} {
		for i := p.scroll.Cursor; i >= 0 && i < len(p.lines); i += d {
			if p.lines[i].head == "" {
				p.scroll.To(i)
				if i > 0 && p.lines[i-1].head != "" && i == p.scroll.Offset && p.scroll.Height > 1 {
					p.scroll.Offset--
				}
				return
			}
		}
	}
}

func (p *Pane) move(n int) {
	if n == 0 {
		return
	}
	p.scroll.Move(n)
	dir := 1
	if n < 0 {
		dir = -1
	}
	p.settle(dir)
}
