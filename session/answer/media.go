package answer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Media is the kind of content of a body.
type Media string

// The kinds of content.
const (
	MediaEmpty  Media = "empty"
	MediaJSON   Media = "json"
	MediaHTML   Media = "html"
	MediaXML    Media = "xml"
	MediaText   Media = "text"
	MediaBinary Media = "binary"
)

// sniffLength bounds the bytes of a body that Detect examines.
const sniffLength = 4096

// Detect returns the kind of a body, its text as UTF-8, and a note if some of the text
// cannot be read. It follows the declared content type unless the content contradicts it,
// and the charset unless a byte order mark does.
func Detect(contentType string, body []byte) (media Media, text []byte, note string) {
	if len(body) == 0 {
		return MediaEmpty, body, ""
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	text, note, unknown := toUTF8(body, params["charset"])
	media = mediaOf(kind, text)
	if media == MediaBinary && !unknown {
		note = "" // not text
	}
	return media, text, note
}

func mediaOf(kind string, body []byte) Media {
	if isBinary(body) {
		return MediaBinary
	}
	declared, start := declaredMedia(kind), bytes.TrimLeft(sniffed(body), "\ufeff \t\r\n")
	if declared == MediaJSON && !bytes.HasPrefix(start, []byte("<")) { // only markup contradicts it
		return MediaJSON
	}
	found := sniff(start)
	switch {
	case declared == MediaBinary && !utf8.Valid(sniffed(body)):
		return MediaBinary
	case declared == MediaJSON && found == MediaText, declared == MediaHTML, declared == MediaXML:
		return declared
	}
	return found
}

// declaredMedia returns the kind of a media type without parameters, or MediaText if it is
// unknown.
func declaredMedia(kind string) Media {
	switch major, minor, _ := strings.Cut(kind, "/"); {
	case minor == "json" || strings.HasSuffix(minor, "+json"), minor == "x-ndjson", minor == "jsonl":
		return MediaJSON
	case minor == "html" || minor == "xhtml+xml":
		return MediaHTML
	case minor == "xml" || strings.HasSuffix(minor, "+xml"):
		return MediaXML
	case major == "image" || major == "audio" || major == "video" || major == "font",
		minor == "octet-stream", minor == "pdf", minor == "zip", minor == "gzip":
		return MediaBinary
	}
	return MediaText
}

// sniff detects the kind of a text from its beginning, without space before it.
func sniff(start []byte) Media {
	switch {
	case beginsJSON(start):
		return MediaJSON
	case bytes.HasPrefix(start, []byte("<?xml")):
		return MediaXML
	case strings.HasPrefix(http.DetectContentType(start), "text/html"):
		return MediaHTML
	}
	return MediaText
}

// beginsJSON reports whether text begins like a JSON object or array. A single word or
// number is not enough.
func beginsJSON(start []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(start))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return false
	}
	_, err := dec.Token()
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// sniffed returns the beginning of body, cut between code points.
func sniffed(body []byte) []byte {
	b := body[:min(len(body), sniffLength)]
	if len(b) == len(body) {
		return b
	}
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRune(b); r != utf8.RuneError || size != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	return b
}

// isBinary reports whether body begins like a known binary format or with bytes that do
// not occur in text.
func isBinary(body []byte) bool {
	b := sniffed(body)
	bad := 0
	for _, c := range b {
		switch {
		case c == 0:
			return true
		case c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r' && c != 0x1b:
			bad++
		}
	}
	return bad > len(b)/10 || !strings.HasPrefix(http.DetectContentType(b), "text/")
}

// toUTF8 converts a body from charset, any name of the WHATWG Encoding Standard, or else
// from the encoding that its XML or HTML declares. A byte order mark overrides both. A body
// in an unknown encoding stays unchanged.
func toUTF8(body []byte, charset string) (text []byte, note string, unknown bool) {
	if charset == "" {
		charset = declaredInside(body)
	}
	from, err := htmlindex.Get(cmp.Or(charset, "utf-8"))
	if unknown = err != nil || from == encoding.Replacement; unknown {
		note, from = "the charset "+named(charset)+" is not supported", unicode.UTF8
	}
	decoder := from.NewDecoder().Transformer
	if from == unicode.UTF8 {
		if utf8.Valid(body) {
			return body, note, unknown
		}
		decoder = transform.Nop
	}
	text, _, err = transform.Bytes(unicode.BOMOverride(decoder), body)
	if err != nil {
		text = body
	}
	if note == "" && (!utf8.Valid(text) || bytes.Contains(text, []byte("\ufffd"))) {
		note = "some bytes of its text are not " + named(cmp.Or(charset, "UTF-8"))
	}
	return text, note, unknown
}

// inside matches an encoding that XML or HTML declares (XML 1.0, section 2.8; HTML, section
// 4.2.5).
var inside = lazy.Regexp(`^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']|(?i:<meta\s[^>]*?\bcharset\s*=\s*["']?([\w.:-]+))`)

// declaredInside returns the charset that an XML or HTML text declares, or "". It ignores
// UTF-16, in which this search would find nothing.
func declaredInside(body []byte) string {
	const prescan = 1024 // HTML, section 13.2.3.2
	start := body[:min(len(body), prescan)]
	if !bytes.HasPrefix(bytes.TrimLeft(start, "\ufeff \t\r\n"), []byte("<")) {
		return ""
	}
	m := inside().FindSubmatch(start)
	if m == nil {
		return ""
	}
	charset := string(m[1]) + string(m[2])
	if strings.HasPrefix(strings.ToLower(charset), "utf-16") {
		return ""
	}
	return charset
}

// named makes a name from the server safe for a sentence.
func named(name string) string { return prose.Clip(secret.CleanLine(name), 40) }
