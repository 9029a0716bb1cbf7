package definition

import (
	"path/filepath"
	"strings"
	"testing"
)

// The file of an authority is found from the folder of the definition, wherever the
// program was started.
func TestAnAuthorityIsRelativeToItsDefinition(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{
		"office.pem":         filepath.Join(dir, "office.pem"),
		"../certs/a.pem":     filepath.Join(filepath.Dir(dir), "certs", "a.pem"),
		"~/certs/office.pem": "~/certs/office.pem",
		"/etc/office.pem":    "/etc/office.pem",
	} {
		src := "name: x\nbase_url: https://a.example\nconnection: {authority: " + text + "}\n" + strings.Join([]string{
			"logins:", "  - name: paste", "    fields: [{name: pasted, label: Token, secret: true}]", "    steps: [{capture: {access: .pasted}}]",
			"attach:", `  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}`, "",
		}, "\n")
		def, err := Parse(filepath.Join(dir, "x.yaml"), []byte(src))
		if err != nil || def.Connection.Authority != want {
			t.Errorf("%s: %v, %v", text, err, def)
		}
	}
}
