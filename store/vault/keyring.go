package vault

import (
	"cmp"
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

var errNoBus = errors.New("no keyring runs in this session: there is neither DBUS_SESSION_BUS_ADDRESS nor $XDG_RUNTIME_DIR/bus")

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

// limitedKeyring calls a keyring with a time limit: the calls themselves cannot
// be cancelled, and one that shows a prompt may never return.
type limitedKeyring struct {
	keyring Keyring
	check   func() error // before each call
	wait    time.Duration
}

func (p *limitedKeyring) get(ctx context.Context, user string) (string, error) {
	return p.ask(ctx, func() (string, error) { return p.keyring.Get(service, user) })
}

func (p *limitedKeyring) set(ctx context.Context, user, value string) error {
	_, err := p.ask(ctx, func() (string, error) { return "", p.keyring.Set(service, user, value) })
	return err
}

func (p *limitedKeyring) delete(ctx context.Context, user string) error {
	_, err := p.ask(ctx, func() (string, error) { return "", p.keyring.Delete(service, user) })
	return err
}

func (p *limitedKeyring) ask(ctx context.Context, call func() (string, error)) (string, error) {
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
	limit := time.NewTimer(p.wait)
	defer limit.Stop()
	select {
	case a := <-answers:
		return a.value, explain(a.err)
	case <-limit.C:
		return "", fmt.Errorf("the keyring did not answer within %s; if it shows a prompt, answer it, then try again", p.wait)
	case <-ctx.Done():
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
