package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"tokenring/session"
	"tokenring/session/answer"
)

func TestDefaultDir(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"TOKENRING_HOME": "/ring", "XDG_DATA_HOME": "/data"}, "/ring"},
		{map[string]string{"XDG_DATA_HOME": "/data", "HOME": "/home/ada"}, "/data/tokenring"},
	} {
		got, err := DefaultDir(func(name string) string { return c.env[name] })
		if err != nil || filepath.ToSlash(got) != c.want {
			t.Errorf("%v gives %q, %v", c.env, got, err)
		}
	}
	for _, c := range []struct{ goos, name, value, want string }{
		{"linux", "HOME", "/home/ada", "/home/ada/.local/share/tokenring"},
		{"darwin", "HOME", "/Users/ada", "/Users/ada/Library/Application Support/tokenring"},
		{"windows", "LOCALAPPDATA", "/Local", "/Local/tokenring"},
	} {
		got, err := platformDir(c.goos, func(name string) string {
			return map[string]string{c.name: c.value, "XDG_DATA_HOME": "relative/is/ignored"}[name]
		})
		if err != nil || filepath.ToSlash(got) != c.want {
			t.Errorf("%s: %q, %v", c.goos, got, err)
		}
		_, err = platformDir(c.goos, func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), "TOKENRING_HOME") {
			t.Errorf("%s without a home: %v", c.goos, err)
		}
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits mean nothing on Windows")
	}
	s := newStore(t)
	withAccount(t, s, "a1")
	release, err := s.Lock(t.Context(), "a1")
	check(t, err)
	defer release()
	seen := map[string]bool{}
	err = filepath.WalkDir(s.Dir(), func(path string, d os.DirEntry, err error) error {
		check(t, err)
		info, err := d.Info()
		check(t, err)
		seen[filepath.Base(path)] = true
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return nil
	})
	check(t, err)
	for _, name := range []string{"tokenring.db", "tokenring.db-wal", "tokenring.db-shm", "locks"} {
		if !seen[name] {
			t.Errorf("%s was not looked at", name)
		}
	}
}

func TestLooserModesAreRefusedUntilMended(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits mean nothing on Windows")
	}
	for _, c := range []struct {
		name string
		mode os.FileMode
	}{{".", 0o755}, {".", 0o710}, {"tokenring.db", 0o644}, {"tokenring.db-wal", 0o640}, {"locks", 0o777}} {
		dir := filepath.Join(t.TempDir(), "my ring's")
		s := openStore(t, dir)
		withAccount(t, s, "a1")
		check(t, os.Chmod(filepath.Join(dir, c.name), c.mode))

		_, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
		wantErr(t, err, ErrPermissions)
		_, command, found := strings.Cut(err.Error(), "run: ")
		if !found {
			t.Fatalf("%s: no command in %q", c.name, err)
		}
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", command, err, out)
		}
		openStore(t, dir)
	}
}

func TestLinkedFolderIsOneStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.Dir(), link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	linked := openStore(t, link)
	if linked.Dir() != s.Dir() || linked.ID() != s.ID() {
		t.Errorf("the link leads to %s (%s), not %s (%s)", linked.Dir(), linked.ID(), s.Dir(), s.ID())
	}

	alone := filepath.Join(t.TempDir(), "alone")
	check(t, os.Mkdir(alone, 0o700))
	check(t, os.Symlink(filepath.Join(s.Dir(), fileName), filepath.Join(alone, fileName)))
	_, err := Open(t.Context(), Options{Dir: alone, Now: atNoon})
	if err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a linked database file: %v", err)
	}
}

func TestFolderOfAnyNameWorks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "50%25?mode=ro&x", "#ring", "ключи", "a'b;c"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue
		}
		s := openStore(t, filepath.Join(t.TempDir(), name))
		withAccount(t, s, "a1")
		if _, err := os.Stat(filepath.Join(s.Dir(), fileName)); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(t.Context(), Options{Dir: file}); err == nil {
		t.Error("a file was taken for a folder")
	}
	if _, err := Open(t.Context(), Options{}); err == nil {
		t.Error("no folder was taken for one")
	}
}

// withDatabase makes a folder whose database something else wrote.
func withDatabase(t *testing.T, statements string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	check(t, os.Chmod(dir, 0o700))
	path = filepath.Join(dir, fileName)
	check(t, os.WriteFile(path, nil, 0o600))
	db, err := sql.Open("sqlite", dsn(path))
	check(t, err)
	_, err = db.Exec(statements)
	check(t, err)
	check(t, db.Close())
	return dir, path
}

func TestForeignFilesAreRefusedAndLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	_, other := withDatabase(t, `CREATE TABLE bookmarks (id); PRAGMA user_version = 1`)
	_, newer := withDatabase(t, `CREATE TABLE strange (id); PRAGMA user_version = 999;
		PRAGMA application_id = 1953198695; PRAGMA journal_mode = WAL`)
	text := filepath.Join(t.TempDir(), "x")
	check(t, os.WriteFile(text, bytes.Repeat([]byte("no database "), 500), 0o600))
	for _, c := range []struct {
		name, from string
		want       error
		says       string
	}{
		{"text", text, ErrDamaged, "mv "},
		{"another program's", other, ErrDamaged, "another program made it"},
		{"a newer one", newer, ErrNewer, "update tokenring"},
	} {
		before, err := os.ReadFile(c.from)
		check(t, err)
		dir := filepath.Join(t.TempDir(), "ring")
		check(t, os.Mkdir(dir, 0o700))
		path := filepath.Join(dir, fileName)
		check(t, os.WriteFile(path, before, 0o600))

		_, err = Open(t.Context(), Options{Dir: dir, Now: atNoon})
		wantErr(t, err, c.want)
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q says not %q", c.name, err, c.says)
		}
		after, err := os.ReadFile(path)
		check(t, err)
		if !bytes.Equal(before, after) {
			t.Errorf("%s was changed", c.name)
		}
	}
}

func TestDamagedDatabaseIsExplained(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, id := range strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		withAccount(t, s, id)
	}
	check(t, s.Close())
	path := filepath.Join(s.Dir(), fileName)
	data, err := os.ReadFile(path)
	check(t, err)
	for i := 4096; i < len(data); i++ {
		data[i] ^= 0x5a
	}
	check(t, os.WriteFile(path, data, 0o600))
	damaged, err := Open(t.Context(), Options{Dir: s.Dir(), Now: atNoon})
	if err == nil {
		defer damaged.Close()
		_, err = damaged.Accounts(t.Context())
	}
	wantErr(t, err, ErrDamaged)
	if !strings.Contains(err.Error(), "mv ") {
		t.Errorf("%q says nothing of what to do", err)
	}
}

// A database that lost its content is not new, and the command in the error also
// moves the files that SQLite would delete.
func TestABlankDatabaseIsNotTakenForANewOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		blank func(path string) error
		log   bool
	}{
		{"empty", func(path string) error { return os.Truncate(path, 0) }, false},
		{"empty beside its log", func(path string) error { return os.Truncate(path, 0) }, true},
		{"gone beside its log", os.Remove, true},
		{"gone", os.Remove, false},
	} {
		s := newStore(t)
		withAccount(t, s, "a1")
		release, err := s.Lock(t.Context(), "a1")
		check(t, err)
		release()
		path := filepath.Join(s.Dir(), fileName)
		log, err := os.ReadFile(path + "-wal")
		check(t, err)
		check(t, s.Close())
		check(t, c.blank(path))
		if c.log {
			check(t, os.WriteFile(path+"-wal", log, 0o600))
		}

		_, err = Open(t.Context(), Options{Dir: s.Dir(), Now: atNoon})
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrGone) {
			t.Errorf("%s: error %v, want damage", c.name, err)
			continue
		}
		_, command, found := strings.Cut(err.Error(), "to start over: ")
		if !found {
			_, command, _ = strings.Cut(err.Error(), "to start over: ")
		}
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", command, err, out)
		}
		openStore(t, s.Dir())
		if kept, err := os.ReadFile(filepath.Join(s.Dir(), "damaged", fileName+"-wal")); c.log && !bytes.Equal(kept, log) {
			t.Errorf("%s: the log was lost, %v", c.name, err)
		}
	}
}

func TestWhatIsNoFolderIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, nowhere := filepath.Join(dir, "file"), filepath.Join(dir, "nowhere")
	check(t, os.WriteFile(file, nil, 0o600))
	if err := os.Symlink(filepath.Join(dir, "gone", "deeper"), nowhere); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	locks := newStore(t).Dir()
	check(t, os.RemoveAll(filepath.Join(locks, locksName)))
	check(t, os.WriteFile(filepath.Join(locks, locksName), nil, 0o600))
	for _, d := range []string{file, filepath.Join(file, "ring"), nowhere, locks} {
		_, err := Open(t.Context(), Options{Dir: d, Now: atNoon})
		if err == nil || !strings.Contains(err.Error(), "not a folder") || !strings.Contains(err.Error(), "TOKENRING_HOME") {
			t.Errorf("%s: error %v", d, err)
		}
	}
}

