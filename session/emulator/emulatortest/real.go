package emulatortest

import (
	"bufio"
	"bytes"
	"crypto"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenring/session/emulator"
)

// expressaVersion is the release of Expressa to run, with Express 4.
const expressaVersion = "2.1.1"

//go:embed server.js
var serverJS []byte

// StartExpressa runs the real Expressa (https://www.npmjs.com/package/expressa)
// on loopback until the test ends, and returns its base URL, which ends in /api. Its
// database holds only the active emulator.DemoUsers. The packages are installed once
// into the user's cache folder.
//
// It skips the test unless TOKENRING_REAL is 1 and npm and node are installed.
func StartExpressa(t testing.TB) (baseURL string) {
	t.Helper()
	port := startReal(t, serverJS, "server.js", "expressa", expressaVersion, "express@4")
	url := "http://127.0.0.1:" + port + "/api"
	if err := setUp(url); err != nil {
		t.Fatalf("real Expressa: setting up: %v", err)
	}
	return url
}

// oidcProviderVersion is the release of oidc-provider to run.
const oidcProviderVersion = "9.13.3"

//go:embed issuer.mjs
var issuerJS []byte

// StartOIDCProvider runs the real oidc-provider (https://www.npmjs.com/package/oidc-provider),
// a certified OpenID provider, as StartExpressa does, and returns its issuer. It knows the
// clients IssuerBasic, IssuerPost, IssuerPublic, and IssuerKey with some public keys. Its
// access tokens live for life.
func StartOIDCProvider(t testing.TB, life time.Duration, keys ...crypto.PublicKey) (issuer string) {
	t.Helper()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key})
	}
	jwks, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	port := startReal(t, issuerJS, "issuer.mjs", "oidc-provider", oidcProviderVersion, strconv.Itoa(int(life/time.Second)), string(jwks))
	return "http://127.0.0.1:" + port
}

// startReal runs a script with a package of npm until the test ends, and returns its
// port. with are further packages or, for one that needs none, arguments of the script.
func startReal(t testing.TB, script []byte, file, name, version string, with ...string) (port string) {
	t.Helper()
	if os.Getenv("TOKENRING_REAL") != "1" {
		t.Skipf("real %s: set TOKENRING_REAL=1 to install and run it", name)
	}
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("real %s: %v", name, err)
		}
	}
	var packages, arguments []string
	for _, one := range with {
		if strings.Contains(one, "@") {
			packages = append(packages, one)
		} else {
			arguments = append(arguments, one)
		}
	}
	modules, err := installPackages(t, name, version, packages)
	if err != nil {
		t.Fatalf("real %s: installing the packages: %v", name, err)
	}
	if port, err = run(t, script, file, modules, arguments); err != nil {
		t.Fatalf("real %s: starting: %v", name, err)
	}
	return port
}

// installPackages returns the folder that holds node_modules. Several test
// processes may install at once: the first to rename wins.
func installPackages(t testing.TB, name, version string, further []string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "tokenring-test", name)
	final := filepath.Join(parent, version)
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
	npm := exec.CommandContext(t.Context(), "npm", append([]string{
		"install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund", name + "@" + version}, further...)...)
	npm.Dir = fresh
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	if err := os.Rename(fresh, final); err != nil {
		if _, lost := os.Stat(final); lost != nil {
			return "", err
		}
	}
	return final, nil
}

// run starts node, which ends with the test, or with its standard input if the test is
// killed.
func run(t testing.TB, script []byte, file, modules string, arguments []string) (port string, err error) {
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, script, 0o600); err != nil {
		return "", err
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{path, modules, filepath.Join(t.TempDir(), "data")}, arguments...)...)
	node.Env = append(os.Environ(), "NODE_ENV=development")
	var talk bytes.Buffer
	node.Stderr = &talk
	stdin, err := node.StdinPipe()
	if err != nil {
		return "", err
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := node.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = node.Wait() // killed by the test's context
	})
	tooLong := time.AfterFunc(time.Minute, func() { _ = node.Process.Kill() })
	defer tooLong.Stop()
	port, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = node.Process.Kill()
		return "", fmt.Errorf("no port: %w", err)
	}
	return strings.TrimSpace(port), nil
}

// setUp does the same as the first visit to the admin page: it installs every module
// and registers the administrator. Then it registers the other users.
func setUp(baseURL string) error {
	err := post(baseURL+"/install", map[string]any{
		"modules": []string{"collections", "core", "logging", "permissions", "access_keys"},
		"settings": map[string]any{
			"user_storage": "file", "enforce_permissions": true, "jwt_expire_on_password_change": true,
		},
	})
	for _, u := range emulator.DemoUsers() {
		if err != nil {
			return err
		}
		if u.State != emulator.Active {
			continue
		}
		user := map[string]any{"email": u.Email, "password": u.Password, "fullName": u.FullName}
		if u.Is("admin") {
			user["roles"] = []string{"Admin"}
		}
		err = post(baseURL+"/users/register", user)
	}
	return err
}

func post(url string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}
