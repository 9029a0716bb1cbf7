// Package session holds the types of the engine and what can be judged of them
// alone: accounts, their sessions, states and failures. It declares the
// interfaces the engine needs (Store, Vault, Prompter) and imports no
// implementation.
package session
