package answer

import (
	"bytes"
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

// sniffLength is how many bytes of a body Detect reads to find its kind.
const sniffLength = 4096

// Detect returns the kind of a body and its text as UTF-8. It follows the declared
// content type unless the content contradicts it, and the charset unless a byte order
// mark names another one.
func Detect(contentType string, body []byte) (Media, []byte) {
	if len(body) == 0 {
		return MediaEmpty, body
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	body = toUTF8(body, params["charset"])
	if isBinary(body) {
		return MediaBinary, body
	}
	declared, found := declaredMedia(kind), sniff(body)
	switch {
	case declared == MediaBinary && !utf8.Valid(sniffed(body)):
		return MediaBinary, body
	case declared == MediaJSON && found == MediaText, declared == MediaHTML, declared == MediaXML:
		return declared, body
	}
	return found, body
}

// declaredMedia returns the kind of a media type without parameters, text if it is
// not known.
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

// sniff returns the kind of a text, judged by its beginning.
func sniff(body []byte) Media {
	start := bytes.TrimLeft(sniffed(body), "\ufeff \t\r\n")
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

// beginsJSON reports whether text begins like an object or array. A single word or
// number counts as text.
func beginsJSON(start []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(start))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return false
	}
	_, err := dec.Token()
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// sniffed returns the beginning of body, without a code point cut in two.
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

// isBinary reports whether body begins like a known binary format, or with bytes
// that do not occur in text.
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

// toUTF8 converts a body from the declared encoding, which may have any name of the
// WHATWG Encoding Standard. A byte order mark overrides the declaration.
func toUTF8(body []byte, charset string) []byte {
	declared, err := htmlindex.Get(charset)
	if err != nil || declared == encoding.Replacement {
		declared = unicode.UTF8
	}
	decoder := declared.NewDecoder().Transformer
	if declared == unicode.UTF8 {
		if utf8.Valid(body) {
			return body
		}
		decoder = transform.Nop // bytes of an unknown encoding stay unchanged
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(decoder), body)
	if err != nil {
		return body
	}
	return text
}
