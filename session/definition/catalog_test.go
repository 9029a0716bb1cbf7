package definition

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tokenring/session/private"
	"tokenring/session/yaml"
)

// minimal is the smallest definition there is.
const minimal = `name: NAME
title: "Title of NAME"
base_url: https://api.example
logins: [{name: paste, fields: [{name: pasted, secret: true}], steps: [{capture: {token: .pasted}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCatalogHoldsTheBuiltinsAndThePersonsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "mine.yaml", strings.ReplaceAll(minimal, "NAME", "mine"))
	write(t, dir, "knack.yaml", strings.ReplaceAll(minimal, "NAME", "knack"))
	write(t, dir, "broken.yaml", "name: broken\nbase: x\n")
	write(t, dir, "renamed.yaml", strings.ReplaceAll(minimal, "NAME", "other"))
	write(t, dir, "notes.txt", "no definition")
	write(t, dir, "short.yml", strings.ReplaceAll(minimal, "NAME", "short"))
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := NewCatalog(dir)

	builtins := NewCatalog("").Names()
	want := slices.Sorted(slices.Values(append([]string{"broken", "folder", "mine", "renamed"}, builtins...)))
	if got := c.Names(); !slices.Equal(got, want) {
		t.Errorf("names are %v", got)
	}
	for name, title := range map[string]string{
		"mine": "Title of mine", "token": "Any API, with a token you have", "broken": "broken", "none": "none",
	} {
		if got := c.Title(name); got != title {
			t.Errorf("the title of %s is %q", name, got)
		}
	}

	mine, err := c.Get("mine")
	if err != nil || mine.Source != filepath.Join(dir, "mine.yaml") {
		t.Errorf("mine is from %v, %v", mine, err)
	}
	if again, _ := c.Get("mine"); again != mine {
		t.Error("a definition is parsed twice")
	}
	if knack, err := c.Get("knack"); err != nil || !strings.HasSuffix(knack.Source, "knack.yaml, instead of the one built in") {
		t.Errorf("knack: %v, %v", knack, err)
	}
	if d, err := c.Get("expressa"); err != nil || d.Source != SourceBuiltin {
		t.Errorf("expressa: %v", err)
	}
	var problems *yaml.Problems
	if _, err := c.Get("broken"); !errors.As(err, &problems) || problems.List[0].File != filepath.Join(dir, "broken.yaml") {
		t.Errorf("broken: %v", err)
	}
	if _, err := c.Get("expresa"); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "did you mean expressa?") {
		t.Errorf("expresa: %v", err)
	}

	var titles []string
	for _, d := range c.List() {
		titles = append(titles, d.Title)
	}
	if len(titles) != len(builtins)+1 || titles[0] != "Title of knack" || titles[1] != "Title of mine" || !slices.IsSortedFunc(titles[2:], func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	}) {
		t.Errorf("listed are %v", titles)
	}
	got := c.Problems()
	if len(got) != 4 || !strings.HasSuffix(got[0].Error(), "short.yml: this file is not read (rename it to short.yaml)") ||
		!strings.HasSuffix(got[3].Error(), "renamed.yaml:1:1: name: the file of renamed names itself other (write name: renamed, or rename the file to other.yaml)") {
		t.Errorf("problems are %v", got)
	}
	if source, text, err := c.Text("broken"); err != nil || len(text) == 0 || !strings.HasSuffix(source, "broken.yaml") {
		t.Errorf("the text of broken: %q, %q, %v", source, text, err)
	}
}

// A listing, the welcome and the search for problems parse no definition that is built
// in, and an account only its own.
func TestOnlyDefinitionsInUseAreParsed(t *testing.T) {
	t.Parallel()
	c := NewCatalog("")
	c.Names()
	var parsed []string
	for _, f := range c.files {
		load := f.load
		f.load = func() (*Definition, error) {
			parsed = append(parsed, f.name)
			return load()
		}
	}
	titles := c.Titles()
	if problems := c.Problems(); len(problems) > 0 || len(parsed) > 0 {
		t.Errorf("problems are %v, parsed are %v", problems, parsed)
	}
	if title := c.Title("vault"); title != "Vault" || !slices.Equal(parsed, []string{"vault"}) {
		t.Errorf("the title is %s, parsed are %v", title, parsed)
	}
	for i, name := range c.Names() {
		if got := c.Title(name); got != titles[i] {
			t.Errorf("the title of %s is read as %s, and is %s", name, titles[i], got)
		}
	}
}

// A new page is taken in as soon as it is right, and again after each change.
func TestAPageIsBegunAndTakenIn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "config", "backends")
	c := NewCatalog(dir)
	if len(c.List()) == 0 { // nothing is there yet
		t.Fatal("no definitions")
	}
	for _, name := range []string{"", "Shop", "../shop", "vault"} {
		if path, err := c.Begin(name); err == nil {
			t.Errorf("%q was begun as %s", name, path)
		}
	}
	path, err := c.Begin("shop")
	if err != nil {
		t.Fatal(err)
	}
	if def, err := c.Reread("shop"); err != nil || def.Title != "Shop" || def.Source != path {
		t.Errorf("%+v, %v", def, err)
	}
	write(t, dir, "shop.yaml", "name: shop\n")
	if _, err := c.Begin("shop"); err != nil {
		t.Errorf("a page that was begun: %v", err)
	}
	if _, err := c.Reread("shop"); err == nil || len(c.Problems()) != 1 {
		t.Errorf("a page with mistakes: %v, %v", err, c.Problems())
	}
	write(t, dir, "shop.yaml", strings.ReplaceAll(minimal, "NAME", "shop"))
	if def, err := c.Reread("shop"); err != nil || def.Title != "Title of shop" {
		t.Errorf("%+v, %v", def, err)
	}
}

// The sources of a definition say where its documentation lies, and not what it is for.
func TestADefinitionIsNotFoundByItsSources(t *testing.T) {
	t.Parallel()
	c := NewCatalog("")
	for name, has := range map[string]bool{"github": true, "github-app": true, "nhost": false, "knack": false, "backendless": false} {
		words := c.Words(name)
		if strings.Contains(words, "github.com") != has || !strings.Contains(words, "logins:") || !strings.Contains(words, "fields:") {
			t.Errorf("%s: %s", name, words)
		}
	}
	dir := t.TempDir()
	write(t, dir, "shop.yaml", strings.ReplaceAll(minimal, "NAME", "shop")+"from:\n- https://forge.example/shop\n")
	if words := NewCatalog(dir).Words("shop"); strings.Contains(words, "forge.example") || !strings.Contains(words, "shop") {
		t.Errorf("a list of sources: %s", words)
	}
}

func TestCatalogWorksWithoutAFolder(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "none")} {
		c := NewCatalog(dir)
		if len(c.List()) < 20 || len(c.Problems()) != 0 {
			t.Errorf("with %q: %d definitions, %v", dir, len(c.List()), c.Problems())
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := NewCatalog(file); len(c.List()) < 20 || len(c.Problems()) != 1 {
		t.Errorf("with a file: %v", c.Problems())
	}
}

// A listing of accounts of three backends reads three definitions.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		c := NewCatalog("")
		for _, name := range []string{"datarhei-core", "knack", "backendless"} {
			if _, err := c.Get(name); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Others must not decide where secrets are sent.
func TestDefinitionsThatOthersMayWriteAreNotRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits mean nothing on Windows")
	}
	for _, loose := range []string{".", "backends", "backends/mine.yaml"} {
		config := t.TempDir()
		dir := filepath.Join(config, "backends")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "mine.yaml", string(Template("mine")))
		if _, err := NewCatalog(dir).Get("mine"); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(config, loose), 0o777); err != nil {
			t.Fatal(err)
		}
		c := NewCatalog(dir)
		if _, err := c.Get("mine"); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("%s: %v", loose, err)
		}
		if problems := c.Problems(); len(problems) != 1 || !errors.Is(problems[0], private.ErrPermissions) {
			t.Errorf("%s: %v", loose, problems)
		}
	}
}
