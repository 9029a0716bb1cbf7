package emulatortest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tokenring/session/emulator"
)

// nasty clears the screen, sets the title, writes to the clipboard, turns the
// text around and hides some of it.
const nasty = "\x1b[2J\x1b[1;31mowned\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\u009b31m \u202eesrever\u202c\u200b\u2066x\u2069\r\x08\x7f"

type misbehaviour = func(http.ResponseWriter, *emulator.Call)

// kinds is described at HostileKinds.
func (h *Hostile) kinds() map[string]misbehaviour {
	return map[string]misbehaviour{
		"bad-utf8":      sendFixed(http.StatusOK, "application/json", "{\"access_token\":\"caf\xe9\xff\xfe\",\"message\":\"\xc3\x28\"}"),
		"duplicate":     sendFixed(http.StatusOK, "application/json", `{"access_token":"first","access_token":"second","expires_in":60,"expires_in":-1}`),
		"empty":         sendFixed(http.StatusOK, "application/json", ""),
		"escape":        sendEscapes,
		"injection":     sendFixed(http.StatusOK, "application/json", `{"access_token":"token\r\nX-Injected: yes","expires_in":60}`),
		"not-json":      sendFixed(http.StatusOK, "application/json", "<!DOCTYPE html><title>502 Bad Gateway</title><p>{\"access_token\":\"no\"}"),
		"shape-array":   sendFixed(http.StatusOK, "application/json", `[]`),
		"shape-blank":   sendFixed(http.StatusOK, "application/json", `{"access_token":" ","expires_in":"soon"}`),
		"shape-missing": sendFixed(http.StatusOK, "application/json", `{}`),
		"shape-null":    sendFixed(http.StatusOK, "application/json", `null`),
		"shape-object":  sendFixed(http.StatusOK, "application/json", `{"access_token":{"value":["x"]},"expires_in":{}}`),
		"shape-string":  sendFixed(http.StatusOK, "application/json", `"ok"`),
		"wrong-type":    sendFixed(http.StatusOK, "text/html; charset=utf-8", `{"access_token":"typed","expires_in":60}`),

		"big": sendBig, "cookies": sendCookies, "cut": sendCut, "date": sendDate, "deep": sendDeep, "drop": dropConnection,
		"endless": sendEndless, "escape-header": sendEscapesInHeader, "escape-status": sendEscapesInStatus,
		"gzip-bomb": sendGzipBomb, "headers": sendHeaders, "loop": redirectLoop, "malformed-header": sendMalformedHeader, "never": neverAnswer, "reflect": reflectAll,
		"redirect-file": redirectTo(http.StatusFound, func(*emulator.Call) string { return "file:///etc/hostname" }), "redirect-scheme": redirectScheme,
		"redirect":      redirectTo(http.StatusFound, func(*emulator.Call) string { return h.elsewhere() + "/caught" }),
		"redirect-keep": redirectTo(http.StatusTemporaryRedirect, func(*emulator.Call) string { return h.elsewhere() + "/caught" }),
		"slow":          sendSlowly,
	}
}

func sendFixed(status int, contentType, body string) misbehaviour {
	return func(w http.ResponseWriter, _ *emulator.Call) {
		emulator.Reply(status, emulator.Text(body)).With("Content-Type", contentType).Write(w)
	}
}

func sendEscapes(w http.ResponseWriter, _ *emulator.Call) {
	emulator.Reply(http.StatusBadRequest, emulator.Object{"error": nasty, "message": nasty, "details": []string{nasty}, nasty: 1}).Write(w)
}

// sendBig sends valid JSON in pieces.
func sendBig(w http.ResponseWriter, c *emulator.Call) {
	w.Header().Set("Content-Type", "application/json")
	row := `{"name":"` + strings.Repeat("x", 1011) + `"},` + "\n"
	_, _ = io.WriteString(w, "[\n")
	for range c.Int("mb", 11) << 10 {
		if _, err := io.WriteString(w, row); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `{"name":"last"}]`)
}

func sendCookies(w http.ResponseWriter, _ *emulator.Call) {
	for i := range 200 {
		http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("c%d", i), Value: strings.Repeat("v", 1000)})
	}
	http.SetCookie(w, &http.Cookie{Name: "foreign", Value: "x", Domain: "elsewhere.example", Path: "/"})
	emulator.Reply(http.StatusOK, emulator.Object{"access_token": "cookies", "expires_in": 60}).Write(w)
}

func sendCut(w http.ResponseWriter, _ *emulator.Call) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"access_token":"half","note":"the rest is miss`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func sendDate(w http.ResponseWriter, _ *emulator.Call) {
	w.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
	emulator.Reply(http.StatusOK, emulator.Object{"access_token": "dated", "expires_in": 60}).Write(w)
}

