package copymenu

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
)

// maxRequests limits the requests that curl is offered for.
const maxRequests = 40

// contents holds what can be copied, masked.
type contents struct {
	snap      session.Snapshot
	refreshed bool       // for this menu
	dead      error      // why there is no valid token
	first     []entry    // the token and what carries it
	curls     [][2]entry // for each request, the last one sent first: masked and in clear text
	last      []entry    // the claims and the other tokens
}

// unread returns the contents before anything was read.
func unread() *contents {
	return &contents{
		first: []entry{
			{key: keymap.CopyToken, label: "token", secret: true, live: true, read: named("")},
			{key: keymap.CopyHeader, label: "header", secret: true, live: true, read: header},
		},
		curls: [][2]entry{{
			{key: keymap.CopyCurl, label: "curl", request: true},
			{key: keymap.CopyCurlClear, label: "curl in clear", request: true, secret: true, live: true,
				ask: "The command contains the token, and shells keep a history of commands. Copy it?"},
		}},
		last: []entry{{key: keymap.CopyClaims, label: "claims", read: claims}},
	}
}

// read renews the session if necessary and reads everything that can be
// copied, without keeping what is secret.
func (o *Overlay) read() tea.Cmd {
	life, m, id, name := o.Life, o.engine, o.id, o.name
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		v := unread()
		v.snap, v.refreshed, v.dead = ensure(life, m, id)
		v.addOthers()
		for _, all := range [][]entry{v.first, v.last} {
			for i := range all {
				all[i].fill(life, m, id, v.dead)
			}
		}
		v.addRequests(life, m, id, name)
		return func() tea.Cmd { return o.take(v) }
	})
}

// ensure returns a usable session, and whether it was refreshed.
func ensure(ctx context.Context, m Engine, id string) (s session.Snapshot, refreshed bool, err error) {
	was, err := m.Accounts.Get(ctx, id)
	if err != nil {
		return was, false, err
	}
	rec, err := m.Sessions.Ensure(ctx, was.Record, 0)
	s = m.Accounts.Snapshot(rec)
	if err != nil {
		return s, false, err
	}
	return s, was.Session != nil && s.Session != nil && s.Session.Generation != was.Session.Generation, nil
}

// fill reads the mask of an entry, or why it is not available.
func (e *entry) fill(ctx context.Context, m Engine, id string, dead error) {
	v, err := e.read(ctx, m, id)
	e.mask, e.label = v.mask, cmp.Or(v.form, e.label)
	if e.off = reason(err); err == nil && e.live && dead != nil {
		e.off = "no valid token"
	}
}

// addOthers adds the tokens other than the primary one.
func (v *contents) addOthers() {
	if v.snap.Session == nil {
		return
	}
	for _, t := range v.snap.Session.Tokens {
		if t.Primary || !t.Token {
			continue
		}
		e := entry{label: session.TokenName(t.Name), token: t.Name, secret: true, read: named(t.Name)}
		if len(v.last) == 1 {
			e.key = keymap.CopyRefresh
		}
		v.last = append(v.last, e)
	}
}

// addRequests writes the requests as command lines.
func (v *contents) addRequests(ctx context.Context, m Engine, id, account string) {
	specs, err := m.Requests.Specs(ctx, v.snap.Record)
	specs = lastFirst(specs, lastSpec(ctx, m, id))
	blank := v.curls[0]
	if off := cmp.Or(reason(err), "no requests yet"); err != nil || len(specs) == 0 {
		v.curls[0][0].off, v.curls[0][1].off = off, off
		return
	}
	v.curls = nil
	for _, spec := range specs[:min(len(specs), maxRequests)] {
		masked, clear := blank[0], blank[1]
		name := cmp.Or(spec.Name, v.snap.CallTarget(spec.Path()))
		masked.what, clear.what = "curl for "+name+", the token as a variable", "curl for "+name+" with the token of "+account
		if v.snap.Signs {
			masked.what, clear.what = masked.what+"; signed, it works once", clear.what+"; signed, it works once"
		}
		masked.read, clear.read = curlOf(&spec, false), curlOf(&spec, true)
		masked.fill(ctx, m, id, v.dead)
		masked.brief, clear.mask, clear.off = name+theme.SignDot+masked.mask, name+" with the token", masked.off
		if v.dead != nil {
			clear.off = v.first[0].off
		}
		v.curls = append(v.curls, [2]entry{masked, clear})
	}
}

// lastSpec returns the request that the account sent last, or nil.
func lastSpec(ctx context.Context, m Engine, id string) *request.Spec {
	runs, err := m.Requests.Runs(ctx, session.RunQuery{AccountID: id, Own: true, Limit: 1})
	if err != nil || len(runs) == 0 {
		return nil
	}
	run, err := m.Requests.Run(ctx, runs[0].ID)
	if err != nil {
		return nil
	}
	return &run.Spec
}

// lastFirst puts the request sent last before the others.
func lastFirst(specs []request.Spec, last *request.Spec) []request.Spec {
	if last == nil {
		return specs
	}
	others := slices.DeleteFunc(slices.Clone(specs), func(s request.Spec) bool { return last.ID != "" && s.ID == last.ID })
	return slices.Insert(others, 0, *last)
}

// value is what an entry copies.
type value struct {
	text  secret.String
	mask  string // shown for it
	first string // what must be done before it can be used
	form  string // of the attach mode
}

// reader reads the value of an entry of the account with an id.
type reader func(ctx context.Context, m Engine, id string) (value, error)

// named returns a reader of the named token; "" names the primary one.
func named(name string) reader {
	return func(ctx context.Context, m Engine, id string) (v value, err error) {
		rec, err := m.Accounts.Record(ctx, id)
		if err == nil {
			v.text, err = m.Credentials.Token(ctx, rec, name)
		}
		if err == nil {
			v.mask = secret.Mask(v.text.Reveal())
		}
		return v, err
	}
}

func curlOf(spec *request.Spec, clear bool) reader {
	return func(ctx context.Context, m Engine, id string) (v value, err error) {
		v.text, v.first, err = m.Requests.Curl(ctx, suite.Identity{ID: id}, spec, clear)
		if !clear {
			v.mask = strings.ReplaceAll(v.text.Reveal(), " \\\n ", "")
		}
		return v, err
	}
}

func claims(ctx context.Context, m Engine, id string) (value, error) {
	raw, err := named("")(ctx, m, id)
	if err != nil {
		return value{}, err
	}
	t := token.Parse(raw.text.Reveal())
	text, err := t.ClaimsJSON()
	return value{text: secret.New(string(text)), mask: fmt.Sprintf("%d claims as JSON", len(jq.Claims(t)))}, err
}

// header reads what the attach mode adds to a request, as lines of text.
func header(ctx context.Context, m Engine, id string) (value, error) {
	rec, err := m.Accounts.Record(ctx, id)
	if err != nil {
		return value{}, err
	}
	a, err := m.Requests.Attached(ctx, rec)
	v := value{text: secret.New(a.Lines()), mask: a.MaskedLines(), form: "headers"}
	switch headers, query, cookies := len(a.Headers), len(a.Query), len(a.Cookies); {
	case headers == 1 && query+cookies == 0:
		v.form = "header"
	case headers+cookies == 0 && query > 0:
		v.form = "query"
	case headers+query == 0 && cookies > 0:
		v.form = "cookie header"
	}
	return v, err
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return secret.CleanLine(err.Error())
}
