package importer

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/address"
	"tokenring/session/body"
	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/yaml"
)

// harReader reads the log of a browser's network list (HAR 1.2), one entry after the other.
// Of calls that repeat each other the last is kept, whose token is the newest.
type harReader struct {
	source
	entries int
	alike   map[string][]*call // of one kind
	passed  map[string]int     // what was passed over
}

// end ends the log.
func (h *harReader) end() error {
	switch entries := h.root.At("log", "entries"); {
	case entries.Kind != yaml.Sequence:
		return fault(h.place(entries), "", "log.entries is not a list")
	case h.entries == 0:
		return fault(h.place(entries), "reload the page with the network list open, then export again", "the log has no requests in it")
	}
	for _, what := range slices.Sorted(maps.Keys(h.passed)) {
		h.note(h.file, "", "passed over: %s %s", prose.Count(h.passed[what], "request"), what)
	}
	return nil
}

func (h *harReader) entry(e *yaml.Node) {
	h.entries++
	ask := e.At("request")
	c := &call{at: h.place(e), kind: HAR, browser: e.At("_resourceType") != nil, Spec: request.Spec{Method: strings.ToUpper(ask.At("method").Written()), Follow: true}}
	if ask == nil || c.Method == "" {
		h.note(c.at, "", "this entry has no request")
		return
	}
	address := ask.At("url").Written()
	if known := h.address(c, address); !known && !ofBrowser().MatchString(address) {
		h.leaveOut(c.at, "", "the address of this request cannot be read")
		return
	} else if what := noData(e, c); what != "" {
		h.passed[what]++
		return
	}
	for _, n := range ask.At("headers").All() {
		c.put("header", request.Pair{Name: n.At("name").Written(), Value: n.At("value").Written()})
	}
	for _, n := range ask.At("cookies").All() {
		if c.header("Cookie") == "" {
			c.put("cookie", request.Pair{Name: n.At("name").Written(), Value: n.At("value").Written()})
		}
	}
	if h.body(c, ask.At("postData")) {
		h.keep(c)
	}
}

// maxAlike is how many requests of one method and path are kept that differ in the ids of
// the path, the query or the body.
const maxAlike = 5

// keep adds a call, or replaces one that it repeats.
func (h *harReader) keep(c *call) {
	if !h.fits(c) {
		return
	}
	kind := c.sameKind()
	alike := h.alike[kind]
	i := slices.IndexFunc(alike, func(old *call) bool {
		return old.url.Path == c.url.Path && slices.Equal(old.Query, c.Query) && old.Body == c.Body
	})
	if i < 0 && len(alike) < maxAlike {
		h.alike[kind], h.calls = append(alike, c), append(h.calls, c)
		return
	}
	what := "that the log repeats"
	if i < 0 {
		i, what = maxAlike-1, fmt.Sprintf("of a kind of which %d were taken: they differ in the ids of the path, the query or the body", maxAlike)
	}
	h.passed[what]++
	*alike[i] = *c
}

// Paths, addresses, kinds and media types of entries that are no calls of an API, and media
// types of data. A path tells of a file whose answer names no type, or that of any data.
var (
	ofFile    = lazy.Regexp(`(?i)\.(m?js|css|map|html?|png|jpe?g|gif|svg|webp|avif|ico|bmp|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wasm|pdf|zip|webmanifest)$`)
	ofBrowser = lazy.Regexp(`^(data:|blob:|chrome|moz|about:|wss?:|file:)`)
	kindOfTag = lazy.Regexp(`^(document|stylesheet|script|image|font|media|manifest|texttrack|websocket)$`)
	ofPage    = lazy.Regexp(`^(image|font|video|audio)/|^text/(css|html)|javascript`)
	ofData    = lazy.Regexp(`^$|json|xml|^text/plain|^x-unknown|^application/octet-stream`)
)

const notOfData = "that no script made for data"

// noData says what a request was made for, or returns "" if a script made it for data. If the
// browser does not say, it is one that was answered with data or changes something.
func noData(e *yaml.Node, c *call) string {
	kind, media, isGet := e.At("_resourceType").Written(), e.At("response", "content", "mimeType").Written(), c.Method == "GET"
	switch {
	case c.url == nil, c.Method == "OPTIONS" || c.Method == "CONNECT":
		return notOfData
	case kindOfTag().MatchString(kind), isGet && (ofFile().MatchString(c.url.Path) || ofPage().MatchString(media)):
		return "of pages, scripts, styles, pictures and other files"
	case kind == "xhr", kind == "fetch", kind == "" && (!isGet || ofData().MatchString(media)):
		return ""
	}
	return notOfData
}

// body reads the posted data and reports whether it can be kept.
func (h *harReader) body(c *call, post *yaml.Node) bool {
	media := post.At("mimeType").Written()
	if parts := harParts(post, media); len(parts) > 0 {
		c.Body, c.BodyType = body.Compose(parts...), body.Multipart
		return true
	}
	c.Body = post.At("text").Written()
	isText := !strings.HasPrefix(media, "multipart/")
	if post.At("encoding").Written() == "base64" {
		decoded, err := base64.StdEncoding.DecodeString(c.Body)
		c.Body, isText = string(decoded), isText && err == nil && utf8.Valid(decoded)
	}
	if !isText {
		h.leaveOut(h.place(post), "write the request by hand", "%s was left out: its body is not text", c.label())
		return false
	}
	c.offer("Content-Type", media)
	if c.Body == "" {
		for _, n := range post.At("params").All() {
			c.addForm(address.UnescapeQuery(n.At("name").Written()), address.UnescapeQuery(n.At("value").Written()))
		}
	}
	return true
}

// harParts reads the parts of a multipart body, which browsers write as
// parameters or as the text that was sent. A log knows the name of a file, not
// where it lies, and sometimes its text.
func harParts(post *yaml.Node, media string) (parts []body.Part) {
	if !strings.HasPrefix(media, "multipart/form-data") {
		return nil
	}
	add := func(name, media, file, text string) {
		p := body.Part{Name: name, Type: media, Filename: file, Text: text}
		if file != "" && (text == "" || strings.ContainsAny(text, "\x00\ufffd")) { // a log has no bytes
			p.File, p.Filename, p.Text = file, "", ""
		}
		parts = append(parts, p)
	}
	for _, n := range post.At("params").All() {
		add(n.At("name").Written(), n.At("contentType").Written(), n.At("fileName").Written(), n.At("value").Written())
	}
	if len(parts) > 0 {
		return parts
	}
	_, params, _ := mime.ParseMediaType(media)
	r := multipart.NewReader(strings.NewReader(post.At("text").Written()), params["boundary"])
	for {
		part, err := r.NextPart()
		if err != nil {
			return parts
		}
		text, _ := io.ReadAll(part) // a part that is cut off ends the list
		add(part.FormName(), part.Header.Get("Content-Type"), part.FileName(), string(text))
	}
}
