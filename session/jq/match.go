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
	// maxRegex bounds a regular expression, in characters with each repetition written
	// out.
	maxRegex = 10_000
	// maxPatterns bounds how many regular expressions a program keeps.
	maxPatterns = 64
	// directly bounds the work of a match that cannot be interrupted: characters of the
	// text times those of the expression.
	directly = 1 << 20
	// atOnce bounds the same for one of many matches in a text.
	atOnce = 1 << 12
)

// pattern is a regular expression that can be matched from anywhere in a text.
type pattern struct {
	source  string
	first   *regexp.Regexp // from the beginning
	next    *regexp.Regexp // from the second character on: the first one is context; nil before it is needed
	head    string         // each match begins with it
	literal bool           // each match is it
	size    int
}

// patternOf compiles a regular expression; all says that more than its first match is
// asked for. It returns nil where jq fails.
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
	if !r.work(100 * (p.size + len(source))) {
		return nil
	}
	if p.first, err = regexp.Compile(source); err != nil {
		return nil
	}
	p.head, p.literal = p.first.LiteralPrefix()
	p.literal = p.literal && p.head == source && source != ""
	return p
}

// after returns the expression that finds matches after the first character.
func (p *pattern) after() *regexp.Regexp {
	if p.next == nil {
		p.next = regexp.MustCompile(`\A(?s:.)(?s:.)*?(` + p.source + `)`)
	}
	return p.next
}

// sizeOf counts the characters of an expression, each repetition written out.
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

