//go:build unix

package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestImportAsksFirst pastes a command into the terminal and answers there.
func TestImportAsksFirst(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	p := newUser(t)
	imports := func(answer string) (string, int) {
		out := &bytes.Buffer{}
		env, _, _ := tr.environment(p.tty, "import")
		env.Out, env.Err = out, p.tty
		go func() {
			p.answers("ctrl+d.", "curl https://a.example/me -H 'X-Api-Key: "+canary+"'\n\x04")
			p.answers("Import this? [y/N]: ", answer)
		}()
		code := run(env)
		return out.String(), code
	}
	out, code := imports("n\n")
	contains(t, out, "new   a.example")
	if list, _ := tr.must("", "ls"); code != ExitFailed || list != "" {
		t.Errorf("declined: exit %d, %s", code, list)
	}
	if _, code = imports("y\n"); code != ExitOK {
		t.Errorf("exit %d: %s", code, p.screen())
	}
	if list, _ := tr.must("", "ls"); !strings.Contains(list, "a.example") {
		t.Errorf("agreed: %s", list)
	}
}
