package draft

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/reference"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// Validate finds everything that keeps a draft from being saved; nil: nothing.
func (e *Editor) Validate(ctx context.Context, d *Form) FieldErrors {
	var errs FieldErrors
	checkWord(&errs, "name", strings.TrimSpace(d.Name), true)
	checkWord(&errs, "environment", strings.TrimSpace(d.Environment), false)
	e.checkName(ctx, &errs, d)
	def, err := e.Catalog.Get(d.Definition)
	if err != nil {
		errs.add("definition", "%v", err)
		return errs
	}
	login := def.Login(d.Login)
	if login == nil {
		errs.add("login", "%s has no login %q", def.Title, d.Login)
		return errs
	}
	if reason := login.NeedsPerson(); d.Relogin && reason != "" {
		errs.add("relogin", "%s", reason)
	}
	if d.Attach != "" && def.AttachMode(d.Attach) == nil {
		errs.add("attach", "%s has no attach mode %q", def.Title, d.Attach)
	}
	if !slices.Contains(session.Guards(), d.Guard) {
		errs.add("guard", "unknown guard %q", d.Guard)
	}
	trimAddress(d, def)
	clean(&errs, d, def)
	cleanConnection(d)
	a := d.account()
	holds, scope := def.Conditions(&session.Record{Account: a}), def.GrantOf(&a).Field
	for _, f := range def.FieldsFor(d.Login) {
		if holds(f.When) {
			e.checkField(ctx, &errs, d, &f)
			checkEntered(&errs, d, def, &f)
		}
		if fault := token.ScopeFault(d.Values[f.Name]); f.Name == scope && fault != "" && errs.For(f.Name) == "" {
			errs.add(f.Name, "%s", fault)
		}
	}
	checkReferences(&errs, d, def)
	e.checkConnection(ctx, &errs, d, def)
	if len(errs) == 0 {
		e.checkDestination(&errs, d)
	}
	return errs
}

func checkWord(errs *FieldErrors, field, word string, required bool) {
	switch {
	case word == "" && required:
		errs.add(field, "give the account a name")
	case utf8.RuneCountInString(word) > MaxName:
		errs.add(field, "at most %d characters", MaxName)
	case word != secret.CleanLine(word) || strings.ContainsFunc(word, unicode.IsControl):
		errs.add(field, "visible characters only")
	}
}

func (e *Editor) checkName(ctx context.Context, errs *FieldErrors, d *Form) {
	name := strings.TrimSpace(d.Name)
	owner, err := e.Store.IDOf(ctx, name)
	switch {
	case err == nil && owner != d.ID:
		errs.add("name", "another account has this name")
	case err == nil: // the name it has
	case request.AccountName(name) == request.Anonymous:
		errs.add("name", "%s is the identity without a token; choose another name", request.Anonymous)
	case strings.HasPrefix(name, "-"):
		errs.add("name", "no dash at the start: commands would take it for a flag")
	}
}

func (e *Editor) checkField(ctx context.Context, errs *FieldErrors, d *Form, f *definition.Field) {
	text := d.Values[f.Name]
	if f.Secret {
		return // asked for at login when it is not stored
	}
	if text == "" {
		if !f.Optional && f.Default == nil {
			errs.add(f.Name, "needed")
		}
		return
	}
	if text != secret.CleanLine(text) {
		errs.add(f.Name, "visible characters only")
		return
	}
	switch f.Type {
	case definition.TypeURL:
		if u, err := address.Parse(text); errors.Is(err, address.ErrPart) {
			errs.add(f.Name, "%v", err)
		} else if err != nil {
			errs.add(f.Name, "a full address, such as https://api.example.com")
		} else if u.User != nil {
			errs.add(f.Name, "an address without a user name or password in it")
		}
	case definition.TypeInt:
		if _, err := strconv.Atoi(text); err != nil {
			errs.add(f.Name, "a whole number")
		}
	case definition.TypeBool:
		if _, err := strconv.ParseBool(text); err != nil {
			errs.add(f.Name, "true or false")
		}
	case definition.TypeEnum:
		if !slices.Contains(f.Options, text) {
			errs.add(f.Name, "one of %s", strings.Join(f.Options, ", "))
		}
	case definition.TypeAccount:
		e.checkLender(ctx, errs, d, f.Name, text)
	}
}

