package definition

import (
	"embed"
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

	"tokenring/session/place"
	"tokenring/session/private"
	"tokenring/session/yaml"
)

//go:embed builtin/*.yaml
var builtinFiles embed.FS

//go:embed template.yaml
var template string

// SourceBuiltin is the Source of a definition that is part of the program.
const SourceBuiltin = "built in"

// ErrUnknown reports that no definition has the name.
var ErrUnknown = errors.New("no such backend")

// Builtin returns the built-in definitions, each as NAME.yaml.
func Builtin() fs.FS {
	sub, _ := fs.Sub(builtinFiles, "builtin") // fails only for an invalid name
	return sub
}

// Template returns a commented definition to start from.
func Template(name string) []byte {
	first := min(len(name), 1)
	return []byte(strings.NewReplacer("NAME", name, "TITLE", strings.ToUpper(name[:first])+name[first:]).Replace(template))
}

// Catalog holds all definitions: the built-in ones and those in the user's folder, each as
// NAME.yaml. A file of the user replaces the built-in one of the same name. Files are read once,
// at first use; see Reload. A Catalog is safe for concurrent use.
type Catalog struct {
	dir string // the user's folder; or ""

	mu       sync.Mutex
	files    map[string]*file // by name; nil before list
	dirErr   error
	misnamed []error // files that seem to be definitions and are not read
}

// file is the file of a definition.
type file struct {
	name, path string                      // path is "" if it is built in
	load       func() (*Definition, error) // reads it once
}

func newFile(name, path string) *file {
	f := &file{name: name, path: path}
	f.load = sync.OnceValues(f.parse)
	return f
}

// NewCatalog returns a catalog; userDir need not exist and may be "".
func NewCatalog(userDir string) *Catalog { return &Catalog{dir: userDir} }

// Reload makes the catalog read new and changed files.
func (c *Catalog) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files, c.dirErr, c.misnamed = nil, nil, nil
}

// Names lists the names of all definitions, including broken ones, sorted. It parses none.
func (c *Catalog) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	return slices.Sorted(maps.Keys(c.files))
}

// Title returns the title of a definition, or its name if it cannot be read.
func (c *Catalog) Title(name string) string {
	if def, err := c.Get(name); err == nil {
		return def.Title
	}
	return name
}

// Titles returns the titles of all valid definitions. It does not parse built-in files.
func (c *Catalog) Titles() []string {
	var out []string
	for _, name := range c.Names() {
		f, _ := c.file(name)
		if f.path == "" {
			_, text, _ := f.text()
			_, after, _ := strings.Cut(string(text), "\ntitle: ")
			title, _, _ := strings.Cut(after, "\n")
			out = append(out, title)
		} else if def, err := f.load(); err == nil {
			out = append(out, def.Title)
		}
	}
	return out
}

// Get returns a definition. The error is ErrUnknown, a *yaml.Problems, or an error from reading
// the file.
func (c *Catalog) Get(name string) (*Definition, error) {
	f, err := c.file(name)
	if err != nil {
		return nil, err
	}
	return f.load()
}

// Load reads definitions in parallel, for a caller that gets them one by one.
func (c *Catalog) Load(names []string) {
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() { _, _ = c.Get(name) })
	}
	all.Wait()
}

