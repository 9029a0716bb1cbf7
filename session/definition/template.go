package definition

import (
	_ "embed"
	"strings"
)

//go:embed template.yaml
var template string

// Template returns the text of a definition to begin with, whose comments teach.
func Template(name, title string) []byte {
	return []byte(strings.NewReplacer("NAME", name, "TITLE", title).Replace(template))
}
