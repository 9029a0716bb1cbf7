//go:build !linux

package ui

// forgetProgram does nothing here.
func forgetProgram() {}
