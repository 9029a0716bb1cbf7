package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// writeNew writes a file that must not be there yet. One that could be written
// in part only goes again.
func writeNew(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return app.Advise(fmt.Errorf("%s already exists", secret.CleanLine(path)), "choose another name, or remove the file")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
