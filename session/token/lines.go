package token

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// ClaimKind is the kind of value on a line.
type ClaimKind int

// The kinds of lines. Labels turn texts and numbers into Time and Duration.
const (
	Text ClaimKind = iota
	Number
	Bool
	Null
	Time
	Duration
	List
	Object
)

var kinds = map[jsontext.Kind]ClaimKind{'"': Text, '0': Number, 't': Bool, 'f': Bool, 'n': Null, '[': List, '{': Object}

// Line is one claim made readable. Its texts come from the token and are not safe for a terminal yet.
type Line struct {
	Depth    int    // 0 for the claims themselves, one more inside each object or list
	Name     string // as written; "[0]" for the first value of a list, "…" where lines were left out
	Label    string // the meaning of the claim, if known
	About    string // a sentence on what the claim says, or ""; it is the program's own
	Kind     ClaimKind
	Value    string    // for people: text without quotes, times in UTC, durations in words
	Raw      string    // the JSON as written; empty for an object or list whose values follow as lines
	At       time.Time // with Kind Time, in UTC; zero while masked
	Masked   bool      // Value and Raw are hidden; Reveal shows them
	Personal bool      // identifies a person, such as a name or an e-mail address
	Note     string    // a remark: truncated, duplicate, milliseconds, …

	JSON json.RawMessage // the whole value as written; nil while masked, and where lines were left out

	path   string // by which labels know it
	labels Labels
	behind *Line
}

// Reveal returns the line behind a masked one, and any other line as it is.
func (l Line) Reveal() Line {
	if l.behind != nil {
		return *l.behind
	}
	return l
}

// Text returns the whole value for people: a text without quotes, an object or list indented. Inside of objects and lists
// it hides secrets, and with share also what identifies a person.
func (l Line) Text(share bool) string {
	switch {
	case l.JSON == nil:
		return l.Value
	case !isContainer(l.JSON):
		return plain(l.JSON)
	}
	var b bytes.Buffer
	h := hider{l.labels, share}
	_ = json.Indent(&b, h.value(l.path, l.Name, l.JSON), "", "  ") // it was read as JSON
	return b.String()
}

// Whole is Text with everything that it hides.
func (l Line) Whole() string {
	l = l.Reveal()
	var b bytes.Buffer
	if l.JSON != nil && isContainer(l.JSON) && json.Indent(&b, l.JSON, "", "  ") == nil {
		return b.String()
	}
	return l.Text(false)
}

// Hides reports whether Text leaves out a secret.
func (l Line) Hides() bool { return l.Masked || strings.Contains(l.Text(false), maskText) }

// hider replaces the secrets inside of a value, and with share what identifies a person.
type hider struct {
	labels Labels
	share  bool
}

func (h hider) value(path, name string, raw json.RawMessage) json.RawMessage {
	switch {
	case h.labels[path].Mask || !isContainer(raw) && sensitive(name, raw), h.share && personal(name, raw):
		return json.RawMessage(`"` + maskText + `"`)
	case raw[0] == '{':
		all, _ := members(raw)
		for i := range all {
			if m := &all[i]; m.private || sensitive(m.Name, m.Raw) {
				m.Raw = json.RawMessage(`"` + maskText + `"`)
			} else {
				m.Raw = h.value(path+"."+m.Name, m.Name, m.Raw)
			}
		}
		out, _ := all.MarshalJSON() // it does not fail
		return out
	case raw[0] == '[':
		out := []byte{'['}
		for one := range elements(raw) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, h.value(path+"[]", name, one)...)
		}
		return append(out, ']')
	}
	return raw
}

const (
	maskText  = "••••••"
	maxLines  = 1000 // claims of one token, and lines from which none is opened
	maxNested = 32   // depth to which objects and lists are opened
	maxValue  = 4096 // bytes of the value of a line
)

// Lines makes header members or claims readable, in their order. Objects and lists of objects are followed by their
// values one level deeper; a list of scalars is one line. Lines masks what looks like a secret by name or value,
// even without a label. It bounds number, depth and length of lines, and notes what it left out.
func Lines(members []Member, labels Labels) []Line {
	l := &lineBuilder{labels: labels, out: make([]Line, 0, min(len(members), maxLines)+1)}
	l.members(0, "", members)
	return l.out
}

