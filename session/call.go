package session

import (
	"cmp"
	"context"
	"strings"

	"tokenring/session/jq"
)

// CallText formats a call for lists and reports: its method and its CallTarget.
func CallText(method, base, target string) string {
	return cmp.Or(strings.ToUpper(strings.TrimSpace(method)), "GET") + " " + CallTarget(base, target)
}

// CallTarget formats the target of a call without query and fragment: the path below base,
// or the whole address if it is not below base. A path that is empty or "/", or that begins
// like the path of base, gets that path as a prefix, since /api and /api/ are two calls.
// target is an address or a path below base; base may be "".
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

// pathOf returns the path of an address, or "".
func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// SketchTarget formats the template of a target for display: it fills in the given values
// and writes {name} for the rest.
func SketchTarget(template string, values jq.Scope) string {
	t, err := jq.ParseTemplate(template)
	if err != nil {
		return strings.ReplaceAll(template, "${", "{")
	}
	return t.Sketch(context.Background(), values)
}

// CallTarget formats the target of a request of the account that has not been sent.
func (s *Snapshot) CallTarget(template string) string {
	return CallTarget(s.Account.BaseURL, s.sketch(template))
}

// CallText formats a request of the account that has not been sent.
func (s *Snapshot) CallText(method, template string) string {
	return CallText(method, s.Account.BaseURL, s.sketch(template))
}

func (s *Snapshot) sketch(template string) string {
	if s.Fields == nil {
		return SketchTarget(template, nil)
	}
	return SketchTarget(template, s.Fields.Scope(s.Record))
}
