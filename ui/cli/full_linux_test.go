package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
)

const smallSize = "size=8m"

// smallDisk gives the ring a disk of smallSize.
func (tr *cliTest) smallDisk() (disk string) {
	tr.t.Helper()
	disk = tr.t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, smallSize); err != nil {
		tr.t.Skip("this user cannot mount a file system:", err)
	}
	tr.t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	tr.env["TOKENRING_HOME"] = filepath.Join(disk, "ring")
	return disk
}

// fill leaves at most left bytes of a disk; free undoes it.
func (tr *cliTest) fill(disk string, left int64) (free func()) {
	tr.t.Helper()
	path := filepath.Join(disk, "fill")
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		tr.t.Fatal(err)
	}
	if n := int64(st.Bavail)*st.Bsize - left; n > 0 {
		if err := os.WriteFile(path, make([]byte, n), 0o600); err != nil {
			tr.t.Fatal(err)
		}
	}
	return func() { _ = os.Remove(path) }
}

// market adds an account whose refresh tokens are spent by their use, logged in.
func (tr *cliTest) market() *emulatortest.Rotating {
	tr.t.Helper()
	tr.file("config/tokenring/backends/market.yaml", string(emulator.RotatingDefinition))
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: tr.now})
	l, err := emulator.Start(server)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { l.Close() })
	tr.must("", "add", "me@market", "--backend", "market", "--set", "address="+l.URL, "--set", "username=admin")
	tr.must(emulator.Password+"\n", "login", "me@market", "--secret", "password=-")
	return server
}

// However little room there is on the disk, no session is lost by a refresh: either the
// exchange does not begin, or its result is stored.
func TestNoSessionIsLostOnANearlyFullDisk(t *testing.T) {
	for name, held := range map[string]bool{"alone": false, "beside a process that holds the ring open": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refreshOnLevels(t, held)
		})
	}
}