// trimAddress removes blanks that were copied along with the values of
// an address.
func trimAddress(d *Form, def *definition.Definition) {
	parts := addressParts(def)
	for _, f := range def.Fields {
		if f.Type == definition.TypeURL {
			parts = append(parts, f.Name)
		}
	}
	for _, name := range parts {
		if text, ok := d.Values[name]; ok {
			d.Values[name] = address.Trim(text)
		}
	}
	for i := range d.Origins {
		if o, err := transport.ParseOrigin(d.Origins[i].Origin); err == nil {
			d.Origins[i].Origin = string(o)
		}
	}
}

// addressParts names the inputs that make the addresses of an account.
func addressParts(def *definition.Definition) []string {
	names := slices.Clone(def.BaseURL.Refs())
	for i := range def.Origins {
		names = append(names, def.Origins[i].URL.Refs()...)
	}
	return names
}

// clean removes what was copied along with the tokens of a form, and refuses
// values that cannot be sent as a token.
func clean(errs *FieldErrors, d *Form, def *definition.Definition) {
	for _, name := range def.TokenInputs(d.Login) {
		raw := d.NewSecrets[name]
		if raw.IsZero() {
			continue
		}
		value, note, fault := token.Enter(raw)
		if fault != "" {
			*errs = append(*errs, FieldError{Field: name, Text: fault, Secret: true})
			continue
		}
		d.NewSecrets[name] = value
		if note != "" {
			d.Notes = append(d.Notes, name+": "+note)
		}
	}
}

// checkEntered refuses a value that does not fit its field's pattern, or that could
// not be sent as a part of every request.
func checkEntered(errs *FieldErrors, d *Form, def *definition.Definition, f *definition.Field) {
	text := d.Values[f.Name]
	if f.Secret {
		text = d.NewSecrets[f.Name].Reveal()
	}
	if text == "" {
		return
	}
	fault := f.Fault(text)
	if fault == "" && slices.Contains(def.SentNames(), f.Name) && !slices.Contains(def.TokenInputs(d.Login), f.Name) {
		fault = token.Fault(text)
	}
	if fault != "" {
		*errs = append(*errs, FieldError{Field: f.Name, Text: fault, Secret: f.Secret})
	}
}

func (e *Editor) checkLender(ctx context.Context, errs *FieldErrors, d *Form, field, id string) {
	lender, err := e.Store.Account(ctx, id)
	switch {
	case err != nil:
		errs.add(field, "unknown account")
	case id == d.ID:
		errs.add(field, "an account cannot lend its token to itself")
	case e.Opener.Borrows(&lender.Account):
		errs.add(field, "%s borrows a token itself and has none of its own to lend", lender.Account.Name)
	case !slices.Contains(d.Grants, id):
		errs.add(field, "agree first: the token of %s would be sent here", lender.Account.Name)
	}
}

func (e *Editor) checkDestination(errs *FieldErrors, d *Form) {
	to, err := e.Preview(d)
	if err != nil {
		errs.add("base_url", "%v", err)
		return
	}
	if to.Plain && !d.AllowHTTP {
		errs.add("allow_http", "%s is not encrypted: use https, or allow plain HTTP for this account", address.Show(to.Origin))
	}
	for _, o := range to.Origins {
		if !d.Origins.Allow(o.Origin, o.For) {
			errs.add("origins", "%s also go to %s: agree to it first", o.For, address.Show(o.Origin))
		}
	}
}

// checkReferences checks the references of a draft.
func checkReferences(errs *FieldErrors, d *Form, def *definition.Definition) {
	inAddress := addressParts(def)
	isSecret := func(name string) bool {
		return slices.Contains(session.ConnectionSecrets(), name) ||
			slices.ContainsFunc(def.FieldsFor(d.Login), func(f definition.Field) bool { return f.Name == name && f.Secret })
	}
	for name, text := range d.References {
		_, err := reference.Parse(text)
		switch {
		case text == "":
		case err != nil:
			errs.add(name, "%v", err)
		case !isSecret(name):
			errs.add(name, "%s has no secret field %q", def.Title, name)
		case slices.Contains(inAddress, name):
			errs.add(name, "it is part of the address, which must be known before anything is read; enter it")
		case !d.NewSecrets[name].IsZero():
			errs.add(name, "either a secret or a reference, not both")
		}
	}
}
