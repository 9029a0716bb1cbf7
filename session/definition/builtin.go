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

// LoadBuiltin parses one of the definitions that are part of the program. The
// error is fs.ErrNotExist when there is none of that name.
func LoadBuiltin(name string) (*Definition, error) {
	src, err := fs.ReadFile(Builtin(), name+".yaml")
	if err != nil {
		return nil, err
	}
	return Parse(SourceBuiltin, src)
}
