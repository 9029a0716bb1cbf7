// Package emulatortest adds to the backends of package emulator what only tests need:
// servers that misbehave or follow other conventions, listeners in memory, a [Proxy]
// that logs requests and injects faults, and the real Expressa. The program does not
// import it.
package emulatortest
