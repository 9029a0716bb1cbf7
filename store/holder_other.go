//go:build !linux

package store

// holder returns 0: this system does not report the holder of a lock.
func holder(string) int { return 0 }

// command returns "": this system does not report the command of a process.
func command(int) string { return "" }
