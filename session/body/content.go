package body

import (
	"bytes"
	"net/http"
)

// Content is a body with its templates filled in. It holds secrets: what is
// shown or kept of it is Shown, and masked.
type Content struct {
	mediaType string
	data      []byte
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

// Shown returns what a person may see and the history keeps.
func (c *Content) Shown() []byte { return c.Bytes() }

// Declare adds the Content-Type to a header that has none.
func (c *Content) Declare(h http.Header) {
	if c != nil && c.mediaType != "" && h.Get("Content-Type") == "" {
		h.Set("Content-Type", c.mediaType)
	}
}

// CurlOption is an option of curl with its value.
type CurlOption struct{ Name, Value string }

// Curl writes the body as options of curl.
func (c *Content) Curl() []CurlOption {
	switch data := c.Bytes(); {
	case len(data) == 0:
		return nil
	case bytes.IndexByte(data, 0) >= 0: // no argument can hold it
		return []CurlOption{{"--data-binary", "@body.bin"}}
	default:
		return []CurlOption{{"--data-raw", string(data)}}
	}
}
