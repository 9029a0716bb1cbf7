package emulatortest

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Real is the real server of a backend. Start runs it on loopback; its user ada, or
// ada@example.com, has the password open-sesame.
type Real struct {
	Name    string   // the package of npm or of Debian, or the module of Go's proxy
	Version string   // the release to run
	script  string   // in the folder real: what installs the user and says the port
	with    []string // further packages; those of npm with their versions
}

// The servers of npm (https://www.npmjs.com/package/NAME).
var (
	AuthJS      = Real{"@auth/express", "0.12.3", "authjs.mjs", []string{"express@4.22.3"}}
	BetterAuth  = Real{"better-auth", "1.7.25", "better-auth.mjs", nil}
	Expressa    = Real{"expressa", "2.1.1", "expressa.cjs", []string{"express@4"}}
	Firebase    = Real{"firebase-tools", "15.34.2", "firebase.mjs", nil} // its emulator of Firebase Authentication
	NodeRED     = Real{"node-red", "5.0.7", "node-red.mjs", nil}
	OIDC        = Real{"oidc-provider", "9.13.3", "oidc-provider.mjs", nil} // certified; knows the clients IssuerBasic, IssuerPost and IssuerPublic
	ParseServer = Real{"parse-server", "9.10.0", "parse-server.mjs", []string{"express@4.22.3", "@electric-sql/pglite@0.5.14", "@electric-sql/pglite-socket@0.2.17"}}
	PouchDB     = Real{"express-pouchdb", "4.2.0", "pouchdb.mjs", []string{"pouchdb@9.0.0", "pouchdb-adapter-memory@9.0.0", "express@4.22.3"}} // speaks as CouchDB
)

// The servers of Go's module proxy.
var (
	PocketBase  = Real{"github.com/pocketbase/pocketbase", "0.39.9", "pocketbase.go.txt", nil}
	ZitadelOIDC = Real{"github.com/zitadel/oidc/v3", "3.52.0", "zitadel-oidc.go.txt", nil} // its example server; knows the clients desk, web, device and sid1
)

// The servers of Debian's packages, which are unpacked and not installed.
var (
	SimpleJWT = Real{"python3-djangorestframework-simplejwt", "5.2.2", "simplejwt.py", []string{
		"python3-django", "python3-djangorestframework", "python3-jwt", "python3-sqlparse", "python3-asgiref", "python3-tz"}}
	WordPress = Real{"wordpress", "6.1.9", "wordpress.py", []string{
		"php-getid3", "php8.2-cli", "php8.2-common", "php8.2-mysql", "php8.2-opcache", "libargon2-1", "libsodium23", "libxml2", "libpcre2-8-0",
		"libedit2", "libicu72", "mariadb-server-core", "libmariadb3", "libaio1", "liburing2", "libsnappy1v5"}} // and PHP and MariaDB, which it runs on
)

//go:embed real
var scripts embed.FS

// String returns the server and its version, as definitions name what they are proven on; "" without a server.
func (r Real) String() string {
	if r.Name == "" {
		return ""
	}
	major, _, _ := strings.Cut(r.Version, ".")
	return strings.TrimPrefix(path.Base(strings.TrimSuffix(r.Name, "/v"+major)), "python3-") + " " + r.Version
}

// Start runs the server until the test ends, and returns its address. What it needs is
// installed once, into the user's cache folder. arguments go to the script.
//
// It skips the test unless TOKENRING_REAL is 1 and the programs that run it are installed.
func (r Real) Start(t testing.TB, arguments ...string) (address string) {
	t.Helper()
	if os.Getenv("TOKENRING_REAL") != "1" {
		t.Skipf("real %s: set TOKENRING_REAL=1 to install and run it", r.Name)
	}
	needs := []string{"npm", "node"}
	switch {
	case r.isGo():
		needs = []string{"go"}
	case r.isDebian():
		needs = []string{"apt-get", "dpkg-deb", python}
	}
	for _, program := range needs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("real %s: %v", r.Name, err)
		}
	}
	modules, err := r.install(t)
	if errors.Is(err, errNotOffered) {
		t.Skipf("real %s: %v", r.Name, err)
	}
	if err != nil {
		t.Fatalf("real %s: installing: %v", r.Name, err)
	}
	port, err := r.run(t, modules, arguments)
	if err != nil {
		t.Fatalf("real %s: starting: %v", r.Name, err)
	}
	return "http://127.0.0.1:" + port
}

