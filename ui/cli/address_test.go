package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryEntranceChecksAddresses offers the same addresses at every place where one
// is entered.
func TestEveryEntranceChecksAddresses(t *testing.T) {
	t.Parallel()
	entrances := map[string]func(t *testing.T, address string) string{
		"add --set": func(t *testing.T, address string) string {
			tr := newTest(t)
			out, errs, _ := tr.run("pw", "add", "a", "-b", "datarhei-core", "--set", "address="+address, "--set", "username=u", "--secret", "password=-")
			list, _, _ := tr.run("", "ls", "--json")
			return out + errs + list
		},
		"import": func(t *testing.T, address string) string {
			out, errs, _ := newTest(t).run("curl '"+address+"' -H 'Authorization: Bearer abcdefghijklmnop'", "import", "--dry-run", "--name", "i")
			return out + errs
		},
		"definition": func(t *testing.T, address string) string {
			tr := newTest(t)
			path := filepath.Join(tr.home, "d.yaml")
			text := "name: d\nbase_url: \"" + address + "\"\nlogins: [{name: a, steps: [{request: {method: POST, path: /l}, capture: {access: .body.t}}]}]\n" +
				"attach: [{name: b, headers: {X: \"${.access}\"}}]\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, errs, _ := tr.run("", "backends", "test", path, "--parse")
			return out + errs
		},
		"suite": func(t *testing.T, address string) string {
			tr := newTest(t)
			tr.dir = tr.home
			text := "accounts: [a]\nsuites: {s: {requests: [{name: a, url: \"" + address + "\"}]}}\n"
			if err := os.WriteFile(filepath.Join(tr.home, "tokenring.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, errs, _ := tr.run("", "smoke", "s", "--trust")
			return out + errs
		},
	}
	for name, enter := range entrances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, bad := range []string{"https://a.test:99999", "https://a.test:0", "https://a.test:65536", "https://a b.test"} {
				said := enter(t, bad)
				if !strings.Contains(said, "port of the address") && !strings.Contains(said, "not an address") && !strings.Contains(said, "full address") &&
					!strings.Contains(said, "cannot be read") && !strings.Contains(said, "not a web address") {
					t.Errorf("%s is taken:\n%s", bad, said)
				}
			}
			for _, good := range []string{"  https://a.test", "https://a.test:0443/", "https://zoë.test", "http://app.localhost:9000"} {
				said := enter(t, good)
				for _, fault := range []string{"full address", "address of this command", "web address", "not an address", "port of", "allow-http", "%C3"} {
					if strings.Contains(said, fault) {
						t.Errorf("%s is not taken as it is:\n%s", good, said)
					}
				}
			}
		})
	}
	tr := newTest(t)
	tr.want(ExitOK, "pw", []string{"add", "a", "-b", "datarhei-core", "--set", "address= https://аpi.test:0443 ", "--set", "username=u", "--secret", "password=-"},
		"https://аpi.test/api (xn--pi-6kc.test)")
	tr.want(ExitOK, "", []string{"ls"}, "аpi.test (xn--pi-6kc.test)")
	tr.want(ExitOK, "", []string{"ls", "--json"}, `"base_url": "https://xn--pi-6kc.test:443`)
}
