package importer

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/shell"
)

// A variable without a value stays in a text as its name between two characters that
// no program writes, until the text becomes a template.
const (
	markBegin = "\ue000"
	markEnd   = "\ue001"
)

// unescapeMarks undoes the escapes of marks in an address.
var unescapeMarks = strings.NewReplacer("%EE%80%80", markBegin, "%EE%80%81", markEnd)

var anyMark = lazy.Regexp(markBegin + `[^` + markEnd + `]*` + markEnd)

// dynamic are variables that Postman computes, and the jq that does it.
var dynamic = map[string]string{
	"$guid": "uuid", "$randomUUID": "uuid", "$timestamp": ".now | tostring",
	"$randomInt": "uuid | explode | reduce .[] as $c (0; (. * 31 + $c) % 1001) | tostring",
}

// mark returns the placeholder of a variable.
func mark(name string) string {
	if dynamic[name] == "" {
		name = strings.Trim(unfitName().ReplaceAllString(name, "_"), "_")
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "arg" + name
	}
	return markBegin + name + markEnd
}

var unfitName = lazy.Regexp(`[^A-Za-z0-9_]+`)

func nameOf(mark string) string {
	return strings.TrimSuffix(strings.TrimPrefix(mark, markBegin), markEnd)
}

// isOpen reports whether a variable without a value is in a text.
func isOpen(text string) bool { return strings.Contains(text, markBegin) }

// firstOpen returns the first variable without a value in a text, or "".
func firstOpen(text string) string { return nameOf(anyMark().FindString(text)) }

// escape escapes a value for a form or query as browsers do, but no marks.
func escape(text string) string {
	return unescapeMarks.Replace(url.QueryEscape(text))
}

// escapeBytes percent-encodes the bytes that no address contains, and the given ones.
func escapeBytes(text, unsafe string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(unsafe, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// variable is one of a file, or of the options.
type variable struct {
	value  string
	secret bool // the file says so
}

// value returns what the options or the file say that a variable is, else a mark.
func (p *parser) value(name string, v variable) string {
	if given, ok := p.given(name); ok {
		v.value = given
	}
	if v.value == "" {
		return mark(name)
	}
	if p.declareNamed(name, v.value); v.secret {
		p.declare(v.value)
	}
	return v.value
}

const maxChain = 100 // of variables that name each other

// fillIn replaces each {{name}} by its value, and what has none by a mark. Values may
// name others.
func (p *parser) fillIn(text string, vars map[string]variable) string {
	for range maxChain {
		next := placeholder().ReplaceAllStringFunc(text, func(m string) string {
			name := placeholderName(m)
			return p.value(name, vars[name])
		})
		if next == text || len(next) > maxCall {
			break
		}
		text = next
	}
	return placeholder().ReplaceAllStringFunc(text, func(m string) string { return mark(placeholderName(m)) })
}

// placeholder matches a variable of Postman.
var placeholder = lazy.Regexp(`\{\{\s*[^{}]+?\s*\}\}`)

func placeholderName(m string) string {
	return strings.TrimPrefix(strings.TrimSpace(m[2:len(m)-2]), "_.")
}

var inBraces = lazy.Regexp(`\{\{\s*[\w.-]+\s*\}\}|\{[\w.-]+\}`)

// fillBraces replaces each {name} and {{name}} of an address by its value, and what has none by
// a mark: descriptions and documentations write variables so. A value may be a server.
func (p *parser) fillBraces(address string, vars map[string]variable) string {
	path, query, asks := strings.Cut(address, "?")
	fill := func(text string, escape func(string) string) string {
		return inBraces().ReplaceAllStringFunc(text, func(m string) string {
			name := strings.Trim(m, "{} \t")
			value := p.value(name, vars[name])
			if strings.Contains(value, "://") && strings.HasPrefix(text, m) {
				return value
			}
			return unescapeMarks.Replace(escape(value))
		})
	}
	if path = fill(path, url.PathEscape); asks {
		path += "?" + fill(query, url.QueryEscape)
	}
	return path
}

// fillGiven replaces each {{name}} of a text that the options give.
func (p *parser) fillGiven(text string) string {
	return placeholder().ReplaceAllStringFunc(text, func(m string) string {
		if value, ok := p.given(placeholderName(m)); ok {
			return value
		}
		return m
	})
}

// given returns a variable of the options.
func (p *parser) given(name string) (string, bool) {
	value, ok := p.options.Variables[name]
	if ok {
		p.used[name] = true
		p.declareNamed(name, value)
	}
	return value, ok
}

// checkGiven returns an error for a variable of the options that no file has.
func (p *parser) checkGiven() error {
	for _, name := range slices.Sorted(maps.Keys(p.options.Variables)) {
		if !p.used[name] {
			return fault(place{File: "--var"}, "see the names with --dry-run", "no file has a variable %s", name)
		}
	}
	return nil
}

// tellOpen adds a note for the variables that stay open, and one for each that is
// the address of requests.
func (p *parser) tellOpen() {
	if names := slices.Sorted(maps.Keys(p.opened)); len(names) > 0 {
		p.note(p.first, "give values with "+varFlag(names[0], "VALUE")+", or write them into the requests",
			"%s without a value: %s; the requests hold ${.%s} and the like in their place",
			prose.Count(len(names), "variable"), prose.Some(names, 8), names[0])
	}
	for _, name := range slices.Sorted(maps.Keys(p.nowhere)) {
		hint, why := "write it like https://api.example.com/users", "cannot be read"
		if name != "" {
			hint, why = "give it with "+varFlag(name, "https://…"), "is in the variable "+name+", which has no value"
		}
		places, whose := p.nowhere[name], "their"
		if len(places) == 1 {
			whose = "its"
		}
		p.note(places[0], hint, "%s left out: %s address %s", prose.Count(len(places), "request"), whose, why)
	}
}

func varFlag(name, value string) string { return "--var " + shell.Quote(name) + "=" + value }
