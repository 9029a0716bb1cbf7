// Package session holds the types of the engine and what can be judged of them
// alone: accounts, their sessions, states and failures. It declares the
// interfaces the engine needs (Store, Vault, Prompter) and imports no
// implementation.
package session

import (
	"net/url"
	"slices"
	"time"
)

// Account is one identity at one backend. Nothing in it is secret: what is
// stands sealed in the store, and Secrets only names it.
type Account struct {
	ID          string // stable, random; binds sealed values
	Name        string // unique, chosen by the person
	Definition  string // name of the backend definition
	Login       string // login variant; "" until one is chosen
	Attach      string // attach mode; "" is the definition's first
	Environment string // dev, staging, prod, or the person's own word; may be empty
	Guard       Guard

	Values     map[string]string // plain field values by field name
	Secrets    []string          // names of the secret fields that are stored
	References map[string]string // where other secret fields are read from when a flow needs them: env:NAME, cmd:…

	KeepAlive bool // refreshed in the background while a screen is open
	Relogin   bool // log in again silently when a refresh is refused
	AllowHTTP bool // plain HTTP beyond loopback was agreed to

	BaseURL string   // as the definition and the values make it
	Origin  string   // scheme://host:port that the credentials belong to
	Origins []string // further origins the person agreed to, sorted
	Grants  []string // ids of accounts whose token may be sent to Origin

	Created time.Time
	Updated time.Time
}

// HasSecret reports whether the secret field name is at hand: stored, or read
// from somewhere else.
func (a *Account) HasSecret(name string) bool {
	return slices.Contains(a.Secrets, name) || a.References[name] != ""
}

// Binding is what the sealed value name of the account belongs to.
func (a *Account) Binding(name string) Binding {
	return Binding{AccountID: a.ID, Name: name, Origin: a.Origin, Origins: a.Origins}
}

// Host is the host[:port] of the account's origin.
func (a *Account) Host() string {
	u, err := url.Parse(a.Origin)
	if err != nil {
		return a.Origin
	}
	return u.Host
}
