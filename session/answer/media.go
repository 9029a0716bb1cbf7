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

// sniffLength is how much of a body Detect reads to tell its kind.
const sniffLength = 4096

// Detect returns the kind of a body and its text as UTF-8. The declared content
// type counts where the content does not contradict it, and its charset unless a
// byte order mark names another one.
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

// declaredMedia reads a media type without parameters. One that is of no use
// counts as text.
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

// sniff tells the kind of a text from its beginning.
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

// beginsJSON reports whether text starts as an object or array does. A single
// word or number is left to be text.
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

// isBinary reports whether body begins like a known binary format, or with
// bytes that no text has.
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

// toUTF8 converts a body from the declared encoding, by any of its names in the
// WHATWG Encoding Standard. A byte order mark counts more than the declaration.
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
		decoder = transform.Nop // bytes of no encoding stay as they are
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(decoder), body)
	if err != nil {
		return body
	}
	return text
}
