package body

import (
	"bytes"
	"net/http"
	"path/filepath"
)

// Content is a body with its templates filled in. It holds secrets: what is
// shown or kept of it is Shown, and masked.
type Content struct {
	mediaType string
	data      []byte

	parts []contentPart // of a multipart body
	shown []byte        // of a multipart body
}

// Raw returns the content of a body that is made elsewhere.
func Raw(data []byte, mediaType string) *Content { return &Content{mediaType: mediaType, data: data} }

// Bytes returns what goes on the wire.
func (c *Content) Bytes() []byte {
	if c == nil {
		return nil
	}
	return c.data
}

// Shown returns what a person may see and the history keeps: of a file its path
// and size.
func (c *Content) Shown() []byte {
	if c == nil || c.parts == nil {
		return c.Bytes()
	}
	return c.shown
}

// Declare adds the Content-Type to a header that has none. That of a multipart
// body holds its boundary, and takes the place of any other.
func (c *Content) Declare(h http.Header) {
	if c != nil && c.mediaType != "" && (c.parts != nil || h.Get("Content-Type") == "") {
		h.Set("Content-Type", c.mediaType)
	}
}

// TypedByCurl reports whether curl declares the type of the body by itself.
func (c *Content) TypedByCurl() bool { return c != nil && c.parts != nil }

// CurlOption is an option of curl with its value.
type CurlOption struct{ Name, Value string }

// Curl writes the body as options of curl.
func (c *Content) Curl() []CurlOption {
	switch data := c.Bytes(); {
	case len(data) == 0:
		return nil
	case c.parts != nil:
		return curlParts(c.parts)
	case bytes.IndexByte(data, 0) >= 0: // no argument can hold it
		return []CurlOption{{"--data-binary", "@body.bin"}}
	default:
		return []CurlOption{{"--data-raw", string(data)}}
	}
}

func curlParts(parts []contentPart) []CurlOption {
	var all []CurlOption
	for _, p := range parts {
		o := CurlOption{"--form-string", p.Name + "=" + p.Text}
		if p.File != "" || p.Type+p.Filename != "" {
			if p.Filename == filepath.Base(p.File) { // as curl calls it
				p.Filename = ""
			}
			o = CurlOption{"-F", p.String()}
		}
		all = append(all, o)
	}
	return all
}
