package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session/body"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Bounds of the shown part of a request or response.
const (
	maxShownBody  = 4 << 10
	maxShownLines = 40
	maxShownLine  = 400
)

// stepPrinter prints one step of a flow, with secrets masked.
type stepPrinter struct {
	t   *tryout
	o   *flow.Observation
	out io.Writer
}

func (p *stepPrinter) line(format string, args ...any) {
	text := []rune(secret.CleanLine(fmt.Sprintf(format, args...)))
	if len(text) > maxShownLine {
		text = append(text[:maxShownLine-1], '…')
	}
	fmt.Fprintln(p.out, string(text))
}

func (p *stepPrinter) print() {
	o := p.o
	fmt.Fprintln(p.out)
	head := fmt.Sprintf("%s %d/%d  %s", o.Flow, o.Index, o.Of, o.Text)
	if o.Skipped {
		p.line("%s  skipped: its condition is false", head)
		return
	}
	p.line("%s", head)
	p.request()
	p.answer()
	p.captures()
}

func (p *stepPrinter) request() {
	sent := p.o.Sent
	if sent == nil {
		return
	}
	address := *sent.URL
	for _, name := range sortedNames(sent.AttachQuery) {
		join := "&"
		if address.RawQuery == "" {
			join = ""
		}
		address.RawQuery += join + name + "=" + secret.Hidden
	}
	p.line("  > %s %s", sent.Method, p.o.Redact.Text(address.String()))
	p.headers("  > ", sent.Header)
	p.headers("  > ", sent.AttachHeader)
	for _, c := range sent.AttachCookie {
		p.line("  > Cookie: %s=%s", c.Name, secret.Mask(c.Value))
	}
	p.body("  > ", sent.Body.Shown())
}

// headers prints headers in order, and masks values that are known secrets, or
// whose name or look suggests one.
func (p *stepPrinter) headers(mark string, headers map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		for _, value := range headers[name] {
			p.line("%s%s: %s", mark, name, p.masked(name, value))
		}
	}
}

func (p *stepPrinter) masked(name, value string) string {
	if clean := p.o.Redact.Text(value); clean != value {
		return clean
	}
	if strings.EqualFold(name, "Set-Cookie") {
		cookie, rest, _ := strings.Cut(value, ";")
		key, val, _ := strings.Cut(cookie, "=")
		return key + "=" + secret.Mask(val) + ";" + rest
	}
	return maskSecret(name, value)
}

// maskSecret masks a value whose name or look suggests a secret.
func maskSecret(name, value string) string {
	if secret.Why(name, value) != "" {
		return secret.Mask(value)
	}
	return value
}

func (p *stepPrinter) body(mark string, body []byte) {
	if len(body) == 0 {
		return
	}
	text := maskBody(string(p.o.Redact.Bytes(body)))
	cut := len(text) > maxShownBody
	if cut {
		text = strings.ToValidUTF8(text[:maxShownBody], "")
	}
	n := 0
	for line := range strings.Lines(secret.CleanText(text)) {
		if n++; n > maxShownLines {
			cut = true
			break
		}
		p.line("%s%s", mark, strings.TrimRight(line, "\n"))
	}
	if cut {
		p.line("%s… of %d bytes", mark, len(body))
	}
}

func (p *stepPrinter) answer() {
	o := p.o
	if o.Response == nil {
		return
	}
	res := o.Response
	p.line("  < %d · %s · %d bytes", res.Status, res.Timings.Total.Round(time.Millisecond/10), res.Size)
	for _, hop := range res.Hops {
		p.line("  < redirect %d to %s %s", hop.Status, o.Redact.Text(hop.To), hop.Refused)
	}
	p.headers("  < ", res.Header)
	p.body("  < ", res.Body)
	switch {
	case o.Outcome != nil:
		p.line("  outcome  %s  %s", o.Outcome.Is, p.t.place(p.t.def.OutcomePath(o.Outcome), o.Outcome.When.Source()))
	case res.Status >= 200 && res.Status < 300:
		p.line("  outcome  none matches; a 2xx continues")
	default:
		p.line("  outcome  none matches %d", res.Status)
	}
}

func (p *stepPrinter) captures() {
	for _, c := range p.o.Captured {
		where := p.t.place(p.t.stepPath(p.o.Flow, p.o.Index, ""), c.Query.Source())
		switch {
		case c.Err != nil:
			p.line("  failed   %s  %v  %s", c.Name, c.Err, where)
		case !c.Value.IsZero():
			p.line("  captured %s  %s  %s", c.Name, secret.Mask(c.Value.Reveal()), c.Query.Source())
		case c.Optional:
			p.line("  nothing  %s?  %s", c.Name, where)
		default:
			p.line("  missing  %s  %s", c.Name, where)
		}
	}
}

// maskBody indents JSON and masks the values whose name or look suggests a
// secret, such as a token that no capture found. In other text it masks the words
// that look like secrets.
func maskBody(text string) string {
	if json.Valid([]byte(text)) {
		text = body.Rewrite(body.JSON, text, func(l body.Leaf) string {
			if l.Number {
				return l.Value
			}
			return maskSecret(l.Name, l.Value)
		})
		var out bytes.Buffer
		if json.Indent(&out, []byte(text), "", "  ") == nil {
			return out.String()
		}
	}
	var out strings.Builder
	for len(text) > 0 {
		n := strings.IndexAny(text, " \t\r\n\"'<>()[]{},;:&=?|")
		if n < 0 {
			n = len(text)
		}
		out.WriteString(maskSecret("", text[:n]))
		if n < len(text) {
			out.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return out.String()
}