func (r Real) isGo() bool { return strings.HasSuffix(r.script, ".go.txt") }

// errNotOffered reports a package that this machine's system does not have.
var errNotOffered = errors.New("the packages of this machine do not have this version; run apt-get update, on Debian 12")

func (r Real) isDebian() bool { return strings.HasSuffix(r.script, ".py") }

// python is the one that Debian's packages are for.
const python = "/usr/bin/python3"

// install returns the folder that holds the packages. Several test processes may
// install at once: the first to rename wins.
func (r Real) install(t testing.TB) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "tokenring-test", filepath.FromSlash(r.Name))
	final := filepath.Join(parent, r.Version)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(parent, "installing-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	commands := [][]string{append([]string{
		"npm", "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund", r.Name + "@" + r.Version}, r.with...)}
	switch {
	case r.isGo():
		if err := r.writeModule(fresh); err != nil {
			return "", err
		}
		commands = [][]string{{"go", "build", "-mod=mod", "-o", "server", "."}}
	case r.isDebian():
		wanted := r.Name + "=" + r.Version + "*"
		if exec.CommandContext(t.Context(), "apt-get", "download", "--print-uris", wanted).Run() != nil {
			return "", errNotOffered
		}
		commands = [][]string{
			append([]string{"apt-get", "download", wanted}, r.with...),
			{"sh", "-ec", "for package in *.deb; do dpkg-deb -x $package .; rm $package; done"},
		}
	}
	for _, command := range commands {
		install := exec.CommandContext(t.Context(), command[0], command[1:]...)
		install.Dir = fresh
		if out, err := install.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err := os.Rename(fresh, final); err != nil {
		if _, lost := os.Stat(final); lost != nil {
			return "", err
		}
	}
	return final, nil
}

// writeModule writes the module that is built to the server.
func (r Real) writeModule(dir string) error {
	script, err := scripts.ReadFile("real/" + r.script)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), script, 0o600); err != nil {
		return err
	}
	module := fmt.Sprintf("module server\n\ngo 1.25\n\nrequire %s v%s\n", r.Name, r.Version)
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o600)
}

// run starts the server, which ends with the test, or with its standard input if the
// test is killed.
func (r Real) run(t testing.TB, modules string, arguments []string) (port string, err error) {
	arguments = append([]string{modules, filepath.Join(t.TempDir(), "data")}, arguments...)
	program := filepath.Join(modules, "server")
	if !r.isGo() {
		script, err := scripts.ReadFile("real/" + r.script)
		if err != nil {
			return "", err
		}
		at := filepath.Join(t.TempDir(), r.script)
		if err := os.WriteFile(at, script, 0o600); err != nil {
			return "", err
		}
		program, arguments = "node", append([]string{at}, arguments...)
		if r.isDebian() {
			program = python
		}
	}
	server := exec.CommandContext(t.Context(), program, arguments...)
	server.Dir = t.TempDir() // for what it writes beside its data, such as logs
	server.Env = append(os.Environ(), "NODE_ENV=development")
	server.WaitDelay = 30 * time.Second
	var talk bytes.Buffer
	server.Stderr = &talk
	stdin, err := server.StdinPipe()
	if err != nil {
		return "", err
	}
	server.Cancel = stdin.Close // it may have servers of its own to end
	stdout, err := server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = server.Wait()
	})
	tooLong := time.AfterFunc(3*time.Minute, func() { _ = server.Process.Kill() })
	defer tooLong.Stop()
	port, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = server.Process.Kill()
		_ = server.Wait()
		return "", fmt.Errorf("no port: %w\n%s", err, talk.Bytes())
	}
	return strings.TrimSpace(port), nil
}
