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
// is sealed in the store, and Secrets only names it.
type Account struct {
	ID          string `yaml:"-"`    // stable, random; binds sealed values
	Name        string `yaml:"name"` // unique, chosen by the user
	Definition  string `yaml:"backend"`
	Login       string `yaml:"login,omitempty"`       // "" until one is chosen
	Attach      string `yaml:"attach,omitempty"`      // attach mode; "" is the definition's first
	Environment string `yaml:"environment,omitempty"` // dev, staging, prod, or the user's own word; may be empty
	Guard       Guard  `yaml:"guard,omitempty"`

	KeepAlive bool `yaml:"keep_alive,omitempty"` // refreshed in the background while a screen is open
	Relogin   bool `yaml:"relogin,omitempty"`    // log in again silently when a refresh is refused
	AllowHTTP bool `yaml:"allow_http,omitempty"` // the user allowed plain HTTP beyond loopback

	BaseURL string   `yaml:"-"`                 // of the definition and the values
	Origin  string   `yaml:"-"`                 // scheme://host:port that the credentials belong to
	Origins []string `yaml:"origins,omitempty"` // further origins the user agreed to, sorted
	Grants  []string `yaml:"-"`                 // ids of accounts whose token may be sent to Origin

	Values     map[string]string `yaml:"values,omitempty"`     // plain field values by field name
	Secrets    []string          `yaml:"-"`                    // names of the stored secret fields
	References map[string]string `yaml:"references,omitempty"` // sources of other secret fields, read when a flow needs them: env:NAME, cmd:…

	Created time.Time `yaml:"-"`
	Updated time.Time `yaml:"-"`
}

// HasSecret reports whether the secret field name is at hand: stored, or read
// from somewhere else.
func (a *Account) HasSecret(name string) bool {
	return slices.Contains(a.Secrets, name) || a.References[name] != ""
}

// Binding returns the owner of the account's sealed value name.
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
