// Package session holds the types of the engine (accounts, sessions, states, failures)
// and the logic that needs nothing else. It declares interfaces such as Vault and Prompter
// and imports no implementation.
package session

import (
	"slices"

	"tokenring/session/address"
)

// Account is one identity at one backend. It holds no secrets: those are sealed in the
// store, and Secrets only lists their names.
//
// Every field with a JSON name affects the credentials, so it is sealed too and cannot be
// changed without the key. The JSON names are the columns of the store; the review tag
// describes a field to a person.
type Account struct {
	ID          string `yaml:"-" json:"id" review:"identity"` // stable, random; binds sealed values
	Name        string `yaml:"name" json:"-"`                 // unique, chosen by the user
	Definition  string `yaml:"backend" json:"definition" review:"backend"`
	Login       string `yaml:"login,omitempty" json:"login" review:"login"`         // "" until one is chosen
	Attach      string `yaml:"attach,omitempty" json:"attach" review:"attach mode"` // attach mode; "" is the definition's first
	Environment string `yaml:"environment,omitempty" json:"-"`                      // dev, staging, prod, or the user's own word; may be empty
	Guard       Guard  `yaml:"guard,omitempty" json:"guard" review:"guard"`

	KeepAlive bool `yaml:"keep_alive,omitempty" json:"keep_alive" review:"refreshed in the background"` // refreshed in the background while a screen is open
	Relogin   bool `yaml:"relogin,omitempty" json:"relogin" review:"logs in again by itself"`           // log in again silently when a refresh is refused
	AllowHTTP bool `yaml:"allow_http,omitempty" json:"allow_http" review:"plain HTTP allowed"`          // the user allowed plain HTTP beyond loopback
	Verify    bool `yaml:"verify,omitempty" json:"verify" review:"verifies its tokens by itself"`       // fetch the issuer's keys when claims are shown

	BaseURL string   `yaml:"-" json:"base_url" review:"address"`                                      // from the definition and the values, or from a login
	Origin  string   `yaml:"-" json:"origin" review:"server that gets the credentials"`               // scheme://host:port that the credentials belong to
	Origins Origins  `yaml:"origins,omitempty" json:"origins" review:"further servers that get them"` // further origins the user agreed to
	Grants  []string `yaml:"-" json:"grants" review:"accounts that lend their token"`                 // ids of accounts whose token may be sent to Origin

	Connection           Connection `yaml:"connection,omitempty" json:"connection" review:"way to its servers"`                  // its own way to its servers
	DefinitionConnection Connection `yaml:"-" json:"definition_connection" review:"way to its servers that its definition says"` // that of the definition when the user agreed to it

	Values     map[string]string `yaml:"values,omitempty" json:"fields" review:"fields"`                    // plain field values by field name
	Secrets    []string          `yaml:"-" json:"secrets" review:"stored secrets"`                          // names of the stored secret fields
	References map[string]string `yaml:"references,omitempty" json:"refs" review:"places of other secrets"` // sources of other secret fields, read when a flow needs them: env:NAME, file:…, cmd:…

	Seal []byte `yaml:"-" json:"-"` // the sealed SealText; nil: never sealed
}

// HasSecret reports whether the secret field name has a stored value or a reference.
func (a *Account) HasSecret(name string) bool {
	return slices.Contains(a.Secrets, name) || a.References[name] != ""
}

// Binding returns the binding of the account's sealed value name.
func (a *Account) Binding(name string) Binding {
	return Binding{AccountID: a.ID, Name: name, Origin: a.Origin, Origins: a.Origins.Names()}
}

// Host returns the host of the account's origin; see [address.ShowOrigin].
func (a *Account) Host() string { return address.ShowOrigin(a.Origin) }
