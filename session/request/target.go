package request

import (
	"strings"

	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/jq"
)

func (s *Spec) compileTarget(r *definition.Request) *FieldError {
	target, query := splitTarget(strings.TrimSpace(s.Target))
	if text := targetFault(target + query); text != "" {
		return &FieldError{Field: "target", Text: text}
	}
	if target != "" && target[0] != '/' && !isAddress(target) {
		target = "/" + target
	}
	parameters := SplitQuery(query, jq.Blot(query))
	if len(parameters) == 0 {
		target += query // a ? alone is sent too
	}
	t, err := jq.ParseTemplate(target)
	if err != nil {
		return templateError("target", 0, target, err)
	}
	if isAddress(target) {
		r.URL = t
	} else {
		r.Path = t
	}
	for _, written := range parameters {
		pair, err := compilePair("target", 0, readPair(strings.Trim(written, "&")))
		if err != nil {
			return err
		}
		if isQuery(written) {
			pair.Raw = written
		}
		r.Query = append(r.Query, pair)
	}
	return nil
}

// isAddress reports whether a target is an absolute address, not a path.
func isAddress(target string) bool {
	lower := strings.ToLower(target)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(target, "${")
}

func targetFault(target string) string {
	masked := jq.Blot(target)
	if strings.ContainsFunc(masked, isControl) {
		return "an address cannot contain a line break or control character; remove it"
	}
	if strings.HasPrefix(masked, "//") {
		return "start a path with one /, and another host with https://"
	}
	scheme, rest, ok := strings.Cut(masked, "://")
	if !ok || strings.ContainsAny(scheme, "/?") {
		return ""
	}
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host = rest[:i]
	}
	switch {
	case !isAddress(target):
		return "an address starts with http:// or https://"
	case strings.Contains(host, "@"):
		return "remove the user name and password from the address; the account's token is attached automatically"
	case host == "":
		return "the address has no host"
	}
	return ""
}

// splitTarget splits the query, with its question mark, from a target and drops the fragment,
// which is never sent. It ignores separators in ${…}.
func splitTarget(target string) (bare, query string) {
	masked := jq.Blot(target)
	if i := strings.IndexByte(masked, '#'); i >= 0 {
		target, masked = target[:i], masked[:i]
	}
	if i := strings.IndexByte(masked, '?'); i >= 0 {
		return target[:i], target[i:]
	}
	return target, ""
}

// SplitQuery splits a query as it is written into its parameters, which joined with & are the
// query again: an & too many stays at one of them. It looks for them in masked, which is as long.
// A question mark before them is none of them.
func SplitQuery(query, masked string) (all []string) {
	begin := strings.TrimPrefix(masked, "?")
	from := len(masked) - len(begin)
	at := len(masked) - len(strings.TrimLeft(begin, "&"))
	for at < len(query) {
		end := len(query)
		if i := strings.IndexByte(masked[at:], '&'); i >= 0 {
			end = at + i
		}
		at = len(query) - len(strings.TrimLeft(masked[end:], "&"))
		if at < len(query) {
			end = at - 1
		} else {
			end = at
		}
		all = append(all, query[from:end])
		from = at
	}
	return all
}

// readPair parses a parameter of a typed address. It decodes percent escapes, because sending
// escapes again, unless the text has templates.
func readPair(written string) Pair {
	name, value, _ := strings.Cut(written, "=")
	return Pair{Name: unescape(name), Value: unescape(value)}
}

// isQuery reports whether a parameter can be sent as it is written, which browsers and curl do
// even with a % that begins no escape.
func isQuery(written string) bool {
	return !strings.Contains(written, "${") && !strings.ContainsFunc(written, func(r rune) bool { return r <= ' ' || r > '~' })
}

func unescape(s string) string {
	if strings.Contains(s, "${") {
		return s
	}
	return strings.ReplaceAll(address.UnescapeQuery(s), "${", "$${") // it stays text
}
