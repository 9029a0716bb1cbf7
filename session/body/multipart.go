package body

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"strings"

	"tokenring/session/jq"
	"tokenring/session/lazy"
	"tokenring/session/place"
	"tokenring/session/yaml"
)

// MaxUpload bounds the content of a multipart body, in bytes.
const MaxUpload = 64 << 20

// multipartBody is a list of parts (RFC 7578), typed as for curl -F, one per line:
// name=text or name=@path, then optionally ;type=… and ;filename=….
type multipartBody []part

// part is a Part with its templates parsed.
type part struct {
	Part
	formValue
}

// Part is a text or a file of a multipart body. Name and Text are templates; the path
// of a file is not, so that no server can choose which file is read.
type Part struct {
	Name     string `json:"name"`
	Text     string `json:"text,omitempty"`
	File     string `json:"file,omitempty"`     // its path; "": the part is a text
	Filename string `json:"filename,omitempty"` // sent to the server; "": the last element of File
	Type     string `json:"type,omitempty"`     // its Content-Type; "": derived from the extension of a file, none for a text
}

var (
	// quotedPart matches a text or path in quotes, in curl's syntax.
	quotedPart = lazy.Regexp(`^@?"((?:[^"\\]|\\.)*)"[ \t]*(;[^\n]*)?(\n|$)`)
	// partOption matches the beginning of an option of a part.
	partOption = lazy.Regexp(`;[ \t]*(type|filename)=`)
)

// parsePart parses the part at the beginning of text, whose first line has lineLength
// bytes; a quoted value may extend over more lines. It returns the length of the part.
func parsePart(text string, lineLength int) (p Part, length int, err *Error) {
	line := text[:lineLength]
	at := strings.IndexByte(jq.Blot(line), '=')
	if at < 1 {
		return p, 0, &Error{0, "expected name=text or name=@path"}
	}
	p.Name = strings.TrimSpace(line[:at])
	value, options := strings.TrimRight(line[at+1:], "\r"), ""
	isFile := strings.HasPrefix(value, "@")
	length = len(line)
	if m := quotedPart().FindStringSubmatch(text[at+1:]); m != nil {
		value, options = unescaper.Replace(m[1]), strings.TrimRight(m[2], "\r")
		length = at + 1 + len(m[0])
	} else {
		if i := partOption().FindStringIndex(jq.Blot(value)); i != nil {
			value, options = value[:i[0]], value[i[0]:]
		}
		if isFile {
			value = value[1:]
		}
	}
	p.options(options)
	switch {
	case !isFile:
		p.Text = value
	case value == "":
		return p, length, &Error{at, "the path after the @ is missing"}
	default:
		p.File = value
	}
	return p, length, p.fault()
}

// options parses a list of options, each of which begins with a partOption.
func (p *Part) options(text string) {
	begins := partOption().FindAllStringSubmatchIndex(text, -1)
	for i, at := range begins {
		end := len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		value := strings.TrimSpace(text[at[1]:end])
		if len(value) > 1 && value[0] == '"' && strings.HasSuffix(value, `"`) {
			value = unescaper.Replace(value[1 : len(value)-1])
		}
		if text[at[2]:at[3]] == "type" {
			p.Type = value
		} else {
			p.Filename = value
		}
	}
}

