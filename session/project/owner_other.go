//go:build !unix

package project

import "io/fs"

// owner returns "": this system does not tell the owner of a file.
func owner(fs.FileInfo) string { return "" }
