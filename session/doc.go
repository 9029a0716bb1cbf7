// Package session is the engine of tokenring: accounts, their sessions, and
// the Manager with every use case the screen and the command line share. It
// declares what it needs of the world (Store, Vault) and imports no
// implementation of it.
package session
