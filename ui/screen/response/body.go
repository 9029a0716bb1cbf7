package response

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

// body is the shown form of the answer's body: laid out, raw, or the result
// of jq.
type body struct {
	viewer
	whole *request.Document // laid out; nil until a run has arrived
	raw   bool              // as it came
	made  string            // what made the text that is shown in place of the body; ""

	indexing  screen.Desk
	stopIndex context.CancelFunc
}

// What can make a text of the body.
const (
	madeJQ   = "jq"
	madePipe = "output"
)

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
	return b.indexing.Run(ctx, func() func() tea.Cmd {
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
	o.prompt.clearFilter()
	o.body.raw, o.body.made = !o.body.raw, ""
	if !o.body.raw {
		return o.turnTo(o.body.whole)
	}
	return o.turnTo(request.NewDocument(o.run.Body, answer.MediaText))
}
