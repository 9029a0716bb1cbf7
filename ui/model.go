// Package ui is the screen of tokenring: one root model that lays out the
// screens, stacks overlays, and calls the engine for them.
package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/engine"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/screen/account"
	"tokenring/ui/screen/accounts"
	"tokenring/ui/screen/claimsdiff"
	"tokenring/ui/screen/form"
	"tokenring/ui/screen/help"
	"tokenring/ui/screen/requests"
	"tokenring/ui/screen/vault"
	"tokenring/ui/screen/welcome"
	"tokenring/ui/theme"
)

// Config configures the root.
type Config struct {
	Life       context.Context // ends with the program
	Engine     *engine.Engine
	Theme      theme.Options
	Keys       *keymap.Map
	Settings   screen.Settings
	Now        func() time.Time // our wall clock
	After      screen.After     // tea.Tick
	Clipboard  Clipboard
	Environ    []string // of programs that are run
	Browse     func(address, command string) (opened bool, hint string)
	Places     help.Places
	Folder     Folder
	Greeting   string                     // a notice when the screen opens; stays until it is closed
	Background func(context.Context)      // runs in parallel to the screen
	First      string                     // id of the account under the cursor; "": the first
	Order      accounts.Order             // of the list
	KeepOrder  func(accounts.Order) error // keeps the order that the list had at the end, if it is another
}

// Model is the root: the one tea.Model of the program.
type Model struct {
	ctx     *screen.Context
	engine  parts
	places  help.Places
	folder  Folder
	list    *accounts.List
	account *account.Pane
	welcome *welcome.Screen // replaces both while there is no account

	inAccount bool   // which of the two panes has the focus
	zoomed    bool   // that pane has the whole screen
	last      string // id of the previous account
	stack     stack
	helping   screen.Overlay // the help, once it was opened
	leaving   screen.Overlay // the question whether to quit, once it was asked
	notices   notices
	jobs      jobs
	logins    []string // ids of marked accounts that are logged in one after the other
	undoing   screen.Desk
	importing screen.Desk
	clip      clip
	beat      beat
	vault     session.VaultStatus
	unlocking unlocking // the first attempt to unlock
	reading   reading

	size
	graphemes bool   // the terminal measures whole characters (mode 2027)
	frame     string // as composed last
	cursor    *tea.Cursor
	dirty     bool
	clock     *frameClock
}

// New returns the root. It reads no account before Init's command runs.
func New(c Config) *Model {
	ctx := &screen.Context{
		Life: c.Life, Theme: theme.New(c.Theme), Keys: c.Keys, Now: c.Now, After: c.After,
		Settings: c.Settings, Environ: c.Environ, Browse: c.Browse,
	}
	c.Folder.Requests = c.Engine.Requests
	var err error
	if ctx.Project, err = c.Folder.project(); err != nil {
		c.Greeting = err.Error() // the screen opens all the same
	}
	if c.Clipboard == nil || !c.Clipboard.Available() {
		ctx.Settings.ClearAfter = 0 // it cannot be cleared
	}
	m := &Model{
		ctx: ctx, engine: divide(c.Engine), places: c.Places, folder: c.Folder, list: accounts.New(ctx, c.First, c.Order), jobs: newJobs(), clip: clip{board: c.Clipboard},
		reading: reading{accounts: c.Engine.Accounts.Follow(), done: make(chan struct{})}, dirty: true, clock: newFrameClock(),
	}
	m.account = account.New(ctx, m.engine.account, requests.New(ctx, m.engine.requests), func(id string) bool { return m.jobs.running[id] != nil })
	m.welcome = welcome.New(ctx, m.engine.welcome, c.Places.Store)
	taken := ""
	if all := c.Keys.Taken(); len(all) > 0 {
		taken = "config.yaml: " + strings.Join(all, "; ")
	}
	for _, text := range []string{taken, c.Greeting} {
		if text != "" {
			m.notices.all = append(m.notices.all, screen.NotedMsg{Level: screen.Advice, Text: text})
		}
	}
	m.focus(false)
	return m
}

