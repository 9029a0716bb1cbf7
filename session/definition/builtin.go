package definition

import (
	"embed"
	"io/fs"
)

//go:embed builtin/*.yaml
var builtinFiles embed.FS

// SourceBuiltin is the Source of a definition that is part of the program.
const SourceBuiltin = "built in"

// Builtin holds the definitions that are part of the program: NAME.yaml each.
func Builtin() fs.FS {
	sub, err := fs.Sub(builtinFiles, "builtin")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
