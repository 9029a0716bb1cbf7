package form

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/screen"
)

// choices are the accounts and definitions that a form offers.
type choices struct {
	accounts    []session.Snapshot
	definitions []*definition.Definition
	words       map[string]string // of the definitions, to search in
	problems    []error
	fits        []*draft.Form // of the token that the form was opened with
}

// account finds an account by id.
func (w *choices) account(id string) *session.Snapshot {
	for i := range w.accounts {
		if w.accounts[i].Account.ID == id {
			return &w.accounts[i]
		}
	}
	return nil
}

// named reports whether an account other than id has the name.
func (w *choices) named(name, id string) bool {
	return slices.ContainsFunc(w.accounts, func(s session.Snapshot) bool {
		return s.Account.Name == name && s.Account.ID != id
	})
}

func (o *Overlay) load() tea.Cmd {
	m, ctx, id, raw, text := o.engine, o.Life, o.id, o.token, o.text
	return o.loads.Run(o.Life, func() func() tea.Cmd {
		accounts, err := m.Accounts.List(ctx)
		var seen *session.Account
		var changed *session.ChangedError
		var edit *draft.Form
		if err == nil && id != "" {
			var rec *session.Record
			if rec, err = m.Accounts.Record(ctx, id); err == nil {
				edit = draft.FormOf(&rec.Account)
				seen, changed, _ = m.Drafts.Review(ctx, id) // saving reports what keeps it from that, such as a locked vault
			}
		}
		if id == "" {
			m.Catalog.Reload() // a definition may have been written since
		}
		all := choices{accounts: accounts, definitions: m.Catalog.List(), problems: m.Catalog.Problems()}
		if !raw.IsZero() {
			all.fits = fitsOf(raw, text.Reveal(), &all)
		}
		all.words = make(map[string]string, len(all.definitions))
		for _, d := range all.definitions {
			all.words[d.Name] = m.Catalog.Words(d.Name)
		}
		return func() tea.Cmd {
			switch {
			case err != nil:
				return tea.Sequence(screen.Close(o), screen.NotifyError(err))
			case changed != nil:
				return tea.Sequence(screen.Close(o), screen.Ask(o.review(seen, changed)))
			}
			return o.loaded(all, edit)
		}
	})
}

// fitsOf returns the form of an account with a token, and those of the backends whose login answers like its text.
func fitsOf(raw secret.String, text string, among *choices) []*draft.Form {
	d := draft.Suggest(raw, token.AddressIn(text), among.accounts, among.definitions)
	at := slices.IndexFunc(among.definitions, func(def *definition.Definition) bool { return def.Name == d.Definition })
	if at >= 0 {
		_, name := among.definitions[at].PasteLogin()
		d.NewSecrets = map[string]secret.String{name: raw}
	}
	return append([]*draft.Form{d}, draft.Backends(text, among.definitions)...)
}

// assessment is what is known about a draft.
type assessment struct {
	questions draft.Questions
	read      map[string]string // values that were read out of an address
	to        credential.Destination
	shown     string // the address of to; what is still to be typed is in capitals
	lost      error  // why there is no destination yet
	errs      draft.FieldErrors
	checked   bool // errs is meant
}

// assess determines what to ask for a draft, where it would send its
// credentials and, with check, what is wrong with it.
func (o *Overlay) assess(check bool) tea.Cmd {
	m, ctx, d := o.engine, o.Life, o.draft()
	check = check || o.unchecked
	o.unchecked = check
	return o.asks.Run(o.Life, func() func() tea.Cmd {
		a, entered := assessment{checked: check, read: map[string]string{}}, maps.Clone(d.Values)
		if a.questions, a.lost = m.Drafts.Normalize(d); a.lost == nil {
			for name, value := range d.Values {
				if value != entered[name] {
					a.read[name] = value
				}
			}
			a.to, a.lost = m.Drafts.Preview(d)
			a.shown = sketch(m, d, a.questions.Fields, a.to.BaseURL)
			if check {
				a.errs = m.Drafts.Validate(ctx, d)
			}
		}
		return func() tea.Cmd { return o.assessed(&a) }
	})
}

// sketch returns the address a draft will have, with the names of what it still
// needs in their places; otherwise when that makes none.
func sketch(m Engine, d *draft.Form, fields []definition.Field, otherwise string) string {
	whole := *d
	whole.Values = maps.Clone(d.Values)
	for _, f := range fields {
		if f.Type == definition.TypeString && !f.Secret && !f.Optional && whole.Values[f.Name] == "" {
			whole.Values[f.Name] = strings.ToUpper(f.Name)
		}
	}
	to, err := m.Drafts.Preview(&whole)
	if err != nil {
		return otherwise
	}
	return to.BaseURL
}
