package copymenu

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// maxRequests limits the requests that curl is offered for.
const maxRequests = 40

// contents holds what can be copied, masked.
type contents struct {
	snap      session.Snapshot
	refreshed bool  // for this menu
	dead      error // why there is no valid token
	token     part
	header    part
	form      string // of the attach mode: header, cookie, query
	claims    part
	others    []other
	requests  []curl // the last one sent first
	noCurl    string // why there is none
}

// part is one value to copy: its mask, or why it is not available.
type part struct{ mask, off string }

// other is a token other than the primary one.
type other struct {
	name string
	part
}

// curl is a request with its command line, which has a variable for the token.
type curl struct {
	spec request.Spec
	part
}

// read renews the session if necessary and reads everything that can be
// copied, without keeping what is secret.
func (o *Overlay) read() tea.Cmd {
	life, m, id := o.Life, o.engine, o.id
	return o.desk.Run(o.Life, func() func() tea.Cmd {
		v := &contents{}
		v.snap, v.refreshed, v.dead = ensure(life, m, id)
		v.readToken(life, m, id)
		v.readAttached(life, m, id)
		v.readOthers(life, m, id)
		v.readRequests(life, m, id)
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

func (v *contents) readToken(ctx context.Context, m Engine, id string) {
	raw, _, err := named("")(ctx, m, id)
	if err != nil {
		v.token.off, v.claims.off = reason(err), reason(err)
		return
	}
	v.token.mask = secret.Mask(raw.Reveal())
	if v.dead != nil {
		v.token.off = "no valid token"
	}
	t := token.Parse(raw.Reveal())
	if err := t.NoClaims(); err != nil {
		v.claims.off = err.Error()
		return
	}
	v.claims.mask = fmt.Sprintf("%d claims as JSON", len(jq.Claims(t)))
}

func (v *contents) readAttached(ctx context.Context, m Engine, id string) {
	attached, err := m.Requests.Attached(ctx, v.snap.Record)
	switch {
	case v.dead != nil:
		v.header.off = "no valid token"
	case err != nil:
		v.header.off = reason(err)
	}
	v.form = form(attached)
	if err == nil {
		v.header.mask = attached.MaskedLines()
	}
}

func (v *contents) readOthers(ctx context.Context, m Engine, id string) {
	if v.snap.Session == nil {
		return
	}
	for _, t := range v.snap.Session.Tokens {
		if t.Primary || !t.Token {
			continue
		}
		one := other{name: t.Name}
		raw, _, err := named(t.Name)(ctx, m, id)
		if one.off = reason(err); err == nil {
			one.mask = secret.Mask(raw.Reveal())
		}
		v.others = append(v.others, one)
	}
}

func (v *contents) readRequests(ctx context.Context, m Engine, id string) {
	specs, err := m.Requests.Specs(ctx, v.snap.Record)
	if v.noCurl = reason(err); err != nil {
		return
	}
	specs = lastFirst(specs, lastSpec(ctx, m, id))
	if len(specs) == 0 {
		v.noCurl = "no requests yet"
	}
	for i := range specs[:min(len(specs), maxRequests)] {
		one := curl{spec: specs[i]}
		line, _, err := curlOf(&specs[i], false)(ctx, m, id)
		if one.off = reason(err); err == nil {
			one.mask = strings.ReplaceAll(line.Reveal(), " \\\n ", "")
		}
		v.requests = append(v.requests, one)
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
	out := []request.Spec{*last}
	for i := range specs {
		if last.ID == "" || specs[i].ID != last.ID {
			out = append(out, specs[i])
		}
	}
	return out
}