type lineBuilder struct {
	labels Labels
	out    []Line
}

// members adds the lines of one object or list. prefix is the path into an object, with the dot, or that of every value
// of a list, which ends in "[]".
func (l *lineBuilder) members(depth int, prefix string, all []Member) {
	for i, m := range all {
		if l.full(depth, i, len(all)) {
			return
		}
		path := prefix
		if !strings.HasSuffix(prefix, "[]") {
			path += m.Name
		}
		l.add(depth, path, m)
	}
}

// full reports whether there is no room for more lines, and then adds a line with the number of those left out. What is
// in one claim leaves room for the claims after it.
func (l *lineBuilder) full(depth, i, total int) bool {
	if depth == 0 && i < maxLines || depth > 0 && len(l.out) < maxLines {
		return false
	}
	l.out = append(l.out, Line{Depth: depth, Name: "…", Note: strconv.Itoa(total-i) + " more are not shown"})
	return true
}

// add adds the lines of one value.
func (l *lineBuilder) add(depth int, path string, m Member) {
	label := l.labels.label(path)
	line := Line{Depth: depth, Name: m.Name, Label: label.Label, About: label.About, Kind: kinds[jsontext.Value(m.Raw).Kind()], JSON: m.Raw,
		Personal: personal(m.Name, m.Raw), path: path, labels: l.labels}
	if m.Duplicate {
		line.note("this name appears more than once; the last one counts")
	}
	var values []json.RawMessage
	switch line.Kind {
	case Object:
	case List:
		values = slices.Collect(elements(m.Raw))
		line.Personal = slices.ContainsFunc(values, isMail) || personalName(m.Name) && slices.ContainsFunc(values, isText)
	default:
		line.scalar(m.Raw, label)
	}
	if label.Mask || m.private || sensitive(m.Name, m.Raw) || slices.ContainsFunc(values, isSecretText) {
		l.out = append(l.out, line.masked())
		return
	}
	switch {
	case line.Kind == List && !slices.ContainsFunc(values, isContainer):
		line.scalars(m.Raw, values)
		l.out = append(l.out, line)
	case line.Kind == List:
		inside := make(Members, len(values))
		for i, raw := range values {
			inside[i] = Member{Name: "[" + strconv.Itoa(i) + "]", Raw: raw}
		}
		l.container(line, path+"[]", inside)
	case line.Kind == Object:
		inside, _ := members(m.Raw)
		l.container(line, path+".", inside)
	default:
		l.out = append(l.out, line)
	}
}

// container adds the line of an object or list, and the lines of what is inside.
func (l *lineBuilder) container(line Line, prefix string, inside Members) {
	switch size := len(inside); {
	case size == 0:
		line.Value, line.Raw = "{}", "{}" // an empty list counts as one of scalars
	case size == 1:
		line.Value = "1 entry"
	default:
		line.Value = strconv.Itoa(size) + " entries"
	}
	if line.Depth >= maxNested && len(inside) > 0 {
		line.note("nested too deep to be shown")
		inside = nil
	}
	l.out = append(l.out, line)
	l.members(line.Depth+1, prefix, inside)
}

