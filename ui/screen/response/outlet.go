package response

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/answer"
	"tokenring/session/place"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/preferred"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// outlet takes the shown body out of the program: to the clipboard, into a file, to a
// pager or an editor, and through a command.
type outlet struct {
	save, pipe   *widget.Input
	desk, saving screen.Desk
	stop         context.CancelFunc // of the command that runs; nil: none
	line         string             // the command whose output is shown
	path         string             // where nothing was saved yet; "": none was typed
}

func newOutlet(th *theme.Theme) outlet {
	return outlet{
		save: widget.NewInput(th, "save as ", "a file, or a folder"),
		pipe: widget.NewInput(th, "| ", "a command, such as sort -u"),
	}
}

// end ends the command that runs and reports whether there was one.
func (t *outlet) end() bool {
	if t.stop == nil {
		return false
	}
	t.stop()
	t.desk.Drop()
	t.stop = nil
	return true
}

// send calls use with the shown document, outside of Update. Secrets are masked in it
// as they are on the screen.
func (o *Overlay) send(desk *screen.Desk, use func(ctx context.Context, doc *request.Document) func() tea.Cmd) tea.Cmd {
	if why := o.noBody(); why != "" {
		return screen.Refuse(why)
	}
	ctx, doc := o.Life, o.body.doc
	return desk.Run(ctx, func() func() tea.Cmd { return use(ctx, doc) })
}

// what names what is shown.
func (o *Overlay) what() string {
	switch {
	case o.body.made == madeJQ:
		return "result of jq"
	case o.body.made == madePipe:
		return "output of the command"
	case o.run.Cut:
		return "cut response body"
	}
	return "response body"
}

// copyBody copies the body as it is shown.
func (o *Overlay) copyBody() tea.Cmd {
	account, what := o.account.Account.ID, o.what()
	return o.send(&o.outlet.desk, func(ctx context.Context, doc *request.Document) func() tea.Cmd {
		text := secret.New(string(bytes.TrimSuffix(doc.Bytes(ctx), []byte("\n"))))
		return func() tea.Cmd { return screen.Copy(account, what, text, false) }
	})
}

// page shows the body in the person's pager.
func (o *Overlay) page() tea.Cmd {
	environ := o.ctx.Environ
	return o.send(&o.outlet.desk, func(ctx context.Context, doc *request.Document) func() tea.Cmd {
		p := preferred.Page(ctx, environ, doc.Printable(ctx))
		return func() tea.Cmd { return tea.Exec(p, func(err error) tea.Msg { return left(err, "") }) }
	})
}

// edit opens a copy of the body in the person's editor.
func (o *Overlay) edit() tea.Cmd {
	environ, name := o.ctx.Environ, o.fileName()
	return o.send(&o.outlet.desk, func(ctx context.Context, doc *request.Document) func() tea.Cmd {
		p, err := preferred.Edit(ctx, environ, doc.Bytes(ctx), name)
		if err != nil {
			return func() tea.Cmd { return screen.NotifyError(err) }
		}
		return func() tea.Cmd {
			return tea.Exec(p, func(err error) tea.Msg { return left(err, "the copy was removed from the disk") })
		}
	})
}

// left reports how a program on the terminal ended.
func left(err error, well string) tea.Msg {
	switch {
	case err != nil:
		return screen.NotifyError(err)()
	case well != "":
		return screen.Notify(screen.Info, well)()
	}
	return nil
}

// saveAs writes the body into a file, or into a folder under the name that was suggested.
// Without replace it asks first where the file exists.
func (o *Overlay) saveAs(path string, replace bool) tea.Cmd {
	o.outlet.save.Blur()
	if path == "" {
		return nil
	}
	o.outlet.path = path
	name := o.fileName()
	return o.send(&o.outlet.saving, func(ctx context.Context, doc *request.Document) func() tea.Cmd {
		path, err := place.ExpandHome(path)
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			path = filepath.Join(path, name)
		}
		if whole, absErr := filepath.Abs(path); absErr == nil {
			path = whole
		}
		data := doc.Bytes(context.WithoutCancel(ctx)) // written also when the screen is left meanwhile
		if err == nil {
			err = place.Write(path, data, 0o600, replace)
		}
		return func() tea.Cmd { return o.saved(path, len(data), err) }
	})
}

func (o *Overlay) saved(path string, length int, err error) tea.Cmd {
	shown := o.ctx.Line(path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return screen.Ask(screen.Question{
			Title: "Replace the file?", Text: shown + " exists already; its content would be lost.", Yes: "replace", Danger: true,
			Do: func() tea.Cmd { return o.saveAs(path, true) },
		})
	case err != nil:
		return screen.NotifyError(errors.New(o.ctx.Keys.Sentence(
			fmt.Sprintf("nothing was saved: %s: %v", shown, err), keymap.ResponseSave, "asks for another place")))
	}
	o.outlet.path = ""
	return screen.Notify(screen.Info, "saved the "+o.what()+" in "+shown+", "+requestui.Size(int64(length)))
}

// pipeThrough runs the typed command with the body as its input.
func (o *Overlay) pipeThrough() tea.Cmd {
	t := &o.outlet
	t.pipe.Blur()
	line, environ := strings.TrimSpace(t.pipe.Value()), o.ctx.Environ
	if line == "" {
		return o.endPipe()
	}
	if why := o.noBody(); why != "" { // another response came meanwhile
		return screen.Refuse(why)
	}
	ctx, stop := context.WithCancel(o.Life)
	t.stop = stop
	return o.send(&o.outlet.desk, func(_ context.Context, doc *request.Document) func() tea.Cmd {
		defer stop()
		printed, err := preferred.Pipe(ctx, environ, line, doc.Bytes(ctx), answer.MaxBody)
		media, text, _ := answer.Detect("", printed)
		if media != answer.MediaBinary {
			media = answer.MediaText // as it came, JSON too
		}
		out := request.NewDocument(text, media)
		out.Index(firstLines)
		return func() tea.Cmd { return o.piped(line, out, len(printed), err) }
	})
}

// piped shows what a command printed.
func (o *Overlay) piped(line string, out *request.Document, length int, err error) tea.Cmd {
	o.outlet.stop = nil
	note := screen.NotifyError(err)
	switch {
	case length == 0 && err == nil:
		return screen.Notify(screen.Info, "the command printed nothing")
	case length == 0:
		return note
	case err == nil:
		note = screen.Notify(screen.Info, "the command printed "+requestui.Size(int64(length)))
	}
	o.body.made, o.body.raw, o.outlet.line = madePipe, false, line
	return tea.Batch(o.turnTo(out), note)
}

// endPipe goes back from the output of a command to what jq made of the body, or to the
// body.
func (o *Overlay) endPipe() tea.Cmd {
	if o.body.made != madePipe {
		return nil
	}
	if o.prompt.jq.Value() != "" {
		return o.filter()
	}
	return o.whole()
}