// search returns where the first match from a place on begins and ends, and its
// groups, as regexp does; nil without one.
func (r *run) search(p *pattern, s string, at int) []int {
	re, from, skip := p.first, 0, 0
	if p.head != "" {
		i := strings.Index(s[at:], p.head)
		if i < 0 {
			r.work(len(s[at:]) / 64)
			return nil
		}
		r.work(i / 64)
		at += i
	}
	if at > 0 {
		_, width := utf8.DecodeLastRuneInString(s[:at])
		re, from, skip = p.after(), at-width, 2
	}
	var m []int
	rest := s[from:]
	r.work(8)
	switch {
	case p.literal:
		return []int{at, at + len(p.head)}
	case len(rest)*p.size <= atOnce:
		m = re.FindStringSubmatchIndex(rest)
	default:
		m = re.FindReaderSubmatchIndex(&textReader{run: r, s: rest, cost: 1 + p.size/32})
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

// textReader reads a text for a match, and ends it where the run ends.
type textReader struct {
	run  *run
	s    string
	at   int
	cost int
}

// ReadRune implements io.RuneReader.
func (t *textReader) ReadRune() (c rune, size int, err error) {
	if t.at >= len(t.s) || !t.run.work(t.cost) {
		return 0, 0, io.EOF
	}
	c, size = rune(t.s[t.at]), 1
	if c >= utf8.RuneSelf {
		c, size = utf8.DecodeRuneInString(t.s[t.at:])
	}
	t.at += size
	return c, size, nil
}

func (r *run) test(v, re, flags any) any {
	s, ok := v.(string)
	if ok {
		if p, _ := r.patternOf(re, flags); p != nil {
			if len(s)*p.size <= directly {
				r.work(16 + len(s)/64)
				return p.first.MatchString(s)
			}
			return r.search(p, s, 0) != nil
		}
	}
	if r.err != nil {
		return nil
	}
	return plain("_match", v, re, flags, true)
}

// place is where a regular expression matches a text.
type place struct {
	in     *places
	at     []int
	before int // where the match before it ends
	chars  int // characters of the text before it
}

// places goes through the matches of a text. Unlike those of regexp they may be
// empty where the one before ends, as in jq.
type places struct {
	run            *run
	p              *pattern
	all            bool // more than the first match
	s              string
	at             int // where the next match is looked for; -1 after the last one
	end            int // of the last match
	counted, chars int // characters before a place
	output         func(*place) any
}

// places returns the outputs for the matches in v.
func (r *run) places(v any, args []any, output func(*place) any) gojq.Iter {
	s, ok := v.(string)
	if ok {
		if p, all := r.patternOf(args[0], args[1]); p != nil {
			return &places{run: r, p: p, all: all, s: s, output: output}
		}
	}
	if r.err != nil {
		return gojq.NewIter[any](r.err)
	}
	return gojq.NewIter(plain("_match", v, args[0], args[1], false))
}

// Next implements gojq.Iter.
func (m *places) Next() (any, bool) {
	found, ok := m.next()
	if m.run.err != nil {
		return m.run.err, true
	}
	if !ok {
		return nil, false
	}
	out := m.output(found)
	if m.run.err != nil {
		return m.run.err, true
	}
	return out, true
}

func (m *places) next() (*place, bool) {
	if m.at < 0 {
		return nil, false
	}
	at := m.run.search(m.p, m.s, m.at)
	if at == nil {
		m.at = -1
		return nil, false
	}
	before := m.end
	m.end, m.at = at[1], at[1]
	if at[0] == at[1] {
		_, width := utf8.DecodeRuneInString(m.s[at[1]:])
		m.at += width
		if width == 0 {
			m.at = -1
		}
	}
	if !m.all {
		m.at = -1
	}
	m.run.work((at[0] - m.counted) / 16)
	m.chars += utf8.RuneCountInString(m.s[m.counted:at[0]])
	m.counted = at[0]
	return &place{m, at, before, m.chars}, true
}

// bytes that the value of a match, and of one of its groups, take on the heap.
const matchSize, groupSize = 700, 500

// object returns the value of a match as jq has it.
func (p *place) object() any {
	if !p.in.run.alloc(matchSize + groupSize*len(p.at)/2) {
		return nil
	}
	captures := make([]any, 0, len(p.at)/2)
	for i := 1; i < len(p.at)/2; i++ {
		var name any
		if n := p.in.p.first.SubexpNames()[i]; n != "" {
			name = n
		}
		captures = append(captures, p.part(i, map[string]any{"name": name}))
	}
	return p.part(0, map[string]any{"captures": captures})
}

// part adds where a group of the match is, and its text.
func (p *place) part(group int, object map[string]any) map[string]any {
	from, to := p.at[2*group], p.at[2*group+1]
	if from < 0 {
		object["offset"], object["length"], object["string"] = -1, 0, nil
		return object
	}
	p.in.run.work((to - p.at[0]) / 16)
	object["offset"] = p.chars + utf8.RuneCountInString(p.in.s[p.at[0]:from])
	object["length"] = utf8.RuneCountInString(p.in.s[from:to])
	object["string"] = p.in.s[from:to]
	return object
}

// group returns the text of a group, null where it does not take part.
func (p *place) group(i int) any {
	if p.at[2*i] < 0 {
		return nil
	}
	return p.in.s[p.at[2*i]:p.at[2*i+1]]
}

// named returns the named groups.
func (p *place) named() any {
	out := map[string]any{}
	for i, name := range p.in.p.first.SubexpNames() {
		if name != "" {
			out[name] = p.group(i)
		}
	}
	p.in.run.alloc(200 + entrySize*len(out))
	return out
}

// strings returns the text of the match, or those of its groups.
func (p *place) strings() any {
	p.in.run.alloc(4 * itemSize * len(p.at))
	if len(p.at) == 2 {
		return p.group(0)
	}
	groups := make([]any, 0, len(p.at)/2)
	for i := 1; i < len(p.at)/2; i++ {
		groups = append(groups, p.group(i))
	}
	return groups
}

// splits returns the parts of a text between its matches.
func (r *run) splits(v any, args []any) gojq.Iter {
	iter := r.places(v, args, func(p *place) any { return p.in.s[p.before:p.at[0]] })
	if matches, ok := iter.(*places); ok {
		return &parts{matches, false}
	}
	return iter
}

// parts goes through the parts of a text.
type parts struct {
	*places
	done bool
}

// Next implements gojq.Iter.
func (p *parts) Next() (any, bool) {
	if out, ok := p.places.Next(); ok || p.done {
		return out, ok
	}
	p.done = true
	return p.s[p.end:], true
}

// replacing is a text whose matches are replaced. Each has one or more replacements:
// the first ones make the first result, and so on.
type replacing struct {
	run     *run
	text    any
	place   *place
	n       int // replacements of the place so far
	results []*strings.Builder
	end     int // of the last place
}

// at goes on to the next match.
func (s *replacing) next(p *place) any {
	s.place, s.n = p, 0
	s.end = p.at[1]
	return s
}

// insert adds a replacement.
func (s *replacing) insert(with any) any {
	before := s.place.in.s[s.place.before:s.place.at[0]]
	text, ok := with.(string)
	if !ok && with != nil {
		return plain("_add", nil, before, with)
	}
	if !s.run.alloc(2 * (len(before) + len(text))) {
		return nil
	}
	if s.n == len(s.results) {
		s.results = append(s.results, &strings.Builder{})
	}
	s.results[s.n].WriteString(before)
	s.results[s.n].WriteString(text)
	s.n++
	return s
}

// all returns the results.
func (s *replacing) all() any {
	if len(s.results) == 0 {
		return []any{s.text}
	}
	rest := s.text.(string)[s.end:]
	out := make([]any, 0, len(s.results))
	for _, b := range s.results {
		if !s.run.alloc(2 * len(rest)) {
			return nil
		}
		b.WriteString(rest)
		out = append(out, b.String())
	}
	return out
}
