package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"tokenring/session/definition"
	"tokenring/session/manager"
	"tokenring/session/project"
	"tokenring/session/reference"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
)

// ring is an opened store with the Manager on it.
type ring struct {
	manager *manager.Manager
	catalog *definition.Catalog
	store   *store.Store
	vault   *vault.Vault
	options ringOptions
	project func() (*project.Project, error) // of the working folder, as it stands now; nil: never asked for
}

// ringOptions says where a ring lies.
type ringOptions struct {
	dir      string // of the store
	backends string // the person's own definitions
	memory   bool   // the vault's key lives in memory alone
}

func (w *World) ownRing(ctx context.Context) (*ring, error) {
	dir, err := store.DefaultDir(w.Getenv)
	if err != nil {
		return nil, err
	}
	config, err := w.configDir()
	if err != nil {
		return nil, err
	}
	return w.openRing(ctx, ringOptions{dir: dir, backends: backendsIn(config)})
}

func (w *World) openRing(ctx context.Context, o ringOptions) (*ring, error) {
	catalog := definition.NewCatalog(o.backends)
	s, err := store.Open(ctx, store.Options{Dir: o.dir, Now: w.Now})
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(ctx, vault.Options{
		Meta: s, Getenv: w.Getenv, Memory: o.memory, LockFile: filepath.Join(o.dir, "vault.lock"),
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	m := manager.New(manager.Config{
		Store: s, Vault: v, Now: w.Now,
		Catalog: catalog, References: &reference.Reader{Getenv: w.Getenv, Run: reference.Programs(w.Env)},
		Client: w.client(),
	})
	return &ring{manager: m, catalog: catalog, store: s, vault: v, options: o}, nil
}

// client is what speaks to servers.
func (w *World) client() *transport.Client {
	return transport.New(transport.Options{Now: w.Now, UserAgent: "tokenring"})
}

// close waits for exchanges under way, so that no rotated token is lost.
func (r *ring) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(r.manager.Wait(ctx), r.store.Close())
}

// backendsIn is where the person's own definitions lie.
func backendsIn(config string) string { return filepath.Join(config, "backends") }

// configDir is $XDG_CONFIG_HOME/tokenring or the platform's own place.
func (w *World) configDir() (string, error) {
	if xdg := w.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "tokenring"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", errors.New("there is no home folder to keep the configuration in; set XDG_CONFIG_HOME")
	}
	return filepath.Join(dir, "tokenring"), nil
}