func TestFullDiskIsNamedAndLosesNothing(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	s.db.SetMaxOpenConns(1) // the limit below is one connection's
	var pages int
	check(t, s.db.QueryRow(`PRAGMA page_count`).Scan(&pages))
	check(t, s.db.QueryRow(`PRAGMA max_page_count = 1`).Scan(&pages)) // no fewer than there are
	run := newRun("r1", "a1", noon)
	run.Sealed.Box = make([]byte, 1<<20)
	err := s.AddRuns(ctx, run)
	wantErr(t, err, ErrFull)
	if !strings.Contains(err.Error(), s.Dir()) {
		t.Errorf("%q does not say where", err)
	}
	check(t, s.db.QueryRow(`PRAGMA max_page_count = 1000000`).Scan(&pages))
	if got := runIDs(t, s, session.RunQuery{}); len(got) != 0 {
		t.Errorf("half a run was written: %v", got)
	}
	check(t, s.AddRuns(ctx, run))
}

func TestADiskThatFailsIsNamed(t *testing.T) {
	t.Parallel()
	s, said := newStore(t), errors.New("disk I/O error")
	wantErr(t, s.explainCode(sqlite3.SQLITE_IOERR_SHMSIZE, said), ErrFull)
	err := s.explainCode(sqlite3.SQLITE_IOERR_READ, said)
	wantErr(t, err, said)
	if !strings.Contains(err.Error(), s.Dir()) || !strings.Contains(err.Error(), "check its disk") {
		t.Errorf("%q says neither where nor what to do", err)
	}
}

func TestReadOnlyIsNamed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.db.SetMaxOpenConns(1)
	_, err := s.db.Exec(`PRAGMA query_only = ON`)
	check(t, err)
	err = s.PutAccount(t.Context(), newAccount("a1"), nil)
	wantErr(t, err, ErrReadOnly)
	if !strings.Contains(err.Error(), s.Dir()) {
		t.Errorf("%q does not say where", err)
	}

	dir := t.TempDir()
	check(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	if os.WriteFile(filepath.Join(dir, "probe"), nil, 0o600) == nil {
		t.Log("this user may write to read-only folders")
		return
	}
	for _, d := range []string{dir, filepath.Join(dir, "sub")} {
		_, err = Open(t.Context(), Options{Dir: d, Now: atNoon})
		wantErr(t, err, ErrReadOnly)
	}
}

func TestBusyDatabaseIsNamed(t *testing.T) {
	t.Parallel()
	s, other := newStore(t), (*Store)(nil)
	other = openStore(t, s.Dir())
	other.db.SetMaxOpenConns(1)
	_, err := other.db.Exec(`PRAGMA busy_timeout = 1`)
	check(t, err)
	tx, err := s.db.Begin()
	check(t, err)
	defer tx.Rollback()
	wantErr(t, other.PutAccount(t.Context(), newAccount("a1"), nil), ErrBusy)
}

// schema opens the database of dir with other migrations than the program's.
func schema(ctx context.Context, t *testing.T, dir string, steps []string) (*Store, error) {
	t.Helper()
	s := openStore(t, dir)
	return s, s.prepareSchema(ctx, len(steps), func() []string { return steps })
}

func TestOlderSchemaIsBroughtForward(t *testing.T) {
	t.Parallel()
	ctx, old := t.Context(), newStore(t)
	withAccount(t, old, "a1")
	steps := append(migrations(),
		`ALTER TABLE accounts ADD COLUMN note TEXT NOT NULL DEFAULT 'none'`,
		`UPDATE accounts SET note = note || ' yet'`)

	s, err := schema(ctx, t, old.Dir(), steps)
	check(t, err)
	var version int
	var note string
	check(t, s.db.QueryRow(`SELECT user_version, (SELECT note FROM accounts) FROM pragma_user_version`).Scan(&version, &note))
	if version != len(steps) || note != "none yet" {
		t.Errorf("schema %d, note %q", version, note)
	}
	if s.ID() != old.ID() {
		t.Error("the store got another id")
	}
	check(t, s.prepareSchema(ctx, len(steps), func() []string { return steps })) // nothing is left to do
	_, err = Open(ctx, Options{Dir: old.Dir(), Now: atNoon})
	wantErr(t, err, ErrNewer)
}

