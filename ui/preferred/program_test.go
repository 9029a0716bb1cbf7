package preferred

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// script writes a program that is used as an editor.
func script(t *testing.T, body string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the editors of this test are shell scripts")
	}
	path := filepath.Join(t.TempDir(), "edit.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheBodyIsEditedInAPrivateFileThatIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	seen := filepath.Join(t.TempDir(), "seen")
	path := script(t, `stat -c '%a' "$2" "$(dirname "$2")" > `+seen+`; cat "$2" >> `+seen+`; printf '{"b": 2}\n' > "$2"`)
	e, err := Edit(t.Context(), []string{"EDITOR=false", "VISUAL=" + path + " --wait", "PATH=" + os.Getenv("PATH")}, []byte(`{"a": 1}`), "body.json")
	if err != nil {
		t.Fatal(err)
	}
	e.temp = t.TempDir()
	if err := e.Run(); err != nil {
		t.Fatal(err)
	}
	if string(e.Text) != `{"b": 2}` {
		t.Errorf("the body became %q", string(e.Text))
	}
	if got, _ := os.ReadFile(seen); string(got) != "600\n700\n{\"a\": 1}" {
		t.Errorf("the editor found %q", got)
	}
	if left, _ := os.ReadDir(e.temp); len(left) > 0 {
		t.Errorf("%s was left behind", left[0].Name())
	}
}

func TestAFailedEditorChangesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`printf lost > "$1"; exit 3`, `rm "$1"`} {
		path := script(t, body)
		e, err := Edit(t.Context(), []string{"EDITOR=" + path, "PATH=" + os.Getenv("PATH")}, []byte("kept"), "body.txt")
		if err != nil {
			t.Fatal(err)
		}
		e.temp = t.TempDir()
		if err := e.Run(); err == nil || strings.Contains(err.Error(), "kept") {
			t.Errorf("%s: %v", body, err)
		}
		if string(e.Text) != "kept" {
			t.Errorf("%s: the body became %q", body, string(e.Text))
		}
		if left, _ := os.ReadDir(e.temp); len(left) > 0 {
			t.Errorf("%s was left behind", left[0].Name())
		}
	}
}

// TestAnEditorRestoresTheTerminalBeforeItEnds ends the life of an editor that is open.
func TestAnEditorRestoresTheTerminalBeforeItEnds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := script(t, `trap 'echo > `+dir+`/restored; exit 1' TERM; echo > `+dir+`/open; while :; do sleep 0.01; done`)
	life, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Open(life, []string{path}, os.Environ(), dir).Run() }()
	for {
		if _, err := os.Stat(dir + "/open"); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	end()
	err := <-ended
	if _, missing := os.Stat(dir + "/restored"); missing != nil || err == nil {
		t.Error(missing, err)
	}
}

func TestWithoutVariablesTheEditorIsVi(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no vi")
	}
	e, err := Edit(t.Context(), nil, []byte(""), "body.txt")
	if err != nil || !slices.Equal(e.command, []string{"vi"}) {
		t.Errorf("%v, %v", e.command, err)
	}
}
