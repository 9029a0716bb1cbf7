package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tokenring/session/body"
	"tokenring/session/flow"
	"tokenring/session/request"
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
	run request.Run // its call, with known secrets masked
}

func (p *stepPrinter) line(format string, args ...any) {
	text := []rune(secret.CleanLine(fmt.Sprintf(format, args...)))
	if len(text) > maxShownLine {
		text = append(text[:maxShownLine-1], '…')
	}
	fmt.Fprintln(p.t.env.Out, string(text))
}

func (p *stepPrinter) print() {
	o := p.o
	fmt.Fprintln(p.t.env.Out)
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
	if p.o.Sent == nil {
		return
	}
	p.run.Sent("", p.o.Sent, p.o.Redact)
	p.line("  > %s %s", p.run.Method, p.run.URL)
	p.headers("  > ", p.run.RequestHeaders)
	p.body("  > ", p.run.RequestBody)
}

// headers prints headers, and masks values whose name or look suggests a secret.
func (p *stepPrinter) headers(mark string, headers []request.Line) {
	for _, h := range headers {
		value := h.Value
		if strings.EqualFold(h.Name, "Set-Cookie") {
			cookie, rest, _ := strings.Cut(value, ";")
			name, content, _ := strings.Cut(cookie, "=")
			value = name + "=" + secret.Mask(content) + ";" + rest
		} else if !strings.Contains(value, secret.Hidden) {
			value = maskSecret(h.Name, value)
		}
		p.line("%s%s: %s", mark, h.Name, value)
	}
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
	text := maskBody(string(body))
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
	o, res := p.o, p.run
	if o.Response == nil {
		return
	}
	res.Answered(o.Response, nil, nil, o.Redact)
	p.line("  < %d · %s · %d bytes", res.Status, res.Timings.Total.Round(time.Millisecond/10), res.Size)
	for _, hop := range res.Hops {
		p.line("  < redirect %d to %s %s", hop.Status, hop.To, hop.Refused)
	}
	p.headers("  < ", res.Headers)
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
