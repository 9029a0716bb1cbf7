package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
// type counts where the content does not contradict it; ISO-8859-1 and UTF-16
// are converted, whether declared or marked by a byte order mark.
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

// toUTF8 converts a body that is declared or marked as another encoding.
func toUTF8(body []byte, charset string) []byte {
	switch charset = strings.ToLower(charset); {
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}) && charset != "iso-8859-1":
		return fromUTF16(body[2:], 0, 1)
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}) && charset != "iso-8859-1":
		return fromUTF16(body[2:], 1, 0)
	case charset == "utf-16le":
		return fromUTF16(body, 0, 1)
	case charset == "utf-16be" || charset == "utf-16":
		return fromUTF16(body, 1, 0)
	case charset == "iso-8859-1" || charset == "latin1" || charset == "windows-1252":
		return fromLatin1(body)
	}
	return body
}

// fromUTF16 decodes pairs of bytes; low and high are the places of the two in a
// pair.
func fromUTF16(b []byte, low, high int) []byte {
	out := make([]byte, 0, len(b))
	for ; len(b) >= 2; b = b[2:] {
		r := rune(b[low]) | rune(b[high])<<8
		if utf16.IsSurrogate(r) {
			var second rune
			if len(b) >= 4 {
				second = rune(b[2+low]) | rune(b[2+high])<<8
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	if len(b) == 1 {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return out
}

// windows1252 maps 0x80 to 0x9f of windows-1252, which the web also means by
// ISO-8859-1 (encoding.spec.whatwg.org).
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

func fromLatin1(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c <= 0x9f {
			r = windows1252[c-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
