package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"

	"tokenring/session/secret"
)

// service is the name under which the keyring shows our entries.
const service = "tokenring"

// ErrNoEntry is a Keyring's answer when it has no such entry.
var ErrNoEntry = errors.New("the keyring has no such entry")

// Keyring keeps small secrets for the user who is logged in. Its methods may
// block for as long as a person is asked something.
type Keyring interface {
	// Get returns ErrNoEntry when there is no such entry.
	Get(service, user string) (string, error)
	Set(service, user, value string) error
	Delete(service, user string) error
}

// systemKeyring is the keyring of the operating system.
type systemKeyring struct{ getenv func(string) string }

func (k systemKeyring) Get(service, user string) (string, error) {
	if err := k.present(); err != nil {
		return "", err
	}
	value, err := keyring.Get(service, user)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNoEntry
	}
	return value, err
}

func (k systemKeyring) Set(service, user, value string) error {
	if err := k.present(); err != nil {
		return err
	}
	return keyring.Set(service, user, value)
}

func (k systemKeyring) Delete(service, user string) error {
	if err := k.present(); err != nil {
		return err
	}
	return keyring.Delete(service, user)
}

var errNoBus = errors.New("no keyring runs in this session: neither DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR/bus is there")

// present reports whether there is a bus to ask over. Without one, asking would
// start a stray bus.
func (k systemKeyring) present() error {
	switch runtime.GOOS {
	case "darwin", "windows":
		return nil
	}
	if k.getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	if dir := k.getenv("XDG_RUNTIME_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "bus")); err == nil {
			return nil
		}
	}
	return errNoBus
}

// patient asks a keyring and waits so long and no longer: the keyring's own
// calls can be neither cancelled nor limited, and one that shows a prompt, or
// hangs, never returns.
type patient struct {
	keyring Keyring
	wait    time.Duration
}

// silentError says that the keyring has not answered.
type silentError struct{ wait time.Duration }

func (e *silentError) Error() string {
	return fmt.Sprintf("the keyring did not answer within %s; if it shows a prompt, answer it, then try again", e.wait)
}

func (p *patient) get(ctx context.Context, user string) (string, error) {
	return p.ask(ctx, func() (string, error) { return p.keyring.Get(service, user) })
}

func (p *patient) set(ctx context.Context, user, value string) error {
	_, err := p.ask(ctx, func() (string, error) { return "", p.keyring.Set(service, user, value) })
	return err
}

func (p *patient) delete(ctx context.Context, user string) error {
	_, err := p.ask(ctx, func() (string, error) { return "", p.keyring.Delete(service, user) })
	return err
}

func (p *patient) ask(ctx context.Context, call func() (string, error)) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	type answer struct {
		value string
		err   error
	}
	answers := make(chan answer, 1) // room for an answer that comes too late
	go func() {
		value, err := call()
		answers <- answer{value, err}
	}()
	limit := time.NewTimer(p.wait)
	defer limit.Stop()
	select {
	case a := <-answers:
		return a.value, explain(a.err)
	case <-limit.C:
		return "", &silentError{p.wait}
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// explain makes what a keyring says fit to be shown.
func explain(err error) error {
	if err == nil || errors.Is(err, ErrNoEntry) || errors.Is(err, errNoBus) {
		return err
	}
	return errors.New("the keyring refused: " + secret.CleanLine(err.Error()))
}
