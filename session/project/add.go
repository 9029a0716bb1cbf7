package project

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/place"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
)

// Header returns a new file for the requests of an account.
func Header(account string) []byte {
	return []byte("# Test requests of this folder, for tokenring smoke. Do not put secrets here.\naccounts: [" + yamlText(account) + "]\n")
}

// ErrNotBlockStyle reports a file in which Add cannot insert lines without changing others.
var ErrNotBlockStyle = errors.New("cannot edit suites that are not in block style (one item per line); add the request by hand")

// Add appends a request to the suite named to, which it creates if necessary, and returns
// the new text and the name of the request in it. The rest of the text, comments included,
// stays unchanged. dir is the folder of the file. The error is a *yaml.Problems if the file
// cannot hold the request, such as one with a secret.
func Add(text []byte, dir, to string, spec *request.Spec) (added []byte, name string, err error) {
	before, err := Parse(FileName, text, nil)
	if err != nil {
		return nil, "", err
	}
	var had []*suite.Case
	if i := slices.IndexFunc(before.Suites, func(s *suite.Suite) bool { return s.Name == to }); i >= 0 {
		had = before.Suites[i].Cases
	}
	call, err := spec.Compile()
	if err != nil {
		return nil, "", err
	}
	name = freeName(spec, call.Method, had)
	lines, err := render(spec, call, name, dir)
	if err != nil {
		return nil, "", err
	}
	if added, err = insert(text, to, lines); err != nil {
		return nil, "", err
	}
	after, err := Parse(FileName, added, nil)
	if err != nil {
		return nil, "", err
	}
	if !isAdded(before, after, to, name) {
		return nil, "", ErrNotBlockStyle
	}
	return added, name, nil
}

// isAdded reports whether after is before with one more request at the end of the suite.
func isAdded(before, after *Project, to, name string) bool {
	count := func(p *Project) (n int) {
		for _, s := range p.Suites {
			n += len(s.Cases)
		}
		return n
	}
	s, err := after.Suite(to)
	return err == nil && s.Cases[len(s.Cases)-1].Name == name && count(after) == count(before)+1
}

// freeName returns a name for the request that no case in had uses.
func freeName(spec *request.Spec, method string, had []*suite.Case) string {
	wanted := spec.Name
	if strings.TrimSpace(wanted) == "" {
		wanted = strings.ToLower(method) + " " + strings.Trim(session.SketchTarget(spec.Path(), nil), "/")
	}
	wanted = strings.TrimLeftFunc(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || strings.ContainsRune(" _.,/-", r) {
			return r
		}
		return -1
	}, wanted), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	const longest = 60
	if runes := []rune(wanted); len(runes) > longest {
		wanted = string(runes[:longest])
	}
	if wanted = strings.TrimSpace(wanted); wanted == "" {
		wanted = "request"
	}
	name := wanted
	for n := 2; slices.ContainsFunc(had, func(c *suite.Case) bool { return c.Name == name }); n++ {
		name = fmt.Sprintf("%s %d", wanted, n)
	}
	return name
}

// render returns a request as the lines of an item under requests.
func render(spec *request.Spec, call *definition.Request, name, dir string) ([]string, error) {
	lines := []string{"- name: " + yamlText(name)}
	add := func(key, value string) { lines = append(lines, "  "+key+": "+value) }
	if spec.Title != "" && spec.Title != spec.Name {
		add("title", yamlText(spec.Title))
	}
	short := slices.Contains(definition.Shorthands(), call.Method)
	switch {
	case call.URL != nil:
		add("method", call.Method)
		add("url", yamlText(call.URL.Source()))
	case short:
		add(strings.ToLower(call.Method), yamlText(call.Path.Source()))
	default:
		add("method", call.Method)
		add("path", yamlText(call.Path.Source()))
	}
	for _, part := range []struct {
		key   string
		pairs []definition.Pair
	}{{"query", call.Query}, {"headers", call.Headers}} {
		text, err := mapping(part.key, part.pairs)
		if err != nil {
			return nil, err
		}
		if text != "" {
			add(part.key, text)
		}
	}
	if b := call.Body; b != nil {
		b = body.MapFiles(b, func(path string) string { return fromDir(dir, path) })
		text, err := b.YAML()
		if err != nil {
			return nil, err
		}
		add(string(b.Kind()), text)
	}
	if !spec.Follow {
		add("follow", "false")
	}
	if spec.Attach != definition.AttachDefault {
		add("attach", yamlText(spec.Attach))
	}
	if strings.TrimSpace(spec.Expect) != "" {
		add("expect", yamlText(strings.Join(strings.Fields(spec.Expect), " ")))
	}
	return lines, nil
}