var (
	unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
	escaper   = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

func quotePart(s string) string { return `"` + escaper.Replace(s) + `"` }

// fault returns an error unless the path, filename and type are valid.
func (p *Part) fault() *Error {
	_, _, err := mime.ParseMediaType(p.Type)
	switch {
	case strings.Contains(p.File+p.Filename+p.Type, "${"):
		return &Error{0, "${…} is not allowed in a path, filename or type: only names and texts are templates"}
	case p.Type != "" && (err != nil || !strings.Contains(p.Type, "/") || strings.ContainsAny(p.Type, "\r\n")):
		return &Error{0, "not a media type, such as image/png"}
	}
	return nil
}

// String returns the part in the syntax of parsePart and curl -F.
func (p Part) String() string {
	value, mark := p.Text, ""
	if p.File != "" {
		value, mark = p.File, "@"
	}
	ends := ";\n" // characters that end it; in curl, a comma begins another file
	if p.File != "" {
		ends += ","
	}
	if strings.TrimSpace(value) != value || strings.ContainsAny(value, ends) || strings.HasPrefix(value, `"`) ||
		p.File == "" && strings.HasPrefix(value, "@") {
		value = quotePart(value)
	}
	line := p.Name + "=" + mark + value
	if p.Type != "" {
		line += ";type=" + p.Type
	}
	if p.Filename != "" {
		line += ";filename=" + quotePart(p.Filename)
	}
	return line
}

// ParsePart parses one part in the syntax of curl -F.
func ParsePart(text string) (Part, error) {
	p, length, err := parsePart(text, len(text))
	switch {
	case err != nil:
		return p, err
	case length < len(text):
		return p, &Error{length, "only ;type=… and ;filename=… may follow the quotes"}
	}
	return p, nil
}

// Compose returns parts as the typed text of a multipart body.
func Compose(parts ...Part) string {
	lines := make([]string, len(parts))
	for i, p := range parts {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func parseMultipart(text string) (Body, error) {
	var b multipartBody
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		if strings.TrimSpace(line) == "" {
			at += len(line) + 1
			continue
		}
		p, length, fault := parsePart(text[at:], len(line))
		if fault != nil {
			fault.Offset = at
			return nil, fault
		}
		v, err := parseValue(p.Name, p.Text)
		if err != nil {
			return nil, syntaxError(at, false, err)
		}
		b = append(b, part{p, v})
		at += length
	}
	return b, nil
}

func readMultipart(r *reader, n *yaml.Node) Body {
	if n.Kind != yaml.Sequence {
		r.Problem(n, "- {name: title, text: Holidays}", "multipart must be a list of parts, this is %s", n.Kind)
		return nil
	}
	var b multipartBody
	for _, item := range n.Items {
		f := r.Mapping(item)
		name, text, file := f.Need("name", "name: title"), f.Get("text"), f.Get("file")
		p := part{Part: Part{Filename: f.Text("filename"), Type: f.Text("type")}}
		p.value = jq.Literal("")
		switch {
		case text != nil && file != nil:
			r.Problem(item, "keep one", "a part has one of text and file")
		case file != nil && !r.files:
			r.Problem(file, "save a request of your own with the file", "a definition must not read files: it may come from another person")
		case file != nil:
			if p.File = file.Text; p.File == "" || file.Kind != yaml.Text {
				r.Problem(file, "file: ./photo.jpg", "not the path of a file")
			}
		case text != nil:
			p.value = r.template(text)
		}
		if fault := p.fault(); fault != nil {
			r.Problem(item, "", "%s", fault.Text)
		}
		if name != nil {
			p.name = r.template(name)
		}
		if f.Done(); p.name != nil && p.value != nil {
			p.Name, p.Text = p.name.Source(), p.value.Source()
			b = append(b, p)
		}
	}
	return b
}

func (b multipartBody) Kind() Kind { return Multipart }

// parts returns the parts with their templates as typed.
func (b multipartBody) parts() []Part {
	list := make([]Part, len(b))
	for i, p := range b {
		list[i] = p.Part
	}
	return list
}

func (b multipartBody) Source() string { return Compose(b.parts()...) }

func (b multipartBody) YAML() (string, error) {
	text, err := jq.Marshal(b.parts())
	if err != nil {
		return "", err
	}
	return oneLine(text)
}

func (b multipartBody) Refs() []string {
	var names []string
	for _, p := range b {
		names = append(names, p.refs()...)
	}
	return names
}

// FileError reports that a file of a body cannot be sent. Nothing was sent.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("cannot send the file %s: %v", e.Path, e.Err) }

// Unwrap returns the error without the path.
func (e *FileError) Unwrap() error { return e.Err }

func (b multipartBody) Encode(ctx context.Context, scope jq.Scope) (*Content, error) {
	c, left := &Content{}, int64(MaxUpload)
	for _, p := range b {
		name, text, ok, err := p.fill(ctx, scope)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		one := contentPart{Part: p.Part, data: []byte(text)}
		if one.Name, one.Text = name, text; p.File != "" {
			if one.data, err = readUpload(p.File, left); err != nil {
				return nil, &FileError{p.File, err}
			}
			if one.Filename == "" {
				one.Filename = filepath.Base(p.File)
			}
			if one.Type == "" {
				media, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(p.File)), ";") // nobody knows the charset of a file
				one.Type = cmp.Or(media, "application/octet-stream")
			}
		}
		left -= int64(len(one.data))
		c.parts = append(c.parts, one)
	}
	c.write()
	return c, nil
}

func readUpload(path string, limit int64) ([]byte, error) {
	data, err := place.Read(path, limit)
	if errors.Is(err, place.ErrSize) {
		err = fmt.Errorf("a body is limited to %d MiB", MaxUpload>>20)
	}
	return data, err
}

// contentPart is a part with its templates filled in and its file read.
type contentPart struct {
	Part
	data []byte
}

// write encodes the parts, once to send and once to show, with the path and size of each
// file instead of its content.
func (c *Content) write() {
	var sent, shown bytes.Buffer
	out, show := multipart.NewWriter(&sent), multipart.NewWriter(&shown)
	_ = show.SetBoundary(out.Boundary())
	for _, p := range c.parts {
		h := textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(p.Name, p.Filename)}}
		if p.Filename == "" {
			h.Set("Content-Disposition", strings.TrimSuffix(h.Get("Content-Disposition"), `; filename=""`))
		}
		if p.Type != "" {
			h.Set("Content-Type", p.Type)
		}
		seen := p.data
		if p.File != "" {
			seen = fmt.Appendf(nil, "[the file %s, %d bytes]", p.File, len(p.data))
		}
		to, _ := out.CreatePart(h) // writing to a buffer never fails
		_, _ = to.Write(p.data)
		to, _ = show.CreatePart(h)
		_, _ = to.Write(seen)
	}
	_, _ = out.Close(), show.Close()
	c.data, c.shown, c.mediaType = sent.Bytes(), shown.Bytes(), out.FormDataContentType()
}

func rewriteMultipart(text string, f func(Leaf) string) string {
	b, err := parseMultipart(text)
	if err != nil {
		return f(Leaf{Value: text})
	}
	parts, _ := b.(multipartBody)
	changed := false
	for i := range parts {
		p := &parts[i]
		if p.File != "" {
			continue
		}
		name, now := rewriteName(p.Name, f), rewriteLeaf(Leaf{Path: p.Name, Name: p.Name, Value: p.Text}, f)
		changed = changed || name != p.Name || now != p.Text
		p.Name, p.Text = name, now
	}
	if !changed {
		return text
	}
	return parts.Source()
}