// The copy of the last state is a whole ring of the earlier schema, private to its
// owner, and one that a killed process began does not stand in the way.
func TestACopyIsKeptBeforeAMigration(t *testing.T) {
	t.Parallel()
	ctx, old := t.Context(), newStore(t)
	withAccount(t, old, "a1")
	steps := append(migrations(), `DELETE FROM accounts`)
	kept := filepath.Join(old.Dir(), fmt.Sprintf("tokenring.schema%d.db", len(migrations())))
	check(t, os.WriteFile(kept+".part", []byte("half a copy"), 0o600))
	s, err := schema(ctx, t, old.Dir(), steps)
	check(t, err)
	if records, err := s.Accounts(ctx); err != nil || len(records) != 0 {
		t.Errorf("the migration did not run: %v, %v", records, err)
	}
	copies, err := s.Copies()
	check(t, err)
	if len(copies) != 1 || copies[0].Path != kept || copies[0].Size == 0 {
		t.Fatalf("the copies are %+v", copies)
	}
	info, err := os.Stat(kept)
	check(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has the mode %v", info.Mode())
	}
	if _, err := os.Lstat(kept + ".part"); err == nil {
		t.Error("the unfinished copy is still there")
	}
	back := filepath.Join(t.TempDir(), "back")
	check(t, os.Mkdir(back, 0o700))
	check(t, os.Rename(kept, filepath.Join(back, fileName)))
	again := openStore(t, back)
	if r, err := again.Account(ctx, "a1"); err != nil || again.ID() != old.ID() || !reflect.DeepEqual(r.Account, *newAccount("a1")) {
		t.Errorf("the copy holds %+v, %v", r, err)
	}
	if copies, err := again.Copies(); err != nil || len(copies) != 0 {
		t.Errorf("a ring without copies has %v, %v", copies, err)
	}
}

// Without room for the copy nothing is migrated.
func TestAMigrationNeedsItsCopy(t *testing.T) {
	t.Parallel()
	ctx, old := t.Context(), newStore(t)
	withAccount(t, old, "a1")
	kept := filepath.Join(old.Dir(), fmt.Sprintf("tokenring.schema%d.db", len(migrations())))
	check(t, os.MkdirAll(filepath.Join(kept, "in the way"), 0o700))
	if _, err := schema(ctx, t, old.Dir(), append(migrations(), `DELETE FROM accounts`)); err == nil || !strings.Contains(err.Error(), "keep a copy") {
		t.Errorf("the copy in the way: %v", err)
	}
	again := openStore(t, old.Dir())
	if records, err := again.Accounts(ctx); err != nil || len(records) != 1 {
		t.Errorf("after a migration without a copy: %v, %v", records, err)
	}
}

func TestFailingMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, old := t.Context(), newStore(t)
	withAccount(t, old, "a1")
	_, err := schema(ctx, t, old.Dir(), append(migrations(), `DROP TABLE sealed`, `SELECT nonsense`))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("schema ", len(migrations())+2)) {
		t.Errorf("the failing step: %v", err)
	}
	again := openStore(t, old.Dir())
	if sealed, err := again.Sealed(ctx, "a1", ""); err != nil || sealed != nil {
		t.Errorf("after a failed migration: %v, %v", sealed, err)
	}
	if records, err := again.Accounts(ctx); err != nil || len(records) != 1 {
		t.Errorf("after a failed migration: %v, %v", records, err)
	}
}