func refreshOnLevels(t *testing.T, held bool) {
	tr := newTest(t)
	disk := tr.smallDisk()
	server := tr.market()
	if held {
		env, _, _ := tr.environment(nil)
		r, err := env.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Accounts.List(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refused, renewed := 0, 0
	for level := range int64(40) {
		free := tr.fill(disk, level*8<<10)
		before := server.Refreshes()
		_, errs, code := tr.run("", "refresh", "me@market")
		switch sent := server.Refreshes() - before; {
		case code == ExitOK && sent == 1:
			renewed++
		case code == ExitNeedsLogin && sent == 0 && strings.Contains(errs, "me@market must be renewed first"):
			refused++
		default:
			t.Errorf("%d KiB free: exit %d, %d exchanges\n%s", level*8, code, sent, errs)
		}
		free()
		if left, _ := filepath.Glob(filepath.Join(disk, "ring", "locks", "*.reserve")); len(left) > 0 {
			t.Errorf("%d KiB free: the room is still taken: %v", level*8, left)
		}
		tr.want(ExitOK, "", []string{"refresh", "me@market"})
	}
	if refused == 0 || renewed == 0 || server.Reuses() != 0 || server.Logins() != 1 {
		t.Errorf("%d refused, %d renewed, %d spent tokens shown, %d logins", refused, renewed, server.Reuses(), server.Logins())
	}
}

// What only reads works where nothing can be written.
func TestReadingNeedsNoWriting(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	disk := tr.smallDisk()
	server := tr.market()
	curl := tr.file("call.txt", "curl https://api.example.com/things\n")
	tr.changing(map[string]string{"each": "access", "plain": "seen"})
	remount := func(flags uintptr) {
		var err error = syscall.EBUSY
		for tries := 0; tries < 100 && errors.Is(err, syscall.EBUSY); tries++ { // a child that another test starts has our files until it runs
			time.Sleep(time.Duration(tries) * time.Millisecond)
			err = syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, smallSize)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mode := func(m os.FileMode) {
		if err := os.Chmod(filepath.Join(disk, "ring", "tokenring.db"), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		reason, doctor string
		begin          func() (end func())
	}{
		{"the disk is full", "0 bytes free", func() func() { return tr.fill(disk, 0) }},
		{"cannot be written to", "cannot be written to", func() func() {
			remount(syscall.MS_RDONLY)
			return func() { remount(0) }
		}},
		{"cannot be written to", "cannot be written to", func() func() {
			mode(0o400)
			return func() { mode(0o600) }
		}},
	} {
		tr.must("", "refresh", "me@market")
		end := tt.begin()
		before := tr.files(disk)
		for _, args := range [][]string{
			{"ls"}, {"token", "me@market"}, {"exec", "me@market", "--", "true"}, {"env", "me@market"}, {"vault", "status"},
			{"import", "--dry-run", curl}, {"prompt", "me@market"}, {"backends", "list"}, {"check", "me@market"},
		} {
			if _, errs, code := tr.run("", args...); code != ExitOK {
				t.Errorf("%s: %v: exit %d\n%s", tt.reason, args, code, errs)
			}
		}
		for args, code := range map[string]int{
			"request me@market /me": ExitOK, "request me@market /me --expect .status==201": ExitUnmet, "request me@market /nothing": ExitRefused,
		} {
			tr.want(code, "", strings.Fields(args), "not stored in the history", tt.reason)
		}
		sent := server.Refreshes() + server.Logins()
		tr.want(ExitFailed, "", []string{"doctor"}, tt.doctor)
		tr.advance(time.Hour)
		for _, args := range [][]string{
			{"token", "me@market"}, {"exec", "me@market", "--", "true"}, {"env", "me@market"}, {"refresh", "me@market"}, {"request", "me@market", "/me"},
		} {
			tr.want(ExitNeedsLogin, "", args, tt.reason, "me@market must be renewed first", "→ nothing was sent; then renew it with: tokenring refresh me@market")
		}
		tr.want(ExitNeedsLogin, "", []string{"request", "each", "/me"}, "each may get new tokens with every answer", tt.reason, "→ nothing was sent; then try again")
		tr.want(ExitOK, "", []string{"request", "plain", "/me"}, "not stored in the history", tt.reason)
		tr.want(ExitFailed, "", []string{"logout", "me@market"}, tt.reason)
		tr.want(ExitFailed, emulator.Password+"\n", []string{"login", "me@market", "--secret", "password=-"}, tt.reason)
		if now := server.Refreshes() + server.Logins(); now != sent {
			t.Errorf("%s: the server was asked for a session that cannot be stored", tt.reason)
		}
		if after := tr.files(disk); after != before {
			t.Errorf("%s: the files were\n%s\nand are\n%s", tt.reason, before, after)
		}
		end()
		tr.must("", "refresh", "me@market")
	}
}

// changing adds accounts, logged in, whose every answer brings a value of that name.
func (tr *cliTest) changing(accounts map[string]string) {
	tr.t.Helper()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		fmt.Fprintf(w, `{"next": "value-%d"}`, calls)
	}))
	tr.t.Cleanup(server.Close)
	for name, value := range accounts {
		tr.file("config/tokenring/backends/"+name+".yaml", "name: "+name+"\nbase_url: "+server.URL+`
logins: [{name: open, steps: [{request: {post: /login}, capture: {access: .body.next}}]}]
each_answer: {capture: {`+value+`?: .body.next}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
		tr.must("", "add", name, "--backend", name)
		tr.must("", "login", name)
	}
}

// files lists the files of a folder with their times, without those that SQLite makes
// and empties to read.
func (tr *cliTest) files(dir string) string {
	tr.t.Helper()
	var list strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && !strings.HasSuffix(path, "-shm") && !strings.HasSuffix(path, "-wal") {
			list.WriteString(path + " " + info.ModTime().String() + "\n")
		}
		return err
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	return list.String()
}