func sendDeep(w http.ResponseWriter, _ *emulator.Call) {
	const levels = 100_000
	body := strings.Repeat("[", levels) + strings.Repeat("]", levels)
	emulator.Reply(http.StatusOK, emulator.Text(body)).With("Content-Type", "application/json").Write(w)
}

func dropConnection(http.ResponseWriter, *emulator.Call) { panic(http.ErrAbortHandler) }

func sendEndless(w http.ResponseWriter, c *emulator.Call) {
	w.Header().Set("Content-Type", "application/json")
	piece := `"` + strings.Repeat("more and ", 900) + `",`
	_, err := io.WriteString(w, "[")
	for err == nil && c.Context().Err() == nil {
		_, err = io.WriteString(w, piece)
	}
	panic(http.ErrAbortHandler)
}

// sendEscapesInHeader sends only characters that Go's client accepts: those from
// U+0080 on.
func sendEscapesInHeader(w http.ResponseWriter, _ *emulator.Call) {
	kept := strings.Map(oneLine, nasty)
	emulator.Reply(http.StatusBadRequest, emulator.Object{"error": "see the header"}).
		With("X-Message", kept).With("WWW-Authenticate", `Bearer error="`+kept+`"`).Write(w)
}

// sendMalformedHeader sends an escape character, which Go's client rejects.
func sendMalformedHeader(w http.ResponseWriter, _ *emulator.Call) {
	emulator.Reply(http.StatusBadRequest, emulator.Object{"error": "see the header"}).With("X-Message", nasty).Write(w)
}

func sendEscapesInStatus(w http.ResponseWriter, _ *emulator.Call) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 400 \x1b[2J\x1b]0;owned\x07Bad\r\n"+
		"Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
}

func sendGzipBomb(w http.ResponseWriter, c *emulator.Call) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	zip := gzip.NewWriter(w)
	defer zip.Close()
	blank := []byte(strings.Repeat(" ", 1<<20))
	for range c.Int("mb", 64) {
		if _, err := zip.Write(blank); err != nil {
			return
		}
	}
	_, _ = io.WriteString(zip, "{}")
}

func sendHeaders(w http.ResponseWriter, _ *emulator.Call) {
	for i := range 2048 {
		w.Header().Set(fmt.Sprintf("X-Filler-%d", i), strings.Repeat("h", 1000))
	}
	emulator.Reply(http.StatusOK, emulator.Object{"access_token": "headers", "expires_in": 60}).Write(w)
}

func redirectLoop(w http.ResponseWriter, c *emulator.Call) {
	target := *c.URL
	query := target.Query()
	query.Set("turn", fmt.Sprint(c.Int("turn", 0)+1))
	target.RawQuery = query.Encode()
	redirectTo(http.StatusFound, func(*emulator.Call) string { return target.RequestURI() })(w, c)
}

func neverAnswer(_ http.ResponseWriter, c *emulator.Call) {
	<-c.Context().Done()
	panic(http.ErrAbortHandler)
}

func redirectTo(status int, target func(*emulator.Call) string) misbehaviour {
	return func(w http.ResponseWriter, c *emulator.Call) {
		emulator.Reply(status, emulator.Object{"message": "moved"}).With("Location", target(c)).Write(w)
	}
}

func redirectScheme(w http.ResponseWriter, c *emulator.Call) {
	redirectTo(http.StatusFound, func(c *emulator.Call) string {
		scheme := "https"
		if c.TLS != nil {
			scheme = "http"
		}
		return scheme + "://" + c.Host + "/caught"
	})(w, c)
}

// reflectAll repeats headers, query and body everywhere a client may show them.
func reflectAll(w http.ResponseWriter, c *emulator.Call) {
	var seen strings.Builder
	for name, values := range c.Header {
		fmt.Fprintf(&seen, "%s: %s; ", name, strings.Join(values, ", "))
	}
	message := "cannot accept " + seen.String() + "query " + c.URL.RawQuery + " body " + string(c.Body)
	emulator.Reply(http.StatusBadRequest, emulator.Object{
		"error": message, "message": message, "error_description": message, "headers": c.Header,
		"query": c.URL.Query(), "body": string(c.Body),
	}).With("X-Reflected", strings.Map(oneLine, message)).Write(w)
}

// oneLine drops what a header line cannot hold.
func oneLine(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

func sendSlowly(w http.ResponseWriter, c *emulator.Call) {
	total, err := time.ParseDuration(c.Query("for"))
	if err != nil {
		total = time.Minute
	}
	w.Header().Set("Content-Type", "application/json")
	flush := http.NewResponseController(w)
	_, _ = io.WriteString(w, `{"slow":"`)
	for waited := time.Duration(0); waited < total; waited += time.Second {
		if _, err := io.WriteString(w, "."); err != nil || flush.Flush() != nil || emulator.Sleep(c.Context(), time.Second) != nil {
			panic(http.ErrAbortHandler)
		}
	}
	_, _ = io.WriteString(w, `"}`)
}