func TestDatabaseOfSchema1IsRead(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	check(t, err)
	dir, _ := withDatabase(t, string(script))
	ctx, s := t.Context(), openStore(t, dir)
	if s.ID() != "0123456789abcdef0123456789abcdef" {
		t.Errorf("the store is %s", s.ID())
	}
	got, err := s.Account(ctx, "a1")
	check(t, err)
	want := &session.Record{Account: *newAccount("a1"), Session: newSession("a1", 7), Used: noon}
	want.Account.References = nil // came with schema 2
	for i := range want.Account.Origins {
		want.Account.Origins[i].For = session.ForBoth // purposes came later
	}
	want.Account.Connection, want.Account.DefinitionConnection = session.Connection{}, session.Connection{}
	want.Session.Measured = time.Time{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v %+v\nwant %+v %+v", got.Account, got.Session, want.Account, want.Session)
	}
	sealed, err := s.Sealed(ctx, "a1", "")
	check(t, err)
	requests, err := s.Requests(ctx, "a1")
	check(t, err)
	run, err := s.Run(ctx, "r1")
	check(t, err)
	events, err := s.Events(ctx, "", 0)
	check(t, err)
	if len(sealed) != 1 || !reflect.DeepEqual(sealed[0], boxed("field:password", "x")) ||
		len(requests) != 1 || requests[0].Name != "list" || !reflect.DeepEqual(&run, newRun("r1", "a1", noon)) ||
		len(events) != 1 || events[0].Kind != session.EventLogin {
		t.Errorf("sealed %v, requests %+v, run %+v, events %+v", names(sealed), requests, run, events)
	}
	check(t, s.AddRuns(ctx, &session.RunRecord{ID: "r2", AccountID: "a1", As: "anonymous", At: noon}))
	if got := runIDs(t, s, session.RunQuery{Own: true}); !slices.Equal(got, []string{"r1"}) {
		t.Errorf("the runs of the account itself are %v", got)
	}
	check(t, s.PutAccount(ctx, newAccount("a1"), nil))
	if got, err = s.Account(ctx, "a1"); err != nil || !reflect.DeepEqual(got.Account, *newAccount("a1")) {
		t.Errorf("written anew: %+v, %v", got.Account, err)
	}
	var version int
	check(t, s.db.QueryRow(`PRAGMA user_version`).Scan(&version))
	if version != len(migrations()) {
		t.Errorf("it has schema %d", version)
	}
}

func TestASessionThatEndedInAnEarlierSchemaIsOver(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	check(t, err)
	dir, _ := withDatabase(t, string(script)+"\nUPDATE sessions SET final = 'refused';\n")
	got := storedSession(t, openStore(t, dir), "a1")
	if !got.Over() || !got.Ended.Equal(got.Refreshed) || !got.RenewalEnded.IsZero() || got.EndedReason != "refused" {
		t.Errorf("the session is %+v", got)
	}
}

// TestListsOfJSONAreRead reads what schema 21 wrote as JSON. A list that is broken stays so.
func TestListsOfJSONAreRead(t *testing.T) {
	t.Parallel()
	dir, before := filepath.Join(t.TempDir(), "ring"), migrations()[:21]
	makeRing(t, dir, before)
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, fileName)))
	check(t, err)
	add := func(id, secrets string) {
		_, err := db.Exec(`INSERT INTO accounts (id, name, definition, login, attach, environment, guard, fields, secrets, refs, keep_alive, relogin, allow_http,
			base_url, origin, origins, grants, created, updated) VALUES (?1, ?1, '', '', '', '', '',
			'{"city":"Zürich \u00e9\n","empty":""}', ?2, '{"key":"env:KEY"}', 0, 0, 0, '', '', '', '[]', 0, 0)`, id, secrets)
		check(t, err)
		_, err = db.Exec(`INSERT INTO sessions (account_id, generation, tokens, started, refreshed, refreshes, proven, clock, has_clock, pending, final)
			VALUES (?, 1, ?, 0, 0, 0, 0, 0, 0, 0, '')`, id,
			`[{"name":"sid","primary":true,"expires_at":"9999-12-31T23:59:59Z","idle":-1,"cookie":{"name":"sid","host":"cms.example","path":"/","secure":true}},{"name":"id"}]`)
		check(t, err)
	}
	add("a1", `["password","client_secret"]`)
	add("broken", `["password`)
	check(t, db.Close())
	s := openStore(t, dir)
	_, err = s.Account(t.Context(), "broken")
	wantErr(t, err, ErrDamaged)
	got, err := s.Account(t.Context(), "a1")
	check(t, err)
	want := session.Account{ID: "a1", Name: "a1", Guard: got.Account.Guard, Seal: got.Account.Seal, Secrets: []string{"password", "client_secret"},
		Values: map[string]string{"city": "Zürich é\n", "empty": ""}, References: map[string]string{"key": "env:KEY"}}
	tokens := []session.TokenInfo{{Name: "sid", Primary: true, ExpiresAt: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Idle: -1,
		Cookie: answer.CookieScope{Name: "sid", Host: "cms.example", Path: "/", Secure: true}}, {Name: "id"}}
	if !reflect.DeepEqual(got.Account, want) || !reflect.DeepEqual(got.Session.Tokens, tokens) {
		t.Errorf("read %+v\n%+v", got.Account, got.Session.Tokens)
	}
}

