package importer

import (
	"bytes"
	"cmp"
	"regexp"
	"unicode/utf8"

	"tokenring/session/lazy"
	"tokenring/session/shell"
)

// MaxFile bounds a file, in bytes. A HAR holds everything that a page loaded.
const MaxFile = 128 << 20

const maxText = 32 << 20 // of a file that is not a HAR

// open reads a file, or keeps it for later.
func (p *parser) open(f *File) error {
	at := place{File: cmp.Or(f.Name, "input")}
	p.first = cmp.Or(p.first, at)
	data := bytes.TrimPrefix(f.Data, []byte("\ufeff"))
	kind, most := cmp.Or(f.Kind, detect(data)), maxText
	if kind == HAR || kind == Postman {
		most = MaxFile
	}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fault(at, "", "it is empty")
	case len(data) > most:
		return fault(at, "", "larger than %d MiB", most>>20)
	case bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data):
		return fault(at, "save it as UTF-8", "not a text file")
	}
	switch kind {
	case Curl:
		return p.curl(at, data)
	case HAR, Postman, OpenAPI:
		return p.document(at, data, kind)
	case Netrc:
		return p.netrc(at, data)
	case Own:
		return p.own(at, data)
	}
	return notRead(at, data)
}

var (
	ownBegins     = lazy.Regexp(`(?m)^tokenring:[ \t]`)
	openAPIBegins = lazy.Regexp(`(?m)^["']?openapi["']?[ \t]*:[ \t]*["']?3`)
	netrcBegins   = lazy.Regexp(`(?m)^[ \t]*machine[ \t\r\n]+\S+[ \t\r\n]+(login|password|account|port)[ \t\r\n]`)
)

// IsCurl reports whether a text is one or more curl commands.
func IsCurl(text string) bool {
	return detect([]byte(text)) == Curl
}

// beginning returns the part of a file that tells its format.
func beginning(data []byte) []byte { return data[:min(len(data), 64<<10)] }

// detect returns the kind of a text by its beginning; "" if it is unknown.
func detect(data []byte) Kind {
	head := beginning(data)
	switch text := bytes.TrimSpace(head); {
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return Postman // or another one: its members tell
	case ownBegins().Match(head):
		return Own
	case openAPIBegins().Match(head):
		return OpenAPI
	case netrcBegins().Match(head):
		return Netrc
	case shell.HasCurl(string(head)), shell.MentionsCurl(string(head)) && foreign(head) == nil:
		return Curl
	}
	return ""
}

// format is an unsupported format, and the workaround.
type format struct {
	pattern func() *regexp.Regexp
	name    string
	way     string
}

const curlWay = `in it choose "Copy as cURL", and import that`

// formats lists the common ones. Members identify JSON, lines the rest.
var formats = []format{
	{lazy.Regexp(`(?m)^type:[ \t]*["']?[\w.]*insomnia\.rest|"_type"\s*:\s*"export"|"__export_format"`), "an export of Insomnia", "export it as HAR"},
	{lazy.Regexp(`(?m)^meta[ \t]*\{|"brunoConfig"|"bruno_version"|^opencollection:`), "a request or collection of Bruno", `in Bruno choose "Export as Postman collection"`},
	{lazy.Regexp(`(?m)^["']?swagger["']?[ \t]*:[ \t]*["']?2|"swagger"\s*:\s*"2`), "Swagger 2.0", "convert it to OpenAPI 3"},
	{lazy.Regexp(`(?m)^["']?asyncapi["']?[ \t]*:`), "AsyncAPI", "it describes messages, not requests of HTTP"},
	{lazy.Regexp(`(?m)^HTTP(/[\d.]+)?[ \t]+(\d{3}|\*)[ \t]*$`), "a file of hurl", "run hurl --verbose --curl FILE, and import what it writes"},
	{lazy.Regexp(`(?m)^(@[\w.-]+[ \t]*=|###|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+\S+([ \t]+HTTP/[\d.]+)?[ \t]*$)`), "an .http file", `in the editor choose "Copy Request As cURL", and import that`},
	{lazy.Regexp(`(?m)^kind:[ \t]*Config[ \t]*$`), "a kubeconfig", "let an account read its token: tokenring add NAME --backend token --set address=URL --ref 'pasted=cmd:kubectl create token NAME'"},
	{lazy.Regexp(`"(client|clientName)"\s*:\s*"Thunder Client"`), "a collection of Thunder Client", "export it as Postman collection"},
	{lazy.Regexp(`"folders"\s*:\s*\[[\s\S]*"requests"\s*:\s*\[[\s\S]*"endpoint"`), "a collection of Hoppscotch", curlWay},
	{lazy.Regexp(`"requests"\s*:\s*\[[\s\S]*"(rawModeData|dataMode|collectionId)"|"order"\s*:\s*\[[\s\S]*"requests"\s*:\s*\[|"requests"\s*:\s*\[[\s\S]*"order"\s*:\s*\[`), "a collection of Postman v1", "export it as v2.1"},
	{lazy.Regexp(`(?m)^# (Netscape )?HTTP Cookie File`), "a cookie jar", "it says nothing of an API: log in, or copy a request of the browser as cURL"},
	{lazy.Regexp(`^\s*eyJ[\w-]*\.[\w-]*\.[\w-]*\s*$`), "a token without its API", "tokenring add NAME --backend token --set address=URL"},
	{lazy.Regexp(`<jmeterTestPlan|<(con:)?soapui-project|<(\w+:)?definitions[^>]*wsdl`), "a file of JMeter or SoapUI, or WSDL", curlWay},
	{lazy.Regexp(`(?m)^#%RAML`), "RAML", "convert it to OpenAPI 3"},
	{lazy.Regexp(`\bfetch\(`), "a call of fetch", `choose "Copy as cURL" instead`},
	{lazy.Regexp(`Invoke-(WebRequest|RestMethod)`), "PowerShell", `choose "Copy as cURL" instead`},
	{lazy.Regexp(`(?m)^[ \t]*(\$ )?https?[ \t]+(--\S+[ \t]+)*((GET|POST|PUT|PATCH|DELETE)[ \t]+)?\S*[.:/]`), "a command of HTTPie", "run it with --offline to see the request, and write it as curl"},
	{lazy.Regexp(`(?m)^[ \t]*(\$ )?wget[ \t]`), "a command of wget", "write it as curl"},
	{lazy.Regexp(`^([ \t]*(#.*)?\n)*[ \t]*(export[ \t]+)?[A-Za-z_][\w.]*=[^\n(]*(\n[ \t]*(#.*|(export[ \t]+)?[A-Za-z_][\w.]*=[^\n(]*)?)*$`), "a .env file", "export its variable and let an account read it: tokenring add NAME --backend token --set address=URL --ref pasted=env:VARIABLE"},
}

// foreign returns the unsupported format of a text, or nil.
func foreign(head []byte) *format {
	for i := range formats {
		if formats[i].pattern().Match(head) {
			return &formats[i]
		}
	}
	return nil
}

// notRead returns the fault of a text in an unsupported format.
func notRead(at place, data []byte) error {
	if f := foreign(beginning(data)); f != nil {
		return fault(at, f.way, "this is %s, which is not read", f.name)
	}
	return fault(at, "a curl command, a HAR, a Postman collection or environment, OpenAPI 3, a .netrc, or an export of tokenring; name it with --as",
		"its format is not recognized")
}
