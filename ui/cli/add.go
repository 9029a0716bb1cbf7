package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/reference"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newAdd(env *app.Env) *cobra.Command {
	a := &addCmd{env: env, draft: &draft.Form{Account: session.Account{Values: map[string]string{}, References: map[string]string{}}}}
	cmd := &cobra.Command{
		Use:     "add [NAME]",
		GroupID: groupAccounts,
		Short:   "Add an account",
		Long: "Adds an account. Asks on the terminal for whatever the backend needs and the flags leave open;\n" +
			"only flags set optional fields. Without a terminal, flags must set everything needed.\n" +
			"--secret reads a secret now and seals it; --ref reads it from its source at each login.\n" +
			"Without either, each login asks for it.\n" +
			"Nothing is sent anywhere unless you pass --log-in. A stored token is the session at once.\n" +
			"--backend also takes the address of a server that a definition names, or of the OpenID Connect or\n" +
			"OAuth discovery of an issuer, and fills in what the address says.\n" +
			"The question for the backend takes an address and the answer of a login too.\n" +
			"\n" +
			"A new ring keeps its key in TOKENRING_KEY if that is set, else in the system's keyring, else\n" +
			"behind a passphrase that you choose.",
		Example: "  tokenring add\n" +
			"  tokenring add admin@edge --backend datarhei-core --set address=https://edge.example.com \\\n" +
			"      --set username=admin --secret password='cmd:pass show edge/admin' --env staging --log-in",
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				a.draft.Name = args[0]
			}
			return env.With(cmd.Context(), func(r *app.Ring) error {
				s, err := a.run(cmd.Context(), r)
				if s == nil {
					return err
				}
				return errors.Join(env.Data(newListedAccount(s, s.StateAt(env.Now()), env.Now()), [][]string{{a.words(s)}}), err)
			})
		},
	}
	a.flags(cmd)
	jsonFlag(cmd, env, "print the account as a JSON object")
	return cmd
}

// addCmd adds an account from flags and answers.
type addCmd struct {
	env       *app.Env
	draft     *draft.Form
	guard     string
	fields    fieldFlags
	lend      []string // names of accounts
	origins   []string // further ones, agreed to for all that the backend sends there
	logIn     bool
	keepAlive bool
	relogin   bool
	given     func(flag string) bool // reports whether a flag is set
	ask       *term.Console          // nil: there is no terminal
}

func (a *addCmd) flags(cmd *cobra.Command) {
	f, d := cmd.Flags(), a.draft
	a.given = f.Changed
	f.StringVarP(&d.Definition, "backend", "b", "", "the backend's definition, or an address of it; tokenring backends lists them")
	f.StringVar(&d.Login, "login", "", "the login, if the backend has several")
	f.StringVar(&d.Attach, "attach", "", "the attach mode, if the backend has several")
	f.StringVarP(&d.Environment, "env", "e", "", "dev, staging, prod, or a word of your own")
	guardFlag(cmd, &a.guard, "a guard that restricts requests")
	f.BoolVar(&a.keepAlive, "keep-alive", true, "refresh the session in the background while a screen is open")
	f.BoolVar(&a.relogin, "relogin", true, "log in again with the stored credentials when a refresh is refused, if the login needs no person")
	f.BoolVar(&d.Verify, "verify", false, "verify the signatures of its tokens with the keys of their issuer, whenever the screen shows their claims")
	f.BoolVar(&d.AllowHTTP, "allow-http", false, "allow plain HTTP to other machines")
	f.StringArrayVar(&a.origins, "agree-origin", nil, "allow what the backend sends to this further `origin`: credentials, tokens or both")
	f.StringArrayVar(&a.lend, "lend", nil, "allow the token of this `account` to be sent to the new account's address")
	a.fields.flags(f)
	f.StringArrayVar(&a.fields.refs, "ref", nil, "read a secret field at each login instead of storing it: `NAME=SOURCE`, where SOURCE is "+reference.Forms)
	f.BoolVar(&a.logIn, "log-in", false, "log in immediately")
	_ = cmd.RegisterFlagCompletionFunc("backend", offer(completer{a.env}.backends))
	_ = cmd.RegisterFlagCompletionFunc("lend", offer(completer{a.env}.accounts))
	_ = cmd.RegisterFlagCompletionFunc("env", offer(completer{a.env}.environments))
}

// run adds the account. It also returns the account if only its login failed.
func (a *addCmd) run(ctx context.Context, r *app.Ring) (*session.Snapshot, error) {
	if c, err := a.env.Console(); err == nil {
		a.ask = c
	}
	if err := a.compose(ctx, r); err != nil {
		return nil, err
	}
	if err := r.SetUpVault(ctx); err != nil { // an account is sealed even without secrets
		return nil, err
	}
	s, err := r.Snapshot(r.Drafts.Save(ctx, a.draft))
	if err != nil {
		return nil, explainDraft(err)
	}
	if !a.logIn && !s.OnlyStores {
		return &s, nil
	}
	l, line := &logins{env: a.env}, a.env.Progress()
	after, _, err := l.login(ctx, r, &s, line.Step(s.Account.Name))
	line.Clear()
	if err != nil {
		return &s, fmt.Errorf("%s was added, but not logged in: %w", s.Account.Name, err)
	}
	return &after, nil
}

// words describes the result.
func (a *addCmd) words(s *session.Snapshot) string {
	text := s.Account.Name + "  added: " + s.Title + ", " + address.Show(s.Account.BaseURL)
	if s.Session.Primary() != nil {
		text += ", " + loggedIn(a.env, s)
	}
	return text
}

