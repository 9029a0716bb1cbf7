//go:build !unix

package project

import "io/fs"

// owner returns "": this system does not say who a file belongs to.
func owner(fs.FileInfo) string { return "" }
