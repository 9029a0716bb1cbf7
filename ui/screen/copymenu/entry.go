package copymenu

import (
	"cmp"
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// entry is one thing that can be copied.
type entry struct {
	key   keymap.Action
	label string
	what  string // for the notice and the account's activity
	part
	brief   string // shown on its row instead of the mask, if set
	request bool   // belongs to the selected request
	ask     string // the question before copying, if any
	secret  bool   // cleared from the clipboard
	live    bool   // useless without a valid token
	value   reader
}

// reader reads a value of the account with an id. first says what must be done before the
// value can be used, or "".
type reader func(ctx context.Context, m Engine, id string) (value secret.String, first string, err error)

// arrange rebuilds the entries and keeps the cursor on its entry.
func (o *Overlay) arrange() {
	was := entry{}
	if len(o.entries) > 0 {
		was = *o.current()
	}
	o.entries = o.list()
	at := slices.IndexFunc(o.entries, func(e entry) bool { return e.key == was.key && (e.key != "" || e.label == was.label) })
	o.scroll.Resize(len(o.entries), len(o.entries))
	o.scroll.To(at)
}

func (o *Overlay) list() []entry {
	v := o.contents
	if v == nil {
		v = &contents{form: "header"}
	}
	var all []entry
	if o.contents != nil && needsLogin(v.dead) {
		all = append(all, entry{key: keymap.Login, label: "log in", part: part{mask: "to get a token to copy"}})
	}
	all = append(all,
		entry{key: keymap.CopyToken, label: "token", what: "the token of " + o.name, part: v.token, secret: true, live: true, value: named("")},
		entry{key: keymap.CopyHeader, label: v.form, what: "the " + v.form + " of " + o.name, part: v.header, secret: true, live: true, value: header},
	)
	all = append(all, o.curls(v)...)
	all = append(all, entry{
		key: keymap.CopyClaims, label: "claims", what: "the claims of " + o.name + "'s token", part: v.claims, value: claims,
	})
	for i, t := range v.others {
		e := entry{
			label: session.TokenName(t.name), what: "the " + session.TokenName(t.name) + " of " + o.name, part: t.part, secret: true, value: named(t.name),
			ask: "Anyone who has the " + t.name + " token can act as you " + o.until(v, t.name) + ". Copy it?",
		}
		if i == 0 {
			e.key = keymap.CopyRefresh
		}
		all = append(all, e)
	}
	base := secret.New(o.base)
	return append(all, entry{
		key: keymap.CopyBase, label: "base URL", what: "the base URL of " + o.name, part: part{mask: o.ctx.URL(o.base)},
		value: func(context.Context, Engine, string) (secret.String, string, error) { return base, "", nil },
	})
}

// curls returns the entries for the selected request: masked and in clear text.
func (o *Overlay) curls(v *contents) []entry {
	masked := entry{key: keymap.CopyCurl, label: "curl", part: part{off: v.noCurl}, request: true}
	clear := entry{
		key: keymap.CopyCurlClear, label: "curl in clear", part: part{off: v.noCurl}, request: true, secret: true, live: true,
		ask: "The command contains the token, and shells keep a history of commands. Copy it?",
	}
	if len(v.requests) == 0 {
		return []entry{masked, clear}
	}
	r := &v.requests[o.request]
	spec := r.spec
	name := cmp.Or(spec.Name, v.snap.CallTarget(spec.Path()))
	masked.part, masked.brief, masked.what = r.part, name+theme.SignDot+r.mask, "curl for "+name+", the token as a variable"
	masked.value, clear.value = curlOf(&spec, false), curlOf(&spec, true)
	clear.part, clear.what = part{mask: name + " with the token", off: r.off}, "curl for "+name+" with the token of "+o.name
	if v.snap.Signs {
		masked.what, clear.what = masked.what+"; signed, it works once", clear.what+"; signed, it works once"
	}
	if v.dead != nil {
		clear.off = v.token.off
	}
	return []entry{masked, clear}
}

// until describes the remaining lifetime of another token.
func (o *Overlay) until(v *contents, name string) string {
	end, known := v.snap.End(v.snap.Session.Token(name), o.ctx.Now())
	if !known {
		return "until it is revoked"
	}
	return "for " + widget.Until(end, o.ctx.Now())
}

// named returns a reader of the named token; "" names the primary one.
func named(name string) reader {
	return func(ctx context.Context, m Engine, id string) (value secret.String, first string, err error) {
		rec, err := m.Accounts.Record(ctx, id)
		if err == nil {
			value, err = m.Credentials.Token(ctx, rec, name)
		}
		return value, "", err
	}
}

func curlOf(spec *request.Spec, clear bool) reader {
	return func(ctx context.Context, m Engine, id string) (value secret.String, first string, err error) {
		return m.Requests.Curl(ctx, suite.Identity{ID: id}, spec, clear)
	}
}

// fate says how long an entry stays on the clipboard.
func (e *entry) fate(c *screen.Context, long bool) string {
	switch {
	case e.key == keymap.Login:
		return ""
	case !e.secret:
		return "stays"
	case c.Settings.ClearAfter <= 0:
		return "not cleared"
	case long:
		return "cleared after " + widget.Left(c.Settings.ClearAfter)
	}
	return "for " + widget.Left(c.Settings.ClearAfter)
}
