package body

import (
	"bytes"
	"net/http"
	"path/filepath"
)

// Content is an encoded body. It holds secrets: only Shown, after masking, may be shown
// or stored.
type Content struct {
	mediaType string
	data      []byte

	parts []contentPart // of a multipart body
	shown []byte        // of a multipart body
}

// Raw returns data as a Content.
func Raw(data []byte, mediaType string) *Content { return &Content{mediaType: mediaType, data: data} }

// Bytes returns the bytes to send.
func (c *Content) Bytes() []byte {
	if c == nil {
		return nil
	}
	return c.data
}

// With returns the content with other data, or nil for a multipart body, which cannot be
// encoded again.
func (c *Content) With(data []byte) *Content {
	if c.parts != nil {
		return nil
	}
	return Raw(data, c.mediaType)
}

// Shown returns the content for display and history, with the path and size of each
// file instead of its content.
func (c *Content) Shown() []byte {
	if c == nil || c.parts == nil {
		return c.Bytes()
	}
	return c.shown
}

// Declare sets the Content-Type unless the header has one. A multipart body replaces it,
// since its Content-Type holds the boundary.
func (c *Content) Declare(h http.Header) {
	if c != nil && c.mediaType != "" && (c.parts != nil || h.Get("Content-Type") == "") {
		h.Set("Content-Type", c.mediaType)
	}
}

// TypedByCurl reports whether curl sets the Content-Type of the body itself.
func (c *Content) TypedByCurl() bool { return c != nil && c.parts != nil }

// longestArgument is below the limit of Linux for one argument of a program, in bytes.
const longestArgument = 100_000

// Piped reports whether curl must read the body from standard input because it is too long
// for an argument or contains a NUL.
func (c *Content) Piped() bool {
	data := c.Bytes()
	return c != nil && c.parts == nil && (bytes.IndexByte(data, 0) >= 0 || len(data) > longestArgument)
}

// CurlOption is an option of curl with its value.
type CurlOption struct{ Name, Value string }

// Curl returns the body as options of curl.
func (c *Content) Curl() []CurlOption {
	switch data := c.Bytes(); {
	case len(data) == 0:
		return nil
	case c.parts != nil:
		return curlParts(c.parts)
	case c.Piped():
		return []CurlOption{{"--data-binary", "@-"}}
	default:
		return []CurlOption{{"--data-raw", string(data)}}
	}
}

func curlParts(parts []contentPart) []CurlOption {
	var all []CurlOption
	for _, p := range parts {
		o := CurlOption{"--form-string", p.Name + "=" + p.Text}
		if p.File != "" || p.Type+p.Filename != "" {
			if p.Filename == filepath.Base(p.File) { // the default of curl
				p.Filename = ""
			}
			o = CurlOption{"-F", p.String()}
		}
		all = append(all, o)
	}
	return all
}
