package definition

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"tokenring/session/yaml"
)

// ErrUnknown says that no definition has a name.
var ErrUnknown = errors.New("no such backend")

// Catalog is every definition there is: those built in and those in the
// person's folder, NAME.yaml each. A person's file replaces the built-in one
// of the same name. Files are read once, when they are first asked for: the
// program's start pays for none. It is safe for concurrent use.
type Catalog struct {
	dir string // the person's; "" for none

	mu     sync.Mutex
	listed bool
	dirErr error
	files  map[string]string // name to path in dir; "" where built in
	read   map[string]*parsed

	misnamed []error // files that seem to be definitions and are not read
}

// parsed is a file that was read, or why it could not be.
type parsed struct {
	def *Definition
	err error
}

// NewCatalog makes a catalog; userDir need not exist and may be "".
func NewCatalog(userDir string) *Catalog {
	return &Catalog{dir: userDir, read: map[string]*parsed{}}
}

// Names lists the names of all definitions, broken ones included, sorted. No
// definition is parsed for it.
func (c *Catalog) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names()
}

// Title returns the title of a definition, or its name where it cannot be read.
func (c *Catalog) Title(name string) string {
	if def, err := c.Get(name); err == nil {
		return def.Title
	}
	return name
}

// Get returns a definition. The error is ErrUnknown, a *yaml.Problems, or that of
// reading the file.
func (c *Catalog) Get(name string) (*Definition, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	return c.get(name)
}

// List returns all definitions that are right, sorted by title.
func (c *Catalog) List() []*Definition {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*Definition
	for _, name := range c.names() {
		if d, err := c.get(name); err == nil {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Definition) int {
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return out
}

// Problems returns what is wrong with the person's folder and each broken file
// in it.
func (c *Catalog) Problems() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []error
	names := c.names()
	if c.dirErr != nil {
		out = append(out, c.dirErr)
	}
	out = append(out, c.misnamed...)
	for _, name := range names {
		if _, err := c.get(name); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// Text returns the file of a definition as it was written, and where it lies.
func (c *Catalog) Text(name string) (source string, text []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	return c.text(name)
}

func (c *Catalog) names() []string {
	c.list()
	return slices.Sorted(maps.Keys(c.files))
}

// list looks once which files there are.
func (c *Catalog) list() {
	if c.listed {
		return
	}
	c.listed, c.files = true, map[string]string{}
	entries, err := fs.ReadDir(Builtin(), ".")
	if err != nil {
		panic(err) // the folder is embedded
	}
	for _, e := range entries {
		c.files[strings.TrimSuffix(e.Name(), ".yaml")] = ""
	}
	if c.dir == "" {
		return
	}
	entries, err = os.ReadDir(c.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.dirErr = fmt.Errorf("your definitions cannot be read: %w", err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok && name != "" && !strings.HasPrefix(name, ".") {
			c.files[name] = filepath.Join(c.dir, e.Name())
		} else if name, ok := strings.CutSuffix(e.Name(), ".yml"); ok && name != "" && !strings.HasPrefix(name, ".") {
			c.misnamed = append(c.misnamed, &yaml.Problems{List: []yaml.Problem{{
				File: filepath.Join(c.dir, e.Name()), Text: "this file is not read", Hint: "rename it to " + name + ".yaml",
			}}})
		}
	}
}

func (c *Catalog) get(name string) (*Definition, error) {
	if p := c.read[name]; p != nil {
		return p.def, p.err
	}
	p := &parsed{}
	p.def, p.err = c.parse(name)
	if !errors.Is(p.err, ErrUnknown) {
		c.read[name] = p
	}
	return p.def, p.err
}

func (c *Catalog) parse(name string) (*Definition, error) {
	source, src, err := c.text(name)
	if err != nil {
		return nil, err
	}
	d, err := parseNamed(name, source, src)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(Builtin(), name+".yaml"); err == nil && source != SourceBuiltin {
		d.Source = source + ", instead of the one built in"
	}
	return d, nil
}

// parseNamed parses a definition that must have the name of its file.
func parseNamed(name, source string, src []byte) (*Definition, error) {
	r := yaml.New(source)
	r.Trusted = source == SourceBuiltin
	d, err := parse(r, source, src)
	if err != nil {
		return nil, err
	}
	if d.Name != name {
		return nil, &yaml.Problems{List: []yaml.Problem{{
			File: source, Line: lineOf(src, "name:"), Column: 1, Path: "name",
			Text: fmt.Sprintf("the file of %s names itself %s", name, d.Name),
			Hint: "write name: " + name + ", or rename the file to " + d.Name + ".yaml",
		}}}
	}
	return d, nil
}

// lineOf returns the first line that begins with a key; 0 when none does.
func lineOf(src []byte, key string) int {
	n := 0
	for line := range bytes.Lines(src) {
		if n++; bytes.HasPrefix(line, []byte(key)) {
			return n
		}
	}
	return 0
}

// text reads a file, bounded by one byte more than a definition may have.
func (c *Catalog) text(name string) (source string, text []byte, err error) {
	path, ok := c.files[name]
	switch {
	case !ok:
		hint := yaml.DidYouMean(name, slices.Sorted(maps.Keys(c.files)))
		if hint != "" {
			hint = ", " + hint
		}
		return "", nil, fmt.Errorf("%w: %s%s", ErrUnknown, name, hint)
	case path == "":
		text, err = fs.ReadFile(Builtin(), name+".yaml")
		return SourceBuiltin, text, err
	}
	f, err := os.Open(path)
	if err != nil {
		return path, nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return path, nil, fmt.Errorf("%s: not a file", path)
	}
	text, err = io.ReadAll(io.LimitReader(f, yaml.MaxFile+1))
	return path, text, err
}

// Add makes a definition known that does not lie in the person's folder yet, so
// that an account of it can be looked at before anything is written. It returns
// the path where it belongs. A name that is taken is refused.
func (c *Catalog) Add(name string, text []byte) (path string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	if _, taken := c.files[name]; taken {
		return "", fmt.Errorf("there is a definition %s already", name)
	}
	if c.dir == "" {
		return "", errors.New("there is no folder for definitions")
	}
	path = filepath.Join(c.dir, name+".yaml")
	def, err := parseNamed(name, path, text)
	if err != nil {
		return "", err
	}
	c.files[name], c.read[name] = path, &parsed{def: def}
	return path, nil
}
