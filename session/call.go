package session

import (
	"cmp"
	"context"
	"strings"

	"tokenring/session/jq"
)

// CallText writes a call for a person, in every list, line and report: its method,
// and its target as CallTarget writes it.
func CallText(method, base, target string) string {
	return cmp.Or(strings.ToUpper(strings.TrimSpace(method)), "GET") + " " + CallTarget(base, target)
}

// CallTarget writes where a call goes, without query and fragment: the path below
// the base address, or the whole address of another place. A path that is empty, or
// "/", or would read like the path of the base itself has that path in front, since
// /api and /api/ are two calls. target is an address or a path below base; base may
// be "".
func CallTarget(base, target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	base = strings.TrimRight(base, "/")
	rest, below := strings.CutPrefix(target, base)
	switch {
	case below && base != "" && (rest == "" || rest[0] == '/'):
		target = rest
	case strings.Contains(target, "://"):
		return target
	case target != "" && target[0] != '/' && target[0] != '{':
		target = "/" + target
	}
	home := pathOf(base)
	if target == "" || target == "/" || home != "" && (target == home || strings.HasPrefix(target, home+"/")) {
		target = home + target
	}
	return cmp.Or(target, "/")
}

// pathOf returns the path of an address, "" for none.
func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// SketchTarget returns a template of a target for a person to read: with the values
// filled in that are known before it is sent, and {name} in place of the rest.
func SketchTarget(template string, values jq.Scope) string {
	t, err := jq.ParseTemplate(template)
	if err != nil {
		return strings.ReplaceAll(template, "${", "{")
	}
	return t.Sketch(context.Background(), values)
}

// CallTarget writes where a request of the account goes, before it is sent.
func (s *Snapshot) CallTarget(template string) string {
	return CallTarget(s.Account.BaseURL, s.sketch(template))
}

// CallText writes a request of the account before it is sent; see CallText.
func (s *Snapshot) CallText(method, template string) string {
	return CallText(method, s.Account.BaseURL, s.sketch(template))
}

func (s *Snapshot) sketch(template string) string {
	if s.Fields == nil {
		return SketchTarget(template, nil)
	}
	return SketchTarget(template, s.Fields.Scope(s.Record))
}