// TestSessionsOfTheirOwnTableAreRead reads a session that schema 24 wrote, and one that had ended.
func TestSessionsOfTheirOwnTableAreRead(t *testing.T) {
	t.Parallel()
	dir, before := filepath.Join(t.TempDir(), "ring"), migrations()[:24]
	makeRing(t, dir, before)
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, fileName)))
	check(t, err)
	for _, id := range []string{"a1", "ended", "none"} {
		_, err = db.Exec(`INSERT INTO accounts (id, name, definition, login, attach, environment, guard, fields, secrets, keep_alive, relogin, allow_http,
			base_url, origin, origins, grants, created, updated) VALUES (?1, ?1, '', '', '', '', '', '', '', 0, 0, 0, '', '', '', '', 0, 0)`, id)
		check(t, err)
	}
	_, err = db.Exec(`INSERT INTO sessions VALUES ('a1', 7, '', 1, 2, 3, 4, 5, 1, '', 6, 0, 8, 9, 10, 'GET /é"', 11, 12, x'', 13);
		INSERT INTO sessions VALUES ('ended', 9223372036854775807, '', 0, 0, 0, 0, 0, 0, 'refused', 0, 1, 0, 0, 0, '', 0, 0, x'', 0)`)
	check(t, err)
	check(t, db.Close())
	s := openStore(t, dir)
	at := func(n int64) time.Time { return time.Unix(0, n).UTC() }
	want := &session.Session{AccountID: "a1", Generation: 7, Started: at(1), Refreshed: at(2), Refreshes: 3, Proven: at(4), Offset: 5, HasOffset: true,
		Pending: at(6), RenewalEnded: at(8), Measured: at(9), Retry: at(13), Rejection: session.Rejection{At: at(10), By: `GET /é"`, Renewed: at(11), Checked: at(12)}}
	if got := storedSession(t, s, "a1"); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v", got)
	}
	if got := storedSession(t, s, "ended"); !got.Over() || got.Generation != 1 || got.EndedReason != "refused" {
		t.Errorf("the one that ended is %+v", got)
	}
	if got := storedSession(t, s, "none"); got != nil {
		t.Errorf("one without a session has %+v", got)
	}
}

func TestUnreadableListsAreDamage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "a1")
	for _, broken := range []string{"[", "7:access", ":", "0", "-1:", `["password"]`} {
		_, err := s.db.Exec(`UPDATE accounts SET secrets = ?`, broken)
		check(t, err)
		_, err = s.Accounts(t.Context())
		wantErr(t, err, ErrDamaged)
		_, err = s.Account(t.Context(), "a1")
		wantErr(t, err, ErrDamaged)
	}
}

func TestDatabaseWithoutItsIDIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, err := s.db.Exec(`DELETE FROM meta`)
	check(t, err)
	_, err = Open(t.Context(), Options{Dir: s.Dir(), Now: atNoon})
	wantErr(t, err, ErrDamaged)
}

func TestOtherErrorsPassUnchanged(t *testing.T) {
	t.Parallel()
	if err := errors.New("x"); explainFile("d", err) != err || (&Store{}).explain(err) != err {
		t.Error("an error of something else was replaced")
	}
}

// TestHeaderNumbersAreNotTrusted sets the numbers of the file's header that SQLite
// hands on, the schema version and the application id, to extremes.
func TestHeaderNumbersAreNotTrusted(t *testing.T) {
	t.Parallel()
	for _, pragma := range []string{"user_version", "application_id"} {
		for _, n := range []int64{math.MinInt32, -1, 0, 999, math.MaxInt32} {
			s := newStore(t)
			withAccount(t, s, "a1")
			_, err := s.db.Exec(fmt.Sprintf(`PRAGMA %s = %d`, pragma, n))
			check(t, err)
			check(t, s.Close())
			_, err = Open(t.Context(), Options{Dir: s.Dir(), Now: atNoon})
			if !errors.Is(err, ErrDamaged) && (n <= 0 || pragma != "user_version" || !errors.Is(err, ErrNewer)) {
				t.Errorf("%s = %d: %v", pragma, n, err)
			}
		}
	}
}

// A copy of the database file alone is whole once all have closed it.
func TestAClosedDatabaseLeavesAnEmptyLog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ring")
	s, other := openStore(t, dir), openStore(t, dir)
	withAccount(t, s, "a1")
	check(t, s.Close())
	check(t, other.Close())
	if log, err := os.Stat(filepath.Join(dir, fileName+"-wal")); err != nil || log.Size() != 0 {
		t.Errorf("the log has %v, %v", log, err)
	}
}
