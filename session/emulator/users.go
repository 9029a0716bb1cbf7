package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Password is the password of every demo user except zoe.
const Password = "open-sesame"

// AwkwardPassword is zoe's password. It breaks code that builds JSON, forms, URLs or
// shell lines by joining strings.
const AwkwardPassword = `p&ss=w%72d+"ü" \n ${x} 密'`

// State is a reason why a user cannot log in although the password is right.
type State string

// The states of a user. The zero State is an ordinary user.
const (
	Active      State = ""
	Locked      State = "locked"
	Disabled    State = "disabled"
	Unconfirmed State = "unconfirmed"
)

// User is a user of a backend.
type User struct {
	Name     string
	Email    string
	FullName string
	Password string
	Roles    []string
	State    State
}

// ID returns the user's identifier, derived from the name: 24 hex digits.
func (u *User) ID() string {
	sum := sha256.Sum256([]byte("user " + u.Name))
	return hex.EncodeToString(sum[:12])
}

// UUID returns the user's identifier in the form 8-4-4-4-12, in lower case.
func (u *User) UUID() string {
	sum := sha256.Sum256([]byte("uuid " + u.Name))
	return uuid.UUID(sum[:16]).String()
}

// Is reports whether the user has the role.
func (u *User) Is(role string) bool { return slices.Contains(u.Roles, role) }

// DemoUsers returns the users that the package comment lists.
func DemoUsers() []User {
	return []User{
		demoUser("admin", "Ada Admin", Active, "admin", "editor", "user"),
		demoUser("editor", "Edith Editor", Active, "editor", "user"),
		demoUser("viewer", "Victor Viewer", Active, "user"),
		{Name: "zoe", Email: "zoe@example.com", FullName: "Zoë 'Quote' 密", Password: AwkwardPassword, Roles: []string{"user"}},
		demoUser("locked", "Lotta Locked", Locked, "user"),
		demoUser("disabled", "Dirk Disabled", Disabled, "user"),
		demoUser("unconfirmed", "Una Unconfirmed", Unconfirmed, "user"),
	}
}

func demoUser(name, full string, state State, roles ...string) User {
	return User{
		Name: name, Email: name + "@example.com", FullName: full,
		Password: Password, Roles: roles, State: state,
	}
}

// Directory is the set of users of one server.
type Directory []User

func (d Directory) find(match func(*User) bool) *User {
	for i := range d {
		if match(&d[i]) {
			return &d[i]
		}
	}
	return nil
}

func (d Directory) ByName(name string) *User {
	return d.find(func(u *User) bool { return u.Name == name })
}

func (d Directory) ByEmail(email string) *User {
	return d.find(func(u *User) bool { return strings.EqualFold(u.Email, email) })
}

func (d Directory) ByID(id string) *User {
	return d.find(func(u *User) bool { return u.ID() == id })
}

func (d Directory) ByUUID(id string) *User {
	return d.find(func(u *User) bool { return strings.EqualFold(u.UUID(), id) })
}
