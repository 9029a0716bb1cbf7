package cli

import (
	"bytes"
	"io"

	"tokenring/session/lazy"
	"tokenring/ui/cli/app"
)

// onGitHub reports whether GitHub reads commands in the output of this process.
func onGitHub(env *app.Env) bool { return env.Getenv("GITHUB_ACTIONS") == "true" }

// logOf returns the writer of lines for a log in which the words of a server may be. On
// GitHub it takes what begins a command apart: :: at the beginning of a line, and ##[
// anywhere (actions/runner, ActionCommand.cs).
func logOf(env *app.Env, to io.Writer) io.Writer {
	if onGitHub(env) {
		return commandless{to}
	}
	return to
}

type commandless struct{ to io.Writer }

var colons = lazy.Regexp(`(?m)^(\s*):(:)`)

// Write implements io.Writer for whole lines.
func (c commandless) Write(text []byte) (int, error) {
	plain := bytes.ReplaceAll(text, []byte("##["), []byte("## ["))
	if _, err := c.to.Write(colons().ReplaceAll(plain, []byte("$1: $2"))); err != nil {
		return 0, err
	}
	return len(text), nil
}
