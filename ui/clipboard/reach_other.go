//go:build windows || darwin

package clipboard

// reachable: these systems have their clipboard everywhere.
func reachable(func(string) string) bool { return true }
