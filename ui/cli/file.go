package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tokenring/session/place"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// readInput reads a file, or standard input if name is "-", up to limit bytes.
func readInput(env *app.Env, name string, limit int) ([]byte, error) {
	in := env.In
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	var text bytes.Buffer
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), int64(limit))) + bytes.MinRead)
		}
	}
	_, err := text.ReadFrom(io.LimitReader(in, int64(limit)+1))
	data := text.Bytes()
	if err == nil && len(data) > limit {
		err = fmt.Errorf("%s is larger than %s", secret.CleanLine(name), prose.Size(int64(limit)))
	}
	return data, err
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, text []byte, mode fs.FileMode) error {
	err := place.Write(path, text, mode, false)
	switch {
	case errors.Is(err, fs.ErrExist):
		return app.Advise(fmt.Errorf("%s already exists", secret.CleanLine(path)), "choose another name, or remove the file")
	case err != nil:
		return fmt.Errorf("%s: %w", secret.CleanLine(path), err)
	}
	return nil
}