// List returns all valid definitions, the user's own first, sorted by title.
func (c *Catalog) List() []*Definition {
	var out []*Definition
	names := c.Names()
	c.Load(names)
	for _, name := range names {
		if d, err := c.Get(name); err == nil {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Definition) int {
		switch builtin := a.Source == SourceBuiltin; {
		case builtin == (b.Source == SourceBuiltin):
		case builtin:
			return 1
		default:
			return -1
		}
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return out
}

// Words returns the text of a definition's file to search in, or "" if it cannot be read. It leaves out the sources, which
// are at hosts of other servers.
func (c *Catalog) Words(name string) string {
	_, text, _ := c.Text(name)
	var words strings.Builder
	source := false
	for line := range strings.Lines(string(text)) {
		if key, _, _ := strings.Cut(line, ":"); !strings.ContainsAny(line[:1], " -") { // a line of the first level
			source = key == "docs" || key == "from" || key == "proven"
		}
		if !source {
			words.WriteString(line)
		}
	}
	return words.String()
}

// Problems returns the errors of the user's folder and of each broken file in it.
func (c *Catalog) Problems() []error {
	var out []error
	names := c.Names()
	if c.dirErr != nil {
		out = append(out, c.dirErr)
	}
	out = append(out, c.misnamed...)
	for _, name := range names {
		if f, _ := c.file(name); f.path == "" {
			continue // tests cover it
		}
		if _, err := c.Get(name); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// Text returns the text of a definition's file and its source.
func (c *Catalog) Text(name string) (source string, text []byte, err error) {
	f, err := c.file(name)
	if err != nil {
		return "", nil, err
	}
	return f.text()
}

// list lists the files once.
func (c *Catalog) list() {
	if c.files != nil {
		return
	}
	c.files = map[string]*file{}
	entries, _ := builtinFiles.ReadDir("builtin") // embedded above
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".yaml")
		c.files[name] = newFile(name, "")
	}
	if c.dir == "" {
		return
	}
	entries = nil
	err := CheckFolder(c.dir)
	if err == nil {
		entries, err = os.ReadDir(c.dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.dirErr = fmt.Errorf("cannot read your definitions: %w", err)
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		name, path := strings.TrimSuffix(e.Name(), ext), filepath.Join(c.dir, e.Name())
		switch {
		case name == "" || strings.HasPrefix(name, "."):
		case ext == ".yaml":
			c.files[name] = newFile(name, path)
		case ext == ".yml":
			c.misnamed = append(c.misnamed, &yaml.Problems{List: []yaml.Problem{{
				File: path, Text: "this file is not read", Hint: "rename it to " + name + ".yaml",
			}}})
		}
	}
}

// CheckFolder returns an error if others can write to a folder of definitions or replace it. It
// may be fs.ErrNotExist.
func CheckFolder(dir string) error {
	if err := private.Folder(filepath.Dir(dir), private.Reading); err != nil {
		return err
	}
	return private.Folder(dir, private.Reading)
}

// file returns the file of a name, or ErrUnknown.
func (c *Catalog) file(name string) (*file, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	if f := c.files[name]; f != nil {
		return f, nil
	}
	hint := yaml.DidYouMean(name, slices.Sorted(maps.Keys(c.files)))
	if hint != "" {
		hint = ", " + hint
	}
	if c.dirErr != nil {
		hint += "; " + c.dirErr.Error()
	}
	return nil, fmt.Errorf("%w: %s%s", ErrUnknown, name, hint)
}

func (f *file) parse() (*Definition, error) {
	source, src, err := f.text()
	if err != nil {
		return nil, err
	}
	d, err := parse(source, f.name, src)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(Builtin(), f.name+".yaml"); err == nil && f.path != "" {
		d.Source = source + ", instead of the one built in"
	}
	return d, nil
}

// text reads at most one byte more of a file than a definition may have.
func (f *file) text() (source string, text []byte, err error) {
	if f.path == "" {
		text, err = fs.ReadFile(Builtin(), f.name+".yaml")
		return SourceBuiltin, text, err
	}
	if err := private.File(f.path, private.Reading); err != nil {
		return f.path, nil, err
	}
	open, err := os.Open(f.path)
	if err != nil {
		return f.path, nil, err
	}
	defer open.Close()
	text, err = io.ReadAll(io.LimitReader(open, yaml.MaxFile+1))
	return f.path, text, err
}

// Begin writes the template of a definition to the user's folder and returns its path. It keeps
// an existing file.
func (c *Catalog) Begin(name string) (path string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	if c.dir == "" {
		return "", errors.New("there is no folder for definitions")
	}
	path = filepath.Join(c.dir, name+".yaml")
	text := Template(name)
	if _, err := parse(path, name, text); err != nil {
		return "", fmt.Errorf("%q cannot be the name of a definition: use lower-case letters, digits, dots, dashes and underscores", name)
	}
	if f := c.files[name]; f != nil && f.path == "" {
		return "", fmt.Errorf("%s is built in: choose another name", name)
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", err
	}
	if err := CheckFolder(c.dir); err != nil {
		return "", err
	}
	if err := place.Write(path, text, 0o600, false); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	return path, nil
}

// Reread reads the current file of a user's definition.
func (c *Catalog) Reread(name string) (*Definition, error) {
	c.mu.Lock()
	c.list()
	c.files[name] = newFile(name, filepath.Join(c.dir, name+".yaml"))
	c.mu.Unlock()
	return c.Get(name)
}

// Add adds a definition that is not in the user's folder yet, so that an account of it can be
// previewed before anything is written. It returns the path for the definition, or an error if
// the name is taken.
func (c *Catalog) Add(name string, text []byte) (path string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list()
	if _, taken := c.files[name]; taken {
		return "", fmt.Errorf("the definition %s already exists", name)
	}
	if c.dir == "" {
		return "", errors.New("there is no folder for definitions")
	}
	if c.dirErr != nil {
		return "", c.dirErr
	}
	path = filepath.Join(c.dir, name+".yaml")
	def, err := parse(path, name, text)
	if err != nil {
		return "", err
	}
	c.files[name] = &file{name, path, func() (*Definition, error) { return def, nil }}
	return path, nil
}
