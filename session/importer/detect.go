package importer

import (
	"bytes"
	"unicode/utf8"
)

// MaxFile is how large a file may be, in bytes. A HAR holds all that a page
// loaded.
const MaxFile = 128 << 20

const maxText = 4 << 20 // of a file that is no HAR

// open reads a file, or keeps it for later.
func (p *parser) open(f *File) error {
	at := place{file: f.Name}
	if f.Name == "" {
		at.file = "input"
	}
	data := bytes.TrimPrefix(f.Data, []byte("\ufeff"))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fault(at, "", "there is nothing in it")
	case len(data) > MaxFile:
		return fault(at, "", "larger than %d MiB", MaxFile>>20)
	case bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data):
		return fault(at, "save it as UTF-8", "not a text file")
	}
	kind := f.Kind
	if kind == "" {
		kind = detect(data)
	}
	if kind != HAR && kind != Postman && len(data) > maxText {
		return fault(at, "", "larger than %d MiB", maxText>>20)
	}
	switch kind {
	case Curl:
		return p.curl(at, string(data))
	case HAR, Postman:
		return p.json(at, data, kind)
	case Env:
		return dotenv(at, string(data))
	case Own:
		return p.own(at, data)
	}
	return fault(at, adviceFor(data), "its format is not recognized")
}

var (
	curlBegins = pattern(`(?m)^[ \t]*(\$ |> )?(\S*/)?curl(\.exe)?[ \t\^]`)
	ownBegins  = pattern(`(?m)^tokenring:[ \t]`)
	envBegins  = pattern(`(?m)^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_.]*=`)
)

// detect returns the kind of a text by its beginning; "" if it is unknown.
func detect(data []byte) Kind {
	head := data[:min(len(data), 64<<10)]
	switch text := bytes.TrimSpace(head); {
	case text[0] == '{':
		return Postman // or a HAR, which is told by what is in it
	case curlBegins().Match(head):
		return Curl
	case ownBegins().Match(head):
		return Own
	case envBegins().Match(head):
		return Env
	}
	return ""
}

// adviceFor returns a hint for a text that cannot be imported.
func adviceFor(data []byte) string {
	switch {
	case bytes.Contains(data, []byte("fetch(")):
		return `this is a call of fetch: choose "Copy as cURL" instead`
	case bytes.Contains(data, []byte("Invoke-WebRequest")):
		return `this is PowerShell: choose "Copy as cURL" instead`
	}
	return "a curl command, a HAR, a Postman collection or environment, or an export of tokenring; name it with --as"
}
