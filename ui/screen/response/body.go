package response

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/screen"
)

// body is the answer's body as it is read: laid out, as it came, or what jq
// made of it.
type body struct {
	viewer
	whole *request.Document // laid out; nil until a run has arrived
	raw   bool              // as it came
	jq    bool              // what jq made of it

	indexing  screen.Desk
	stopIndex context.CancelFunc
}

// Indexing goes on in the background in turns of so many lines; after some
// turns the screen shows the progress.
const (
	indexTurn  = 8192
	indexTurns = 16
)

// turnTo shows another document and makes its lines known.
func (o *Overlay) turnTo(doc *request.Document) tea.Cmd {
	b := &o.body
	b.show(doc)
	if b.stopIndex != nil {
		b.stopIndex()
	}
	ctx, stop := context.WithCancel(o.Life)
	b.stopIndex = stop
	return b.index(ctx, doc)
}

// index indexes the lines of a document in turns until all are known.
func (b *body) index(ctx context.Context, doc *request.Document) tea.Cmd {
	return b.indexing.Run(func() func() tea.Cmd {
		for range indexTurns {
			if ctx.Err() != nil || doc.Index(indexTurn) {
				return nil
			}
		}
		return func() tea.Cmd { return b.index(ctx, doc) }
	})
}

// toggleRaw switches between the body laid out and as it came.
func (o *Overlay) toggleRaw() tea.Cmd {
	if o.noRaw() != "" {
		return nil
	}
	o.prompt.clearFilter()
	o.body.raw, o.body.jq = !o.body.raw, false
	if !o.body.raw {
		return o.turnTo(o.body.whole)
	}
	return o.turnTo(request.NewDocument(o.run.Body, answer.MediaText))
}

// copyBody copies the body as it is shown.
func (o *Overlay) copyBody() tea.Cmd {
	if o.noCopy() != "" {
		return nil
	}
	ctx, doc, raw, received := o.Life, o.body.doc, o.body.raw, o.run.Body
	return o.prompt.copying.Run(func() func() tea.Cmd {
		var text string
		if raw {
			text = string(received)
		} else {
			text = textOf(ctx, doc)
		}
		return func() tea.Cmd { return o.copied(text) }
	})
}

func (o *Overlay) copied(text string) tea.Cmd {
	what := "response body"
	switch {
	case o.body.jq:
		what = "result of jq"
	case o.run != nil && o.run.Cut:
		what = "cut response body"
	}
	return screen.Copy(o.account.Account.ID, what, secret.New(text), false)
}

// sliceRunes is how much of a line is read at a time.
const sliceRunes = 1 << 20

// textOf writes the lines of a document.
func textOf(ctx context.Context, doc *request.Document) string {
	var b strings.Builder
	for !doc.Index(indexTurn) && ctx.Err() == nil {
	}
	for line := 0; line < doc.Lines() && ctx.Err() == nil; line++ {
		for from, more := 0, true; more; from += sliceRunes {
			var spans []request.Span
			spans, more = doc.LineSlice(line, from, sliceRunes)
			for _, s := range spans {
				b.WriteString(s.Text)
			}
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}
