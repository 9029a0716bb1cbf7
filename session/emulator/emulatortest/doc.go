// Package emulatortest holds what tests need beside the backends of package
// emulator: servers that misbehave or follow other conventions, listeners in
// memory and with bad certificates, and the real Expressa. The program does not
// import it.
package emulatortest
