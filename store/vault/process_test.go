package vault

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
)

// A test that needs further processes starts this test binary again with
// these in its environment.
const (
	roleVariable = "TOKENRING_TEST_ROLE"
	dirVariable  = "TOKENRING_TEST_DIR"
)

// play is the main function of another process in the tests: it chooses a way, seals a
// value for the account of its name, and stores it.
func play() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := perform(ctx, os.Getenv(roleVariable), os.Getenv(dirVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func perform(ctx context.Context, role, dir string) error {
	if role == "keyring" {
		return performKeyring(ctx, dir)
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	v, err := Open(ctx, Options{Meta: s, Getenv: os.Getenv, Argon: cheap})
	if err != nil {
		return err
	}
	if role == "rekey" {
		if err := v.Unlock(ctx, secret.String{}); err != nil {
			return err
		}
		return performRekey(ctx, v)
	}
	if err := v.Choose(ctx, session.Way(role), pass); err != nil {
		return err
	}
	id := fmt.Sprint(os.Getpid())
	b := cms
	b.AccountID = id
	box, err := v.Seal(b, []byte("x"))
	if err != nil {
		return err
	}
	return s.PutAccount(ctx, &session.Account{ID: id, Name: id}, []session.Sealed{box})
}

func TestProcessesThatChooseAtOnceEndWithOneKey(t *testing.T) {
	t.Parallel()
	for _, way := range []session.Way{session.WayPassphrase, session.WayVariable} {
		ctx, w := t.Context(), newFixture(t)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), roleVariable+"="+string(way), dirVariable+"="+w.store.Dir(), KeyVariable+"="+someKey)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wg.Wait()
		w.env[KeyVariable] = someKey
		v := w.vault(t)
		check(t, v.Unlock(ctx, pass))
		records, err := w.store.Accounts(ctx)
		check(t, err)
		if len(records) != 4 {
			t.Fatalf("%d of 4 processes stored an account", len(records))
		}
		for _, r := range records {
			sealed, err := w.store.Sealed(ctx, r.Account.ID, "")
			check(t, err)
			b := cms
			b.AccountID = r.Account.ID
			wantOpens(t, v, b, sealed[0], "x")
		}
	}
}

func TestGoroutinesThatChooseAtOnceEndWithOneKey(t *testing.T) {
	t.Parallel()
	ctx, w := t.Context(), newFixture(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []session.Sealed
	for range 4 {
		v := w.vault(t)
		wg.Go(func() {
			if err := v.Choose(ctx, session.WayKeyring, secret.String{}); err != nil {
				t.Error(err)
				return
			}
			s := seal(t, v, cms, "x")
			mu.Lock()
			defer mu.Unlock()
			all = append(all, s)
		})
	}
	wg.Wait()
	v := w.vault(t)
	for _, s := range all {
		wantOpens(t, v, cms, s, "x")
	}
	if len(w.ring.entries) != 1 {
		t.Errorf("the keyring holds %d entries", len(w.ring.entries))
	}
	late := w.vault(t)
	wantErr(t, late.Choose(ctx, session.WayPassphrase, pass), ErrChosen)
}

// TestRealKeyring keeps a key in GNOME Keyring, over a session bus that is
// started for it.
func TestRealKeyring(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed (Debian: apt-get install dbus gnome-keyring)")
		}
	}
	home, run := t.TempDir(), t.TempDir()
	check(t, os.Chmod(run, 0o700))
	dir := filepath.Join(t.TempDir(), "ring")
	inSession := func(script string) string {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "dbus-run-session", "--", "sh", "-c", script, "sh", os.Args[0])
		cmd.WaitDelay = time.Second // the daemons it started keep its output open
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+run, "XDG_DATA_HOME=", "DISPLAY=", "WAYLAND_DISPLAY=",
			roleVariable+"=keyring", dirVariable+"="+dir)
		var out, talk bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &talk
		if err := cmd.Run(); err != nil && !strings.HasSuffix(out.String(), "done\n") {
			t.Fatalf("%v: %s%s", err, out.String(), talk.String())
		}
		return out.String()
	}
	const unlocked = `printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$1"`
	if out := inSession(unlocked); !strings.Contains(out, "chosen keyring, open") {
		t.Errorf("the first run says %s", out)
	}
	if out := inSession(unlocked); !strings.Contains(out, "was keyring, locked; opened x") {
		t.Errorf("the second run says %s", out)
	}
	// The keyring is locked, and there is no screen for a prompt.
	if out := inSession(`exec "$1"`); !strings.Contains(out, "was keyring, locked; the vault is locked") {
		t.Errorf("a locked keyring: %s", out)
	}
}

// performKeyring makes a vault in the keyring and seals a value, or opens the
// value that an earlier run sealed.
func performKeyring(ctx context.Context, dir string) error {
	defer fmt.Println("done")
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	v, err := Open(ctx, Options{Meta: s, Getenv: os.Getenv})
	if err != nil {
		return err
	}
	st := v.Status(ctx)
	if st.State == session.VaultUnset {
		if err := v.Choose(ctx, session.WayKeyring, secret.String{}); err != nil {
			return err
		}
		box, err := v.Seal(cms, []byte("x"))
		if err != nil {
			return err
		}
		st = v.Status(ctx)
		fmt.Printf("chosen %s, %s\n", st.Way, st.State)
		return s.PutAccount(ctx, &session.Account{ID: cms.AccountID, Name: "a"}, []session.Sealed{box})
	}
	fmt.Printf("was %s, %s; ", st.Way, st.State)
	sealed, err := s.Sealed(ctx, cms.AccountID, "")
	if err != nil {
		return err
	}
	plain, err := v.Open(cms, sealed[0])
	if err != nil {
		fmt.Println(v.Unlock(ctx, secret.String{}))
		return nil
	}
	fmt.Printf("opened %s\n", plain)
	return nil
}
