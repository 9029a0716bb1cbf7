package vault

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"github.com/zalando/go-keyring"

	"tokenring/session/secret"
)

// service is the name under which the keyring shows the entries.
const service = "tokenring"

// ErrNoEntry is a Keyring's answer when it has no such entry.
var ErrNoEntry = errors.New("the keyring has no such entry")

// Keyring keeps small secrets for the logged-in user. Its methods may block
// while they ask the user something.
type Keyring interface {
	// Get returns ErrNoEntry when there is no such entry.
	Get(service, user string) (string, error)
	Set(service, user, value string) error
	Delete(service, user string) error
}

// systemKeyring is the keyring of the operating system.
type systemKeyring struct{}

func (systemKeyring) Get(service, user string) (string, error) {
	value, err := keyring.Get(service, user)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNoEntry
	}
	return value, err
}

func (systemKeyring) Set(service, user, value string) error { return keyring.Set(service, user, value) }

func (systemKeyring) Delete(service, user string) error { return keyring.Delete(service, user) }

var errNoBus = errors.New("no keyring runs in this session: neither DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR/bus exists")

// checkBus returns an error if the system keyring needs a bus and none runs. A
// call would start a stray one.
func checkBus(getenv func(string) string) error {
	switch runtime.GOOS {
	case "darwin", "windows":
		return nil
	}
	if getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return nil
	}
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "bus")); err == nil {
			return nil
		}
	}
	return errNoBus
}

// cancellableKeyring calls a keyring until a context ends: the calls themselves cannot be
// cancelled, and one that shows a prompt returns when a person has answered it, or never.
type cancellableKeyring struct {
	keyring Keyring
	check   func() error  // before each call
	waits   chan struct{} // what is sent ends the wait of one that reads a key
}

// errSilent is in the place of a deadline that has passed.
var errSilent = errors.New("the keyring did not answer in time; if it shows a prompt, answer it, then try again")

func (p *cancellableKeyring) get(ctx context.Context, user string) (string, error) {
	return p.ask(ctx, p.waits, func() (string, error) { return p.keyring.Get(service, user) })
}

func (p *cancellableKeyring) set(ctx context.Context, user, value string) error {
	_, err := p.ask(ctx, nil, func() (string, error) { return "", p.keyring.Set(service, user, value) })
	return err
}

func (p *cancellableKeyring) delete(ctx context.Context, user string) error {
	_, err := p.ask(ctx, nil, func() (string, error) { return "", p.keyring.Delete(service, user) })
	return err
}

func (p *cancellableKeyring) ask(ctx context.Context, stop <-chan struct{}, call func() (string, error)) (string, error) {
	if err := cmp.Or(ctx.Err(), p.check()); err != nil {
		return "", err
	}
	type answer struct {
		value string
		err   error
	}
	answers := make(chan answer, 1) // room for a late answer
	go func() {
		value, err := call()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, explain(a.err)
	case <-stop:
		return "", context.Canceled
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", errSilent
		}
		return "", ctx.Err()
	}
}

// explain returns a keyring's error without control characters.
func explain(err error) error {
	if err == nil || errors.Is(err, ErrNoEntry) {
		return err
	}
	return errors.New("the keyring refused: " + secret.CleanLine(err.Error()))
}
