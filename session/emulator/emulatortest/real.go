package emulatortest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	if os.Getenv("TOKENRING_REAL") != "1" {
		t.Skip("real Expressa: set TOKENRING_REAL=1 to install and run it")
	}
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("real Expressa: %v", err)
		}
	}
	modules, err := installPackages(t)
	if err != nil {
		t.Fatalf("real Expressa: installing the packages: %v", err)
	}
	url, err := run(t, modules)
	if err != nil {
		t.Fatalf("real Expressa: starting: %v", err)
	}
	if err := setUp(url); err != nil {
		t.Fatalf("real Expressa: setting up: %v", err)
	}
	return url
}

// installPackages returns the folder that holds node_modules. Several test
// processes may install at once: the first to rename wins.
func installPackages(t testing.TB) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	parent := filepath.Join(cache, "tokenring-test", "expressa")
	final := filepath.Join(parent, expressaVersion)
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
	npm := exec.CommandContext(t.Context(), "npm", "install", "--prefix", fresh,
		"--ignore-scripts", "--no-audit", "--no-fund", "expressa@"+expressaVersion, "express@4")
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
func run(t testing.TB, modules string) (baseURL string, err error) {
	script := filepath.Join(t.TempDir(), "server.js")
	if err := os.WriteFile(script, serverJS, 0o600); err != nil {
		return "", err
	}
	node := exec.CommandContext(t.Context(), "node", script, modules, filepath.Join(t.TempDir(), "data"))
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
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = node.Process.Kill()
		return "", fmt.Errorf("no port: %w", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/api", nil
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
