package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session/answer"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// printOptions selects the parts of a response to print.
type printOptions struct {
	include bool
	filter  string
	raw     bool
}

func (s *printOptions) flags(cmd *cobra.Command, env *app.Env) {
	f := cmd.Flags()
	f.BoolVarP(&s.include, "include", "i", false, "print status and headers before the body")
	jsonFlag(cmd, env, "print the whole run as a JSON object")
	f.StringVar(&s.filter, "filter", "", "filter the body through `jq`")
	f.BoolVarP(&s.raw, "raw", "r", false, "with --filter: print strings without quotes")
}

// check returns an error for a filter that is no jq.
func (s *printOptions) check() error {
	if s.filter == "" {
		return nil
	}
	_, err := jq.Compile(s.filter)
	if err != nil {
		err = app.Usagef("--filter: %w", err)
	}
	return err
}

// print writes the response to standard output and messages to standard error.
func (s *printOptions) print(ctx context.Context, env *app.Env, run *request.Run) error {
	if env.JSON {
		return term.WriteJSON(env.Out, newRunDocument(run))
	}
	if run.Status == 0 {
		return nil // the error reports it
	}
	env.Notify("%s", run.Summary())
	if run.Replayed {
		env.Notify("The token was rejected once; the session was refreshed and the request sent again.")
	}
	if run.Note != "" && run.Fault() == "" {
		env.Notify("Part of the body cannot be read: %s", run.Note)
	}
	if s.include {
		if err := env.Print(head(run)); err != nil {
			return err
		}
	}
	d := request.FromRun(run)
	switch {
	case s.filter == "":
		return printBody(env, d, run.Body)
	case run.Fault() != "":
		return nil // the error reports it
	}
	filtered, err := d.Filter(ctx, s.filter)
	if err != nil {
		return fmt.Errorf("--filter: %w", err)
	}
	return s.printFiltered(env, filtered)
}

func head(run *request.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %s\n", run.Proto, run.Status, run.StatusText)
	for _, h := range run.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	return b.String() + "\n"
}

// printBody writes a body unchanged, or formatted and sanitized on a terminal.
func printBody(env *app.Env, d *request.Document, body []byte) error {
	if term.Is(env.Out) {
		return printDocument(env.Out, d)
	}
	_, err := env.Out.Write(body)
	return err
}

func (s *printOptions) printFiltered(env *app.Env, d *request.Document) error {
	if !s.raw {
		return printBody(env, d, d.Source())
	}
	for line := range bytes.Lines(d.Source()) {
		var text string
		if json.Unmarshal(line, &text) != nil {
			text = strings.TrimSuffix(string(line), "\n")
		}
		if err := env.Print(text + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// printDocument writes every line of a document, sanitized for a terminal.
func printDocument(out io.Writer, d *request.Document) error {
	const step = 4096
	for from := 0; ; from += step {
		done := d.Index(step)
		var b strings.Builder
		for i := from; i < min(d.Lines(), from+step); i++ {
			for at, more := 0, true; more; at += request.MaxColumns {
				var spans []request.Span
				if spans, more = d.LineSlice(i, at, request.MaxColumns); len(spans) == 0 {
					break
				}
				for _, span := range spans {
					b.WriteString(span.Text)
				}
			}
			b.WriteByte('\n')
		}
		if _, err := io.WriteString(out, b.String()); err != nil || done && d.Lines() <= from+step {
			return err
		}
	}
}

// runDocument is a run as --json prints it.
type runDocument struct {
	ID           string       `json:"id"` // in the history
	At           time.Time    `json:"at"`
	Account      string       `json:"account"`
	Request      string       `json:"request,omitempty"`
	Method       string       `json:"method"`
	URL          string       `json:"url"`
	Status       int          `json:"status"`
	Milliseconds float64      `json:"ms"`
	Size         int64        `json:"size"`
	Headers      []headerLine `json:"headers,omitempty"`
	Body         any          `json:"body"` // unchanged JSON, else text
	Cut          bool         `json:"cut,omitempty"`
	CutReason    string       `json:"cut_reason,omitempty"`
	Note         string       `json:"note,omitempty"` // a content coding or charset that cannot be undone
	Hops         []hop        `json:"hops,omitempty"` // redirects, followed or not
	Verdict      string       `json:"verdict,omitempty"`
	Why          string       `json:"why,omitempty"`
	Outcome      string       `json:"outcome,omitempty"`
	Message      string       `json:"message,omitempty"`
	Asks         string       `json:"asks,omitempty"`
	Replayed     bool         `json:"replayed,omitempty"`
	Refusal      string       `json:"refusal,omitempty"` // what was done about a rejected token
	Reasons      []string     `json:"reasons,omitempty"` // of a refusal, with their evidence
	Error        string       `json:"error,omitempty"`
	Next         string       `json:"next,omitempty"`
	RetryAt      time.Time    `json:"retry_at,omitzero"` // when the server accepts another attempt
}

// headerLine is a header of a response.
type headerLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// hop is a redirect. Its addresses hold no attached query values.
type hop struct {
	Status   int      `json:"status"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Stripped []string `json:"withheld,omitempty"` // headers, parameters and cookies that another origin did not receive
	Refused  string   `json:"refused,omitempty"`  // why it was not followed
}

func newRunDocument(run *request.Run) runDocument {
	a := runDocument{
		ID: run.ID, At: run.At.UTC(), Account: run.Account, Request: run.Spec.Name, Method: run.Method, URL: run.URL, Status: run.Status,
		Milliseconds: float64(run.Timings.Total.Microseconds()) / 1000, Size: run.Size, Cut: run.Cut, CutReason: run.CutReason, Note: run.Note,
		Verdict: string(run.Verdict), Why: run.Why, Outcome: string(run.Kind), Message: run.Message, Asks: run.Asks,
		Replayed: run.Replayed, Error: run.Err, Next: cmp.Or(run.Remedy(), run.Next), RetryAt: run.Retry,
	}
	if run.Refusal != nil {
		a.Refusal = secret.CleanLine(run.Refusal.Text(run.At, time.Local))
	}
	for _, reason := range run.Reasons(time.Local) {
		a.Reasons = append(a.Reasons, reason.Text)
	}
	for _, h := range run.Hops {
		a.Hops = append(a.Hops, hop(h))
	}
	for _, h := range run.Headers {
		a.Headers = append(a.Headers, headerLine(h))
	}
	switch {
	case run.Status == 0 || len(run.Body) == 0:
	case run.Media == answer.MediaJSON && json.Valid(run.Body):
		a.Body = json.RawMessage(run.Body)
	case run.Media != answer.MediaBinary:
		a.Body = string(run.Body)
	}
	return a
}
