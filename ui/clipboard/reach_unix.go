//go:build !windows && !darwin

package clipboard

// reachable reports whether there is a display, which may have a clipboard.
func reachable(getenv func(string) string) bool {
	return getenv("WAYLAND_DISPLAY") != "" || getenv("DISPLAY") != "" || getenv("WSL_DISTRO_NAME") != "" ||
		getenv("TERMUX_VERSION") != ""
}
