package form

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

// The ids of the fields every account has; those of the definition have a
// prefix before their names.
const (
	idBackend     = "definition"
	idName        = "name"
	idEnvironment = "environment"
	idOwnWord     = "own word"
	idLogin       = "login"
	idAttach      = "attach"
	idKeepAlive   = "keep alive"
	idRelogin     = "relogin"
	idVerify      = "verify"
	idGuard       = "guard"
	prefixField   = "field:"
	prefixSecret  = "secret:"
	prefixGrant   = "grant:"
	prefixOrigin  = "origin:"
	prefixHTTP    = "http:"
)

const ownWord = "\x00own" // the option beside the environments that are known

// sheet makes the fields of a form and keeps every one it made, so that what
// was typed is there again when a field comes back.
type sheet struct {
	ctx   *screen.Context
	begin *draft.Form
	was   *session.Account // as stored; nil for a new account
	made  map[string]*field.Field
}

// once makes a field when it is needed first.
func (s *sheet) once(id, label, help string, control func() field.Control) *field.Field {
	f, ok := s.made[id]
	if !ok {
		f = &field.Field{ID: id, Control: control()}
		s.made[id] = f
	}
	f.Label, f.Help = label, help
	return f
}

func controlOf[C field.Control](s *sheet, id string) (c C, ok bool) {
	f, ok := s.made[id]
	if !ok {
		return c, false
	}
	c, ok = f.Control.(C)
	return c, ok
}

func (s *sheet) name(suggestion string) *field.Field {
	f := s.once(idName, "Name", "Must be unique. Leave it empty to use the suggestion.",
		func() field.Control { return field.NewText(s.ctx.Theme, s.begin.Name) })
	if t, ok := f.Control.(*field.Text); ok {
		t.Default = suggestion
	}
	return f
}

// environment offers the usual words, those other accounts have, and a line
// for another one.
func (s *sheet) environment(known []string) []*field.Field {
	choice := s.once(idEnvironment, "Environment", "A word and a colour that tell production from the rest.", func() field.Control {
		options := []field.Option{{Value: "", Title: "none"}}
		for _, w := range known {
			options = append(options, field.Option{Value: w, Title: w})
		}
		options = append(options, field.Option{Value: ownWord, Title: "own word"})
		return field.NewChoice(s.ctx.Theme, options, s.begin.Environment)
	})
	if c, ok := choice.Control.(*field.Choice); !ok || c.Value() != ownWord {
		return []*field.Field{choice}
	}
	return []*field.Field{choice, s.once(idOwnWord, "Own word", "Any word; accounts with the same word look alike.",
		func() field.Control { return field.NewText(s.ctx.Theme, "") })}
}

// environments lists the words to choose from, the account's own among them.
func environments(begin *draft.Form, accounts []session.Snapshot) []string {
	words := []string{"dev", "staging", "prod"}
	add := func(w string) {
		if w != "" && !slices.Contains(words, w) && w == secret.CleanLine(w) {
			words = append(words, w)
		}
	}
	add(begin.Environment)
	for i := range accounts {
		if len(words) < 6 {
			add(accounts[i].Account.Environment)
		}
	}
	return words
}

func (s *sheet) choice(id, label, help, value string, options []field.Option) *field.Field {
	f := s.once(id, label, help, func() field.Control { return field.NewChoice(s.ctx.Theme, options, value) })
	if c, ok := f.Control.(*field.Choice); ok {
		c.SetOptions(options)
		if c.Value() == "" && len(options) > 0 && value != "" {
			c.Set(options[0].Value) // what was chosen is no longer offered
		}
	}
	return f
}

func (s *sheet) toggle(id, label, text, help string, on bool) *field.Field {
	f := s.once(id, label, help, func() field.Control { return field.NewSwitch(s.ctx.Theme, text, on) })
	if c, ok := f.Control.(*field.Switch); ok {
		c.Text = text
	}
	return f
}