// fromDir converts a path relative to the working folder into one relative to dir, or into
// an absolute path if it is outside of dir.
func fromDir(dir, path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, whole); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return whole
}

// mapping renders pairs as a YAML mapping in braces, or returns "" if there are none.
func mapping(key string, pairs []definition.Pair) (string, error) {
	var parts, seen []string
	for _, p := range pairs {
		name := p.Name.Source()
		if slices.Contains(seen, name) {
			return "", fmt.Errorf("%s has %s twice, but a suite can hold each name only once; remove one of them first", key, yaml.Clip(name))
		}
		seen = append(seen, name)
		parts = append(parts, yamlText(name)+": "+jq.Quote(p.Value.Source()))
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

// yamlText quotes a text for YAML if necessary.
func yamlText(s string) string {
	plain := s != "" && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) &&
		(unicode.IsLetter(rune(s[0])) || s[0] == '/') && !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/_.@ -", r)
	}) && strings.TrimSpace(s) == s
	if plain {
		return s
	}
	return jq.Quote(s)
}

// insert inserts the lines of a request at the end of the suite.
func insert(text []byte, to string, lines []string) ([]byte, error) {
	r := yaml.New(FileName)
	root := r.Read(text, "")
	if root == nil {
		return nil, r.Err()
	}
	end := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		end = "\r\n"
	}
	file := strings.Split(strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	suites := root.Lookup("suites")
	at, indent := len(file), 0
	switch {
	case suites == nil:
		lines = append([]string{"", "suites:", "  " + yamlText(to) + ":", "    requests:"}, shifted(lines, 6)...)
	case suites.Lookup(to) == nil:
		indent = suites.Entries[0].Key.Column - 1
		at = blockEnd(file, suites.Entries[len(suites.Entries)-1].Key.Line, indent)
		lines = append([]string{yamlText(to) + ":", "  requests:"}, shifted(lines, 4)...)
	default:
		requests := suites.Lookup(to).Lookup("requests")
		if requests == nil || len(requests.Items) == 0 {
			return nil, ErrNotBlockStyle
		}
		last := requests.Items[len(requests.Items)-1].Line
		indent = leading(file[last-1])
		if !strings.HasPrefix(file[last-1][indent:], "-") {
			return nil, ErrNotBlockStyle
		}
		at = blockEnd(file, last, indent+1)
	}
	file = slices.Insert(file, at, shifted(lines, indent)...)
	return []byte(strings.Join(file, end) + end), nil
}

// blockEnd returns the index after the block that begins on the given line: the lines
// indented by at least indent. Blank lines and comments at its end belong to the next
// block.
func blockEnd(file []string, number, indent int) int {
	end := number
	for i := number; i < len(file); i++ {
		trimmed := strings.TrimSpace(file[i])
		switch {
		case trimmed == "":
		case leading(file[i]) >= indent:
			end = i + 1
		case !strings.HasPrefix(trimmed, "#"):
			return end
		}
	}
	return end
}

func leading(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func shifted(lines []string, by int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		if l != "" {
			out[i] = strings.Repeat(" ", by) + l
		}
	}
	return out
}

// Leak returns an error if a line in after that is not in before holds a secret that clear
// knows, or a text that looks like one: others can read the file.
func Leak(before, after []byte, clear *secret.Clear) error {
	had := strings.Split(string(before), "\n")
	for line := range strings.SplitSeq(string(after), "\n") {
		plain := jq.Blot(line)
		if slices.Contains(had, line) || !clear.Knows(plain) && secret.MaskText(plain) == plain {
			continue
		}
		key, _, _ := strings.Cut(strings.TrimLeft(line, " -"), ":")
		return fmt.Errorf("nothing was written: %s of the request holds a secret, and everyone with access to the folder can read %s", yaml.Clip(key), FileName)
	}
	return nil
}

// Write creates or replaces the file at path atomically.
func Write(path string, text []byte) error {
	if err := place.Write(path, text, 0o666, true); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}
