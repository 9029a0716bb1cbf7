package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/emulator"
	"tokenring/session/request"
	"tokenring/ui"
)

// TestARequestIsKeptInTheFolder puts two requests into a file that is made for
// the first, and fires them without a question, since no other program wrote it.
func TestARequestIsKeptInTheFolder(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.dir = filepath.Join(tr.home, "work")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(tr.dir, 0o700))
	keepOne := func(spec request.Spec) (string, error) {
		env, _, _ := tr.environment(nil)
		r, err := env.Open(t.Context())
		must(err)
		defer r.Close()
		f := ui.Folder{Requests: r.Requests, Project: env.Project, Dir: env.Dir, Home: env.Home()}
		path, _, err := f.File()
		must(err)
		if path != filepath.Join(tr.dir, "tokenring.yaml") {
			t.Errorf("the file is %s", path)
		}
		return f.Keep(t.Context(), "admin@edge", "smoke", &spec)
	}
	for _, spec := range []request.Spec{
		{Name: "about", Target: "", Follow: true, Expect: ".status == 200"},
		{Name: "about", Target: "/v3/process", Follow: true},
	} {
		_, err := keepOne(spec)
		must(err)
	}
	if out, errs, code := tr.run("", "smoke"); code != ExitOK || !strings.Contains(errs, "2 passed") || !strings.Contains(out, "about 2") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}

	path := filepath.Join(tr.dir, "tokenring.yaml")
	text, err := os.ReadFile(path)
	must(err)
	must(os.WriteFile(path, append(text, "# from elsewhere\n"...), 0o600))
	_, err = keepOne(request.Spec{Name: "third", Target: "/v3/process", Follow: true})
	must(err)
	if _, errs, code := tr.run("", "smoke"); code != ExitFailed || !strings.Contains(errs, "has changed since you approved it") {
		t.Errorf("a file that another program changed is trusted after an addition: exit %d, %s", code, errs)
	}
	if _, err := keepOne(request.Spec{Name: "secret", Target: "/", Headers: []request.Pair{{Name: "X", Value: "ghp_16C7e42F292c6912E7710c838347Ae178B4a"}}}); err == nil ||
		!strings.Contains(err.Error(), "this looks like a secret") {
		t.Errorf("a secret is kept: %v", err)
	}
}

func TestHomeIsNoProject(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.dir, tr.env["HOME"] = tr.home, tr.home
	env, _, _ := tr.environment(nil)
	r, err := env.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f := ui.Folder{Requests: r.Requests, Project: env.Project, Dir: env.Dir, Home: env.Home()}
	if _, _, err := f.File(); err == nil || !strings.Contains(err.Error(), "start tokenring in the project") {
		t.Errorf("got %v", err)
	}
}
