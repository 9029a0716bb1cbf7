// Package emulatortest holds what tests need beside the backends of package
// emulator: servers that misbehave or follow other conventions, listeners in
// memory and with bad certificates, a [Proxy] that logs requests and injects
// faults, and the real Expressa. The program does not import it.
package emulatortest
