//go:build !linux

package store

// holder does not know: this system does not tell who holds a lock.
func holder(string) int { return 0 }