// compose fills the draft from flags and answers.
func (a *addCmd) compose(ctx context.Context, r *app.Ring) error {
	a.draft.Guard = guardOf(a.guard)
	def, err := a.definition(ctx, r)
	if err != nil {
		return err
	}
	if err := a.login(ctx, r, def); err != nil {
		return err
	}
	a.draft.SetDefaults(def)
	if a.given("keep-alive") {
		a.draft.KeepAlive = a.keepAlive
	}
	if a.given("relogin") {
		a.draft.Relogin = a.relogin
	}
	for _, origin := range a.origins {
		a.draft.Origins = a.draft.Origins.With(session.FurtherOrigin{Origin: origin, For: session.ForBoth})
	}
	fields := def.FieldsFor(a.draft.Login)
	if err := a.fields.fill(fields, a.draft); err != nil {
		return err
	}
	if err := a.lenders(ctx, r, fields); err != nil {
		return err
	}
	if a.draft.NewSecrets, err = readSecrets(ctx, a.env, fields, a.fields.secrets); err != nil {
		return err
	}
	if a.ask != nil {
		if err := a.askFields(ctx, r); err != nil {
			return err
		}
		if err := a.askConsent(ctx, r); err != nil {
			return err
		}
	}
	if _, err := r.Drafts.Normalize(a.draft); err != nil {
		return err
	}
	if errs := r.Drafts.Validate(ctx, a.draft); len(errs) > 0 {
		return explainDraft(errs)
	}
	for _, note := range a.draft.Notes {
		fmt.Fprintln(a.env.Err, note)
	}
	return nil
}

func (a *addCmd) definition(ctx context.Context, r *app.Ring) (*definition.Definition, error) {
	if a.draft.Definition == "" && a.ask == nil {
		return nil, app.Advise(app.Usagef("an account needs a backend"), "pass --backend with one of %s", strings.Join(r.Catalog.Names(), ", "))
	}
	if a.draft.Definition == "" {
		name, err := a.chooseBackend(ctx, r)
		if err != nil {
			return nil, err
		}
		a.draft.Definition = name
	}
	if _, err := address.Parse(a.draft.Definition); err == nil {
		fits := draft.Backends(a.draft.Definition, r.Catalog.List())
		if len(fits) == 0 {
			return nil, app.Advise(app.Usagef("no backend found for this address"),
				"pass --backend with its name, or with the address of its OpenID Connect discovery, without a password and a query")
		}
		a.draft.Definition = fits[0].Definition
		a.begin(a.draft.Definition, fits)
	}
	def, err := r.Catalog.Get(a.draft.Definition)
	switch {
	case errors.Is(err, definition.ErrUnknown):
		return nil, app.Advise(app.Usage(err), "the backends are %s", strings.Join(r.Catalog.Names(), ", "))
	case err != nil:
		return nil, app.Advise(app.Usage(err), "fix the file, and check it with: tokenring backends test %s --parse", app.ShellWord(a.draft.Definition))
	}
	return def, nil
}

// login asks for the login if the backend has several; without a terminal it
// chooses the first.
func (a *addCmd) login(ctx context.Context, r *app.Ring, def *definition.Definition) error {
	if a.draft.Login != "" {
		return chooseLogin(def, a.draft)
	}
	questions, err := r.Drafts.Questions(a.draft)
	if err != nil {
		return err
	}
	if len(questions.Logins) == 0 {
		questions.Logins = def.Logins
	}
	a.draft.Login = questions.Logins[0].Name
	if a.ask == nil || len(questions.Logins) == 1 {
		return nil
	}
	var options []term.Option
	for _, l := range questions.Logins {
		options = append(options, term.Option{Value: l.Name, Title: l.Title})
	}
	a.draft.Login, err = a.ask.Choose(ctx, "Log in with", options, nil)
	return err
}

// lenders replaces the names of accounts in fields by their ids, and grants the
// new account's address the tokens of the accounts that --lend names.
func (a *addCmd) lenders(ctx context.Context, r *app.Ring, fields []definition.Field) (err error) {
	for _, f := range fields {
		if name := a.draft.Values[f.Name]; f.Type == definition.TypeAccount && name != "" {
			if a.draft.Values[f.Name], err = r.IDOf(ctx, name); err != nil {
				return err
			}
		}
	}
	for _, name := range a.lend {
		id, err := r.IDOf(ctx, name)
		if err != nil {
			return err
		}
		a.draft.Grants = append(a.draft.Grants, id)
	}
	return nil
}

// explainDraft names the flags that fix the errors of a draft.
func explainDraft(err error) error {
	var errs draft.FieldErrors
	if !errors.As(err, &errs) || len(errs) == 0 {
		return err
	}
	lines := make([]string, len(errs))
	for i, e := range errs {
		lines[i] = flagOf(&e) + ": " + e.Text
	}
	return app.Usagef("cannot add the account:\n  %s", strings.Join(lines, "\n  "))
}

func flagOf(e *draft.FieldError) string {
	switch e.Field {
	case "name":
		return "NAME"
	case "definition":
		return "--backend"
	case "login", "attach", "guard", "relogin":
		return "--" + e.Field
	case "environment":
		return "--env"
	case "allow_http":
		return "--allow-http"
	case "origins":
		return "--agree-origin"
	case "base_url":
		return "the address"
	}
	if flag := connectionFlag(e.Field); flag != "" {
		return flag
	}
	if e.Secret {
		return "--secret " + e.Field + "=…"
	}
	return "--set " + e.Field + "=…"
}