// scalars fills the line of a list without lists or objects.
func (line *Line) scalars(raw json.RawMessage, values []json.RawMessage) {
	var b strings.Builder
	for i, v := range values {
		if b.Len() > maxValue {
			line.note(strconv.Itoa(len(values)) + " entries in all")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(plain(v))
	}
	line.Value, line.Raw = b.String(), string(raw)
	if len(values) == 0 {
		line.Value = "[]"
	}
	line.cut()
}

// scalar fills the line of a text, number, boolean or null.
func (line *Line) scalar(raw json.RawMessage, label Label) {
	line.Value, line.Raw = plain(raw), string(raw)
	switch label.Format {
	case "time":
		line.time(raw)
	case "duration":
		line.duration(raw)
	case "enum":
		if meaning, ok := label.Enum[line.Value]; ok {
			line.Value = meaning
		}
	}
	line.cut()
}

// time reads a date: seconds, or RFC 3339, which some issuers write.
func (line *Line) time(raw json.RawMessage) {
	at, millis, ok := numericDate(raw)
	if !ok && line.Kind == Text {
		var err error
		at, err = time.Parse(time.RFC3339, line.Value)
		at, ok = at.UTC(), err == nil
	}
	switch {
	case ok:
		line.Kind, line.At, line.Value = Time, at, prose.UTC(at)
	case line.Kind != Null:
		line.note("not a date")
	}
	if millis {
		line.note("in milliseconds; the standard asks for seconds")
	}
}

func (line *Line) duration(raw json.RawMessage) {
	seconds, err := strconv.ParseFloat(plain(raw), 64)
	if err != nil || !(seconds >= 0 && seconds < maxSeconds) {
		return
	}
	line.Kind = Duration
	line.Value = words(seconds)
}

// masked hides the values of a line behind Reveal.
func (line *Line) masked() Line {
	if line.Raw == "" {
		line.Value, line.Raw = string(line.JSON), string(line.JSON)
		line.cut()
	}
	out := *line
	out.Value, out.Raw, out.JSON, out.At, out.Masked, out.behind = maskText, maskText, nil, time.Time{}, true, line
	return out
}

func (line *Line) cut() {
	if len(line.Value) > maxValue {
		line.note("truncated, " + strconv.Itoa(len(line.Raw)) + " bytes in all")
	}
	line.Value, line.Raw = cut(line.Value), cut(line.Raw)
}

func (line *Line) note(text string) {
	if line.Note != "" {
		text = line.Note + "; " + text
	}
	line.Note = text
}

func cut(s string) string {
	if len(s) <= maxValue {
		return s
	}
	end := maxValue
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// plain returns a scalar without quotes.
func plain(raw json.RawMessage) string {
	if s, ok := text(raw); ok {
		return s
	}
	return string(raw)
}

func isContainer(raw json.RawMessage) bool { return raw[0] == '{' || raw[0] == '[' }

func isText(raw json.RawMessage) bool { return jsontext.Value(raw).Kind() == '"' }

// shortestSecret is the length below which no text looks like a secret by its form.
const shortestSecret = 10

func isSecretText(raw json.RawMessage) bool {
	if len(raw) < shortestSecret {
		return false
	}
	s, ok := text(raw)
	return ok && secret.LooksSecret(s)
}

// sensitive reports whether a value is shown only on request: its name or its form says that it is a secret.
func sensitive(name string, raw json.RawMessage) bool {
	switch kind := jsontext.Value(raw).Kind(); {
	case kind == 't' || kind == 'f' || kind == 'n': // they reveal nothing
		return false
	case kind == '0':
		name = secret.FoldName(name)
		return slices.Contains(secretNumbers, name) || slices.ContainsFunc(secretEndings, func(end string) bool { return strings.HasSuffix(name, end) })
	case secret.SecretName(name):
		return true
	}
	s, ok := text(raw)
	return ok && secret.LooksSecret(s)
}

// secretNumbers are secrets that may be numbers, and secretEndings end the names of others; password_changed_at is
// neither.
var secretNumbers, secretEndings = []string{"pass", "pw", "pin", "otp", "cvv", "ssn"},
	[]string{"password", "passwd", "pwd", "passcode"}

// personal reports whether a value identifies a person.
func personal(name string, raw json.RawMessage) bool {
	return isText(raw) && (isMail(raw) || personalName(name))
}

// personalName reports whether a text of this name identifies a person.
func personalName(name string) bool {
	name = secret.FoldName(name)
	return slices.Contains(personalNames, name) || slices.Contains(personalNames, strings.TrimSuffix(name, "s"))
}

func isMail(raw json.RawMessage) bool {
	if bytes.IndexByte(raw, '@') < 0 {
		return false
	}
	s, ok := text(raw)
	user, domain, _ := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " /")
}

var personalNames = []string{
	"name", "fullname", "givenname", "familyname", "middlename", "firstname", "lastname", "surname", "nickname",
	"displayname", "username", "preferredusername", "login", "email", "mail", "upn", "uniquename", "phone",
	"phonenumber", "mobile", "birthdate", "birthday", "gender", "picture", "avatar", "avatarurl", "profile",
	"address", "streetaddress", "postalcode", "formatted",
}
