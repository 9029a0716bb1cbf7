package definition

import (
	"slices"
	"strings"

	"tokenring/session/yaml"
)

// mustCapture reports a name that no flow captures.
func (l *linter) mustCapture(n *yaml.Node, name string) {
	if !slices.Contains(l.captured, name) && !l.isBlurred() {
		l.Problem(n, yaml.Suggest(name, l.captured), "nothing captures %s", name)
	}
}

// sameEverywhere reports a login's field that hides one of the account, or that
// another login declares with another nature: an account keeps one value by
// one name.
func (l *linter) sameEverywhere(n *yaml.Node, field Field) {
	inAccount := strings.HasPrefix(n.Path, "fields[")
	if !inAccount && slices.Contains(l.accountFields, field.Name) {
		l.Problem(n, "rename one of them", "%s is a field of the account already", field.Name)
		return
	}
	for _, login := range l.def.Logins {
		for _, other := range login.Fields {
			if other.Name == field.Name && (other.Secret != field.Secret || other.Type != field.Type) && !inAccount {
				l.Problem(n, "give both the same type and secret, or other names",
					"%s is another kind of field in login %s", field.Name, login.Name)
			}
		}
	}
}

// loginCaptures reports a login that captures nothing.
func (l *linter) loginCaptures(n *yaml.Node, captured []string) {
	if len(captured) == 0 && len(l.eachAnswer) == 0 && !l.isBlurred() {
		l.Problem(n, "capture: {access: .body.access_token}", "this login captures nothing, so it gives no session")
	}
}

// notAField reports a capture or prompt that would hide a field.
func (l *linter) notAField(n *yaml.Node, name string) {
	if slices.Contains(l.allFields(), name) {
		l.Problem(n, "rename one of them", "%s is the name of a field already", name)
	}
}

func (l *linter) attachKnown(n *yaml.Node, name string) {
	if name != AttachNone && !slices.Contains(l.attach, name) {
		l.Problem(n, yaml.Suggest(name, append([]string{AttachNone}, l.attach...)), "no attach mode is named %q", yaml.Clip(name))
	}
}

// attachesToken reports an attach mode without a captured token.
func (l *linter) attachesToken(n *yaml.Node, a *Attach, texts []reading) {
	if a.Primary == "" && !l.isBlurred() && !l.Faulty(n.Path) && !l.meansCapture(texts) {
		l.Problem(n, "name one in headers, query or cookies: Authorization: \"Bearer ${.access}\"",
			"this mode puts no captured token on a request")
	}
}
