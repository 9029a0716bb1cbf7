package answer

import (
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, contentType, body string
		media                   Media
		want                    string // "" is the body
	}{
		{"nothing", "application/json", "", MediaEmpty, ""},
		{"declared JSON", "application/json; charset=utf-8", `{"a":1}`, MediaJSON, ""},
		{"declared JSON that is a word", "application/json", `"ok"`, MediaJSON, ""},
		{"vendor JSON", "application/problem+json", `{}`, MediaJSON, ""},
		{"JSON called text", "text/plain", ` {"a":1}`, MediaJSON, ""},
		{"JSON called nothing", "", `[1,2]`, MediaJSON, ""},
		{"long JSON called nothing", "", `["` + strings.Repeat("x", 2*sniffLength), MediaJSON, ""},
		{"an ini file", "text/plain", "[section]\na=1", MediaText, ""},
		{"HTML", "text/html", "<p>", MediaHTML, ""},
		{"an error page called JSON", "application/json", "<!DOCTYPE html><html>", MediaHTML, ""},
		{"XML", "application/soap+xml", "<a/>", MediaXML, ""},
		{"XML called nothing", "", "<?xml version='1.0'?><a/>", MediaXML, ""},
		{"SVG is XML", "image/svg+xml", "<svg/>", MediaXML, ""},
		{"text", "text/plain", "hello", MediaText, ""},
		{"text called octets", "application/octet-stream", "hello", MediaText, ""},
		{"a picture", "image/png", "\x89PNG\r\n\x1a\n\x00\x00", MediaBinary, ""},
		{"a PDF called text", "text/plain", "%PDF-1.4 x", MediaBinary, ""},
		{"octets called JSON", "application/json", "{\x00\x01}", MediaBinary, ""},
		{"Latin-1", "text/plain; charset=ISO-8859-1", "caf\xe9 \x80", MediaText, "café €"},
		{"UTF-16 with a mark", "text/plain", "\xff\xfeh\x00\xe9\x00\x3d\xd8\x00\xde", MediaText, "hé😀"},
		{"UTF-16 JSON", "application/json; charset=utf-16be", "\x00[\x00]", MediaJSON, "[]"},
		{"half a UTF-16 pair", "text/plain; charset=utf-16le", "a\x00\x3d\xd8b", MediaText, "a\ufffd\ufffd"},
		{"a code point cut by sniffing", "", strings.Repeat("a", sniffLength-1) + "é", MediaText, ""},
		{"Shift_JIS", "text/plain; charset=shift_jis", "\x93\xfa\x96{", MediaText, "日本"},
		{"a mark against the declaration", "text/plain; charset=latin1", "\xfe\xff\x00h\x00\xe9", MediaText, "hé"},
		{"an encoding that is not decoded", "text/plain; charset=iso-2022-kr", "plain", MediaText, ""},
		{"an unknown charset", "text/plain; charset=nonesuch", "café", MediaText, ""},
		{"Latin-1 that is not declared", "text/plain", "caf\xe9", MediaText, ""},
	}
	for _, tt := range tests {
		media, body, _ := Detect(tt.contentType, []byte(tt.body))
		want := tt.want
		if want == "" {
			want = tt.body
		}
		if media != tt.media || string(body) != want {
			t.Errorf("%s: %s %.40q, want %s %.40q", tt.name, media, body, tt.media, want)
		}
	}
}
