package jq

import (
	"io"
	"regexp"
	regex "regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

const (
	// maxRegex bounds a regular expression, in characters with repetitions expanded.
	maxRegex = 10_000
	// maxPatterns bounds the regular expressions that a program caches.
	maxPatterns = 64
	// atOnce bounds the work of a match that cannot be interrupted: characters of the
	// text times those of the expression.
	atOnce = 1 << 12
)

// pattern is a regular expression that can be matched from anywhere in a text.
type pattern struct {
	source string
	first  *regexp.Regexp // from the beginning
	next   *regexp.Regexp // from the second character on, with the first as context; nil before it is needed
	head   string         // the prefix of every match
	whole  bool           // every match is the head
	size   int
}

// patternOf compiles a regular expression; all reports whether more than the first match is
// wanted. It returns nil if jq would fail.
func (r *run) patternOf(re, flags any) (p *pattern, all bool) {
	text, ok := re.(string)
	options, ok2 := flags.(string)
	if !ok || !ok2 && flags != nil || strings.Trim(options, "gim") != "" {
		return nil, false
	}
	if strings.Contains(options, "i") {
		text = "(?i)" + text
	}
	if strings.Contains(options, "m") {
		text = "(?s)" + text
	}
	all = strings.Contains(options, "g")
	if p, ok := r.patterns[text]; ok {
		return p, all
	}
	if p = r.compile(text); p != nil {
		if len(r.patterns) >= maxPatterns || r.patterns == nil {
			r.patterns = map[string]*pattern{}
		}
		r.patterns[text] = p
	}
	return p, all
}

func (r *run) compile(source string) *pattern {
	if len(source) > maxRegex {
		r.fail(largeRegex)
		return nil
	}
	tree, err := regex.Parse(source, regex.Perl)
	if err != nil {
		return nil
	}
	p := &pattern{source: source, size: sizeOf(tree)}
	if p.size > maxRegex {
		r.fail(largeRegex)
	}
	if !r.charge(100 * (p.size + len(source))) {
		return nil
	}
	if p.first, err = regexp.Compile(source); err != nil {
		return nil
	}
	p.head, p.whole = p.first.LiteralPrefix()
	p.whole = p.whole && p.head == source && source != ""
	return p
}

// after returns the expression that finds matches after the first character.
func (p *pattern) after() *regexp.Regexp {
	if p.next == nil {
		p.next = regexp.MustCompile(`\A(?s:.)(?s:.)*?(` + p.source + `)`)
	}
	return p.next
}

// sizeOf counts the characters of an expression with repetitions expanded.
func sizeOf(x *regex.Regexp) int {
	n := 1 + len(x.Rune)/4
	for _, sub := range x.Sub {
		n += sizeOf(sub)
	}
	if x.Op == regex.OpRepeat {
		n *= max(x.Min, x.Max, 1) + 1
	}
	return min(n, maxRegex+1)
}

// search returns the first match from at on and its groups, in the form of regexp, or nil.
func (r *run) search(p *pattern, s string, at int) []int {
	re, from, skip := p.first, 0, 0
	if p.head != "" {
		i := strings.Index(s[at:], p.head)
		if i < 0 {
			r.charge(len(s[at:]) / 64)
			return nil
		}
		r.charge(i / 64)
		at += i
	}
	if at > 0 {
		_, width := utf8.DecodeLastRuneInString(s[:at])
		re, from, skip = p.after(), at-width, 2
	}
	var m []int
	rest := s[from:]
	r.charge(16)
	switch {
	case p.whole:
		return []int{at, at + len(p.head)}
	case len(rest)*p.size <= atOnce:
		m = re.FindStringSubmatchIndex(rest)
	default:
		m = re.FindReaderSubmatchIndex(&textReader{run: r, s: rest, cost: 4 + p.size/3})
	}
	if m == nil || r.err != nil {
		return nil
	}
	m = m[skip:]
	for i := range m {
		if m[i] >= 0 {
			m[i] += from
		}
	}
	return m
}

// textReader reads a text for a match and stops when the run ends.
type textReader struct {
	run  *run
	s    string
	at   int
	cost int
}

// ReadRune implements io.RuneReader.
func (t *textReader) ReadRune() (c rune, size int, err error) {
	if t.at >= len(t.s) || !t.run.charge(t.cost) {
		return 0, 0, io.EOF
	}
	c, size = rune(t.s[t.at]), 1
	if c >= utf8.RuneSelf {
		c, size = utf8.DecodeRuneInString(t.s[t.at:])
	}
	t.at += size
	return c, size, nil
}

// directly bounds the work of a test that cannot be interrupted.
const directly = 1 << 20

func (r *run) test(v, re, flags any) any {
	if s, ok := v.(string); ok {
		if p, _ := r.patternOf(re, flags); p != nil {
			if len(s)*p.size <= directly {
				r.charge(16 + len(s)/16)
				return p.first.MatchString(s)
			}
			return r.search(p, s, 0) != nil
		}
	}
	if r.err != nil {
		return nil
	}
	r.chargeError(v)
	return plain("_match", v, re, flags, true)
}

// places iterates over the matches of a text. As in jq, and unlike in regexp, a match may be
// empty at the end of the one before.
type places struct {
	run            *run
	p              *pattern
	all            bool // more than the first match
	s              string
	at             int // where the next match is looked for; -1 after the last one
	end            int // of the last match
	counted, chars int // bytes and characters before the last match
	output         func(*places, []int) any
}

// placesOf returns a function that iterates over the matches of a text in this form.
func placesOf(output func(*places, []int) any) func(r *run, v any, args []any) gojq.Iter {
	return func(r *run, v any, args []any) gojq.Iter {
		if s, ok := v.(string); ok {
			if p, all := r.patternOf(args[0], args[1]); p != nil {
				return &places{run: r, p: p, all: all, s: s, output: output}
			}
		}
		if r.err != nil {
			return gojq.NewIter[any](r.err)
		}
		r.chargeError(v)
		return gojq.NewIter(plain("_match", v, args[0], args[1], false))
	}
}

// Next implements gojq.Iter.
func (m *places) Next() (any, bool) {
	if m.at < 0 {
		return nil, false
	}
	var at []int
	if m.at <= len(m.s) {
		at = m.run.search(m.p, m.s, m.at)
	}
	out := m.output(m, at)
	if m.run.err != nil {
		return m.run.err, true
	}
	if at == nil {
		m.at = -1
		return out, out != nil
	}
	m.end, m.at = at[1], at[1]
	if at[0] == at[1] {
		_, width := utf8.DecodeRuneInString(m.s[at[1]:])
		m.at += width
	}
	if !m.all || at[0] == at[1] && at[1] == len(m.s) {
		m.at = len(m.s) + 1
	}
	return out, true
}

// match returns a match in the form of jq; nil for none.
func (m *places) match(at []int) any {
	// bytes that the value of a match, and of one of its groups, take on the heap
	const matchSize, groupSize = 700, 500
	if at == nil || !m.run.alloc(matchSize+groupSize*len(at)/2) {
		return nil
	}
	m.chars += utf8.RuneCountInString(m.s[m.counted:at[0]])
	m.run.charge((at[0] - m.counted) / 16)
	m.counted = at[0]
	captures := make([]any, 0, len(at)/2)
	for i, name := range m.p.first.SubexpNames()[1:] {
		group := map[string]any{"name": nil}
		if name != "" {
			group["name"] = name
		}
		captures = append(captures, m.part(at, i+1, group))
	}
	return m.part(at, 0, map[string]any{"captures": captures})
}

// part adds the position of a group of the match and its text.
func (m *places) part(at []int, group int, object map[string]any) map[string]any {
	from, to := at[2*group], at[2*group+1]
	object["offset"], object["length"], object["string"] = -1, 0, nil
	if from >= 0 {
		m.run.charge((to - at[0]) / 16)
		object["offset"] = m.chars + utf8.RuneCountInString(m.s[at[0]:from])
		object["length"] = utf8.RuneCountInString(m.s[from:to])
		object["string"] = m.s[from:to]
	}
	return object
}

// piece returns the text since the match before, with the named groups of a match; finally the
// text after the last one.
func (m *places) piece(at []int) any {
	if at == nil {
		return []any{m.s[m.end:]}
	}
	m.run.alloc(200 + entrySize*len(at))
	groups := map[string]any{}
	for i, name := range m.p.first.SubexpNames() {
		if name == "" {
			continue
		}
		if groups[name] = nil; at[2*i] >= 0 {
			groups[name] = m.s[at[2*i]:at[2*i+1]]
		}
	}
	return []any{m.s[m.end:at[0]], groups}
}