// Init implements tea.Model. The welcome starts when it learns that there is no
// account.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.read(), m.openVault(), m.list.Init(), m.account.Init(), m.watch()}
	if !m.ctx.Theme.Options().Fixed {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.dirty = true
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		cmd = m.key(m.ctx.Keys.Translate(msg))
	case tea.PasteMsg:
		msg.Content = lineBreaks.Replace(msg.Content)
		cmd = tea.Batch(m.paste(msg), m.follow())
	case tea.MouseMsg:
		cmd = m.mouse(msg)
	case tea.BackgroundColorMsg:
		if o := m.ctx.Theme.Options(); o.Dark != msg.IsDark() {
			o.Dark = msg.IsDark()
			*m.ctx.Theme = *theme.New(o) // in its place: every screen holds it
		}
	case tea.ModeReportMsg: // see Bubble Tea, which switches the mode on
		m.graphemes = m.graphemes || msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() && !msg.Value.IsPermanentlyReset()
	case tea.FocusMsg, tea.BlurMsg, tea.KeyReleaseMsg, tea.EnvMsg, tea.ColorProfileMsg, tea.KeyboardEnhancementsMsg:
		m.dirty = false
	default:
		cmd = m.fact(msg)
	}
	return m, tea.Batch(cmd, m.schedule())
}

// lineBreaks replaces what terminals send for the line breaks of a paste.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// fact handles the messages of screens and commands.
func (m *Model) fact(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.Result:
		cmd, waited := msg.Continue()
		m.dirty = waited
		return cmd
	case screen.ChangedMsg:
		return tea.Batch(m.read(), m.askVault(nil), m.broadcast(msg))
	case screen.OpenedMsg:
		return m.stack.open(msg.Overlay)
	case screen.ClosedMsg:
		m.stack.remove(msg.Overlay)
		if v, ok := msg.Overlay.(*vault.Overlay); ok {
			return m.askVault(v.Next())
		}
		return m.nextLogin(msg.Overlay)
	case screen.NotedMsg:
		return m.notices.add(m.ctx, msg)
	case screen.AskedMsg:
		if m.early(msg.Account, msg) {
			return nil
		}
		cmd := m.perform(msg.Action, msg.Account)
		if top := m.stack.top(); top != nil && msg.At != "" {
			if f, ok := top.overlay.(*form.Overlay); ok {
				f.BeginAt(msg.At)
			}
		}
		return cmd
	case screen.ChoseMsg:
		if m.early(msg.Account, msg) {
			return nil
		}
		return m.choose(msg)
	case screen.CompareClaimsMsg:
		return claimsdiff.Choose(m.ctx, m.engine.claims, m.list.All, msg)
	case requestui.AddToSuite:
		return m.addToSuite(msg)
	case screen.CopiedMsg:
		return m.clip.copy(m.ctx, m.engine.Feed, msg)
	}
	if o := m.overlayFor(msg); o != nil {
		return m.stack.open(o)
	}
	return m.broadcast(msg)
}

// View implements tea.Model. It composes a frame only after a change.
func (m *Model) View() tea.View {
	defer m.clock.ask()
	if m.dirty {
		m.compose()
		m.dirty = false
	}
	v := tea.NewView(m.frame)
	v.AltScreen = true
	v.WindowTitle = "tokenring"
	v.Cursor = m.cursor
	if m.ctx.Settings.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// broadcast sends a message to every screen.
func (m *Model) broadcast(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{m.list.Update(msg), m.account.Update(msg), m.welcome.Update(msg)}
	for _, o := range m.stack.all {
		cmds = append(cmds, o.overlay.Update(msg))
	}
	return tea.Batch(cmds...)
}

// focus sends keys to one of the two panes.
func (m *Model) focus(inAccount bool) tea.Cmd {
	m.inAccount = inAccount
	return tea.Batch(m.list.Focus(!inAccount), m.account.Focus(inAccount))
}