// of makes the field of a definition. moved says that the account's address is
// another one than its stored secrets belong to.
func (s *sheet) of(d *definition.Field, moved bool, accounts *choices) *field.Field {
	label := cmp.Or(secret.CleanLine(d.Label), d.Name)
	help := secret.CleanLine(d.Help)
	if d.Secret {
		return s.secret(d, label, help, moved)
	}
	id, value := fieldID(d), s.begin.Values[d.Name]
	switch d.Type {
	case definition.TypeBool:
		on := value == "true" || value == "" && d.Default == true
		return s.toggle(id, label, "yes", help, on)
	case definition.TypeEnum:
		if value == "" && d.Default != nil {
			value = fmt.Sprint(d.Default)
		}
		return s.once(id, label, help, func() field.Control {
			return field.NewChoice(s.ctx.Theme, enumOptions(d), value)
		})
	case definition.TypeAccount:
		return s.once(id, label, help, func() field.Control {
			title := ""
			if a := accounts.account(value); a != nil {
				title = s.ctx.Line(a.Account.Name)
			}
			return field.NewPick(s.ctx.Theme, value, title, s.ctx.Keys.Sentence("", keymap.Accept, "chooses an account"))
		})
	}
	f := s.once(id, label, help, func() field.Control { return field.NewText(s.ctx.Theme, value) })
	if t, ok := f.Control.(*field.Text); ok {
		t.Hint, t.Default = hint(d), ""
		if d.Default != nil {
			t.Default = secret.CleanLine(fmt.Sprint(d.Default))
		}
	}
	return f
}

// fieldID keeps fields of two logins apart when they are answered differently.
func fieldID(d *definition.Field) string {
	if d.Secret {
		return prefixSecret + d.Name
	}
	return prefixField + string(d.Type) + ":" + d.Name
}

func enumOptions(d *definition.Field) []field.Option {
	var options []field.Option
	if d.Optional {
		options = append(options, field.Option{Value: "", Title: "none"})
	}
	for _, o := range d.Options {
		options = append(options, field.Option{Value: o, Title: secret.CleanLine(o)})
	}
	return options
}

func hint(d *definition.Field) string {
	switch {
	case d.Optional:
		return "optional"
	case d.Type == definition.TypeURL:
		return "https://…"
	}
	return ""
}

func (s *sheet) secret(d *definition.Field, label, help string, moved bool) *field.Field {
	f := s.once(fieldID(d), label, help, func() field.Control { return field.NewSecret(s.ctx.Theme, s.ctx.Keys) })
	c, ok := f.Control.(*field.Secret)
	if !ok {
		return f
	}
	stored := s.was != nil && s.was.HasSecret(d.Name)
	c.Stored, c.Places, c.From, c.Unwrap = stored && !moved, true, "", screen.Unwrap
	if stored {
		c.From = s.ctx.Line(s.was.References[d.Name])
	}
	switch {
	case stored && moved:
		c.Empty = "belongs to the old address; enter it again"
	case d.Optional:
		c.Empty = "optional"
	default:
		c.Empty = "empty: asked at each login, never stored"
	}
	if f.Help == "" {
		f.Help = "It is sealed in the vault. " + sentence(c.Empty) + " " + s.ctx.Keys.Key(keymap.FormReference) + " reads it from another source."
	}
	return f
}

// grant asks whether another account's token may be sent to the origin. It is
// asked again when either of the two changes.
func (s *sheet) grant(d *definition.Field, origin string, accounts *choices) *field.Field {
	pick, ok := controlOf[*field.Pick](s, fieldID(d))
	if !ok || pick.Value() == "" {
		return nil
	}
	lender, to := pick.Title, s.ctx.URL(origin)
	if to == "" {
		to = "this account's address"
	}
	if a := accounts.account(pick.Value()); a != nil {
		lender = s.ctx.Line(a.Account.Name)
	}
	agreed := s.was != nil && s.was.Origin == origin && slices.Contains(s.begin.Grants, pick.Value())
	return s.toggle(prefixGrant+pick.Value()+"@"+origin, "Agree", "send the token of "+lender+" to "+to,
		"Anyone who runs "+to+" can then act as "+lender+" until that token ends.", agreed)
}

