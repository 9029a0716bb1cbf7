package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

// Folder finds suites in the project of the working folder, and adds requests to
// them. Without Project there is no folder.
type Folder struct {
	Requests interface { // New sets it
		Trusted(ctx context.Context, src suite.Source) error
		Trust(ctx context.Context, src suite.Source) error
		Specs(ctx context.Context, rec *session.Record) ([]request.Spec, error)
		Clear(ctx context.Context) (*secret.Clear, error)
	}
	Project func() (*project.Project, error) // reads the project; nil if the folder has none
	Dir     func() (string, error)
	Home    string // no project's folder
}

// errNoFolder is the reason why the demo adds no request to a suite.
var errNoFolder = errors.New("the demo has no folder to keep suites in")

// project reads the project of the folder, or returns nil.
func (f Folder) project() (*project.Project, error) {
	if f.Project == nil {
		return nil, nil
	}
	return f.Project()
}

// File returns the project and its file. Without a project, p is nil and path is
// where its file would be.
func (f Folder) File() (path string, p *project.Project, err error) {
	if f.Project == nil || f.Dir == nil {
		return "", nil, errNoFolder
	}
	if p, err = f.Project(); p != nil || err != nil {
		if p != nil {
			path = p.File
		}
		return path, p, err
	}
	dir, err := f.Dir()
	if err != nil {
		return "", nil, err
	}
	home := filepath.Clean(f.Home)
	if dir = filepath.Clean(dir); dir == home || dir == filepath.Dir(dir) {
		return "", nil, errors.New("suites belong to a project; start tokenring in the project's folder")
	}
	return filepath.Join(dir, project.FileName), nil, nil
}

// Keep adds a request to a suite under a name, which it returns. It makes suite and file
// where they are missing. If the user trusted the file before, they trust it with the
// request: the text that was written, even if the file has changed since.
func (f Folder) Keep(ctx context.Context, account, to string, spec *request.Spec) (string, error) {
	path, p, err := f.File()
	if err != nil {
		return "", err
	}
	text, trusted := project.Header(account), true
	if p != nil {
		if text, err = os.ReadFile(path); err != nil {
			return "", err
		}
		trusted = f.Requests.Trusted(ctx, suite.Source{File: path, Hash: project.Hash(text)}) == nil
	} else if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s exists already and was not read", path)
	}
	clear, err := f.Requests.Clear(ctx)
	if err != nil {
		return "", err
	}
	added, name, err := project.Add(text, filepath.Dir(path), to, spec)
	if err == nil {
		err = project.Leak(text, added, clear)
	}
	if err != nil {
		return "", err
	}
	if err := project.Write(path, added); err != nil || !trusted {
		return name, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return name, err
	}
	return name, f.Requests.Trust(ctx, suite.Source{File: path, Hash: project.Hash(added)})
}