func (s *sheet) plainHTTP(origin string) *field.Field {
	agreed := s.was != nil && s.was.Origin == origin && s.begin.AllowHTTP
	return s.toggle(prefixHTTP+origin, "Plain HTTP", "allow it for this account",
		"Anyone between here and "+s.ctx.URL(origin)+" can read the password and every token, and change what is answered.", agreed)
}

// originID identifies the question about an origin; what it gets is part of it.
func originID(o session.FurtherOrigin) string { return prefixOrigin + o.String() }

func (s *sheet) origin(o session.FurtherOrigin) *field.Field {
	return s.toggle(originID(o), "Further host", "send "+o.For.String()+" to "+s.ctx.URL(o.Origin),
		"Whoever runs that host can read what is sent there.", s.begin.Origins.Allow(o.Origin, o.For))
}

func (s *sheet) behaviour(def *definition.Definition, a *session.Account) []*field.Field {
	out := []*field.Field{field.Heading("behaviour", "How it behaves")}
	if def.Extends(a) {
		out = append(out, s.toggle(idKeepAlive, "Keep alive", "renew it in the background",
			"While tokenring is open, the session is refreshed before it ends.", s.begin.KeepAlive))
	} else {
		out = append(out, field.Note("note:keep alive", "It is not kept alive: nothing renews a session of this login."))
	}
	if reason := needsPerson(def.Login(a.Login)); reason == "" && !def.Repeats(a) {
		out = append(out, field.Note("note:relogin", "It does not log in again by itself: the same values bring no new session."))
	} else if reason == "" {
		out = append(out, s.toggle(idRelogin, "Log in again", "with the stored credentials",
			"When a refresh is refused; works only where every secret of the login is stored.", s.was == nil || s.begin.Relogin))
	} else {
		out = append(out, field.Note("note:relogin", "It does not log in again by itself: "+s.ctx.Line(reason)+"."))
	}
	out = append(out, s.toggle(idVerify, "Verify", "the signatures of its tokens",
		"Whenever their claims are shown, their issuer is asked for its keys.", s.begin.Verify))
	guards := make([]field.Option, 0, len(session.Guards()))
	for _, g := range session.Guards() {
		guards = append(guards, field.Option{Value: string(g), Title: cmp.Or(string(g), "none")})
	}
	guard := s.once(idGuard, "Guard", "", func() field.Control {
		return field.NewChoice(s.ctx.Theme, guards, string(s.begin.Guard))
	})
	if c, ok := guard.Control.(*field.Choice); ok {
		guard.Help = sentence(session.Guard(c.Value()).Meaning())
	}
	return append(out, guard)
}

// sentence makes one of a text that begins small and has no full stop.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// needsPerson returns why a login cannot be repeated without a person, or "".
func needsPerson(login *definition.Login) string {
	if login == nil {
		return "no login"
	}
	return login.NeedsPerson()
}

// suggest makes a name from the user's and the server's.
func suggest(who, origin, definition string) string {
	if who, _, _ = strings.Cut(who, "@"); who == "" {
		who = definition
	}
	name := who
	if host := place(origin); host != "" {
		name += "@" + host
	}
	name = strings.TrimSpace(secret.CleanLine(name))
	if r := []rune(name); len(r) > draft.MaxName-4 {
		name = string(r[:draft.MaxName-4])
	}
	return name
}

// place returns the host of an origin in a word.
func place(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host := u.Hostname()
	if transport.Loopback(transport.OriginOf(u)) {
		return "local"
	}
	return strings.TrimPrefix(strings.TrimPrefix(host, "www."), "api.")
}

// value returns the text of a definition's field as a draft holds it.
func (s *sheet) value(d *definition.Field) (string, bool) {
	f, ok := s.made[fieldID(d)]
	if !ok {
		v, had := s.begin.Values[d.Name]
		return v, had
	}
	if c, ok := f.Control.(field.Valued); ok {
		return c.Value(), true
	}
	return "", false
}

// set changes the value of a field, which may not be shown yet.
func (s *sheet) set(d *definition.Field, value string) {
	if f, ok := s.made[fieldID(d)]; !ok {
		s.begin.Values[d.Name] = value
	} else if c, ok := f.Control.(interface{ Set(string) }); ok {
		c.Set(value)
	}
}
