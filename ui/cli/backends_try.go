package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/yaml"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/widget"
)

func newBackendsTest(env *app.Env) *cobra.Command {
	t := &tryout{env: env, draft: &draft.Form{Account: session.Account{Name: "test", Values: map[string]string{}, References: map[string]string{}}, NewSecrets: map[string]secret.String{}}}
	cmd := &cobra.Command{
		Use:   "test NAME|FILE",
		Short: "Test every step of a definition on a live server",
		Long: "Checks the definition. Then logs in, checks, refreshes, sends the sample requests and logs out\n" +
			"with your credentials. For each step it shows the request, the response, the captures and the\n" +
			"matching outcome; for an expression that failed, its file, line and column. Asks for values\n" +
			"that no flag sets. Stores nothing and masks secrets. Sends sample requests that may change\n" +
			"something only with --changes.",
		Example: "  tokenring backends test shop\n" +
			"  tokenring backends test ./shop.yaml --set address=http://127.0.0.1:8080 --set username=ada --secret password=env:SHOP_PASSWORD",
		Args: takes(cobra.ExactArgs(1)),
		ValidArgsFunction: func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return single(completer{env}.backends)(cmd, given), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return t.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&t.draft.Login, "login", "", "the login to test (default: the first)")
	f.StringVar(&t.draft.Attach, "attach", "", "the attach mode to test")
	t.fields.flags(f)
	f.BoolVar(&t.draft.AllowHTTP, "allow-http", false, "allow plain HTTP to other machines")
	f.BoolVar(&t.changes, "changes", false, "also send sample requests that may change something")
	f.BoolVar(&t.parse, "parse", false, "only check the file")
	return cmd
}

// tryout is one test of a definition.
type tryout struct {
	env     *app.Env
	draft   *draft.Form
	fields  fieldFlags
	changes bool
	parse   bool

	def   *definition.Definition
	file  string // as messages name it
	text  []byte
	check *draft.DefinitionCheck
}

func (t *tryout) run(ctx context.Context, name string) error {
	if err := t.open(name); err != nil {
		return err
	}
	t.remarks()
	if t.parse {
		fmt.Fprintln(t.env.Out, secret.CleanLine(t.file)+" is valid.")
		return nil
	}
	t.check = &draft.DefinitionCheck{
		Client: t.env.Client(), Now: t.env.Now,
		Definition: t.def, Form: t.draft, Observer: t.step, Changes: t.changes,
	}
	if err := t.fill(ctx); err != nil {
		return err
	}
	if err := t.agree(ctx); err != nil {
		return err
	}
	t.check.Prompter = t.env.Prompter()
	return t.verdict(t.check.Run(ctx, t.part))
}

// notTheDefinition lists the failures that no change of a definition can fix.
var notTheDefinition = []session.OutcomeKind{session.NeedsPerson, session.NoAnswer, session.ExpiredToken}

// verdict reports the result. It distinguishes refusals of the server from
// definitions that do not match it.
func (t *tryout) verdict(err error) error {
	var failure *session.Failure
	switch {
	case err == nil:
		fmt.Fprintln(t.env.Out, "\nEvery step matched the definition.")
		return nil
	case errors.As(err, &failure) && (definition.CanName(failure.Kind) || slices.Contains(notTheDefinition, failure.Kind)):
		return err
	case errors.As(err, &failure):
		return app.Advise(errors.New(err.Error()), "fix the definition at the places above, and try again")
	case errors.Is(err, draft.ErrUnmet):
		return unmetError{err}
	}
	return err
}

// open reads the definition by its name, or a file.
func (t *tryout) open(name string) error {
	var err error
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		if t.text, err = readInput(t.env, name, yaml.MaxFile); err != nil {
			return err
		}
		t.file = name
		t.def, err = definition.Parse(name, t.text)
		return err
	}
	c := t.env.Catalog()
	if t.def, err = c.Get(name); err != nil {
		return err
	}
	t.file, t.text, err = c.Text(name)
	if t.file == definition.SourceBuiltin {
		t.file = name + ".yaml"
	}
	return err
}

// fill sets the fields from flags and asks for the rest.
func (t *tryout) fill(ctx context.Context) error {
	if err := chooseLogin(t.def, t.draft); err != nil {
		return err
	}
	if err := checkAttach(t.def, t.draft.Attach); err != nil {
		return err
	}
	fields := t.def.FieldsFor(t.draft.Login)
	if err := t.fields.fill(fields, t.draft); err != nil {
		return err
	}
	var err error
	for name, ref := range t.draft.References { // a test reads everything now
		t.fields.secrets = append(t.fields.secrets, name+"="+ref)
	}
	if t.draft.NewSecrets, err = readSecrets(ctx, t.env, answerable(t.def, t.draft.Login), t.fields.secrets); err != nil {
		return err
	}
	return t.askMissing(ctx)
}

// askMissing asks until nothing is missing: an answer may add fields.
func (t *tryout) askMissing(ctx context.Context) error {
	missing := t.check.Missing()
	if len(missing) == 0 {
		return nil
	}
	c, err := t.env.Console()
	if err != nil {
		var flags []string
		for i := range missing {
			flags = append(flags, flagFor(&missing[i]))
		}
		return app.Advise(fmt.Errorf("%w for the missing values", err), "pass %s", strings.Join(flags, " "))
	}
	for ; len(missing) > 0; missing = t.check.Missing() {
		f := &missing[0]
		f.Secret = f.Secret || f.Type == definition.TypeAccount // it takes the token itself
		value, err := askField(ctx, c, f, "")
		switch {
		case err != nil:
			return err
		case f.Secret:
			t.draft.NewSecrets[f.Name] = value
		case value.IsZero():
			return term.ErrDeclined
		default:
			t.draft.Values[f.Name] = value.Reveal()
		}
	}
	return nil
}

func flagFor(f *definition.Field) string {
	if f.Secret {
		return "--secret " + f.Name + "=env:…"
	}
	return "--set " + f.Name + "=…"
}

// agree prints where the credentials go. The file's further origins need no
// question: its author agreed to them.
func (t *tryout) agree(ctx context.Context) error {
	to, err := t.check.Destination()
	if err != nil {
		return fmt.Errorf("the base address: %w", err)
	}
	if to.Plain && !t.draft.AllowHTTP {
		return app.Advise(app.Usagef("%s is not encrypted", address.Show(to.Origin)), "use https, or pass --allow-http")
	}
	out := fmt.Sprintf("%s · login %s · %s", t.file, t.draft.Login, address.Show(to.BaseURL))
	if len(to.Origins) > 0 {
		out += " · also " + to.Origins.String()
	}
	fmt.Fprintln(t.env.Out, secret.CleanLine(out))
	t.draft.Origins = to.Origins
	return ctx.Err()
}

// step prints one step.
func (t *tryout) step(o *flow.Observation) {
	p := &stepPrinter{t: t, o: o}
	p.print()
}

// part prints how a flow or request ended.
func (t *tryout) part(p *draft.CheckPart) {
	name := string(p.Flow)
	if p.Name != "" {
		name += " " + p.Name
	}
	say := func(format string, args ...any) {
		fmt.Fprintln(t.env.Out, secret.CleanLine("= "+name+": "+fmt.Sprintf(format, args...)))
	}
	var failure *session.Failure
	switch {
	case p.Skipped != "":
		say("not tried, %s", p.Skipped)
	case errors.As(p.Err, &failure):
		say("%v", failure)
		if failure.Expr != "" {
			fmt.Fprintln(t.env.Out, "  "+secret.CleanLine(t.place(t.stepPath(p.Flow, failure.Step, p.Name), failure.Expr)))
		}
	case errors.Is(p.Err, draft.ErrUnmet):
		say("%v", p.Err)
		if expect := t.def.Request(p.Name).Expect; expect != nil {
			fmt.Fprintln(t.env.Out, "  "+secret.CleanLine(t.place(t.stepPath(p.Flow, 0, p.Name), expect.Source())))
		}
	case p.Err != nil:
		say("%v", p.Err)
	case p.Run != nil && p.Run.Verdict != "":
		say("%s", p.Run.Verdict)
	case p.Outlived:
		say("alive: the token outlives the logout")
	case p.Flow == session.FlowCheck && p.Result.Alive:
		say("alive")
	case p.Flow == session.FlowCheck:
		say("not alive")
	case p.Result != nil && p.Result.AlreadyDead:
		say("it had already ended")
	default:
		say("ok")
	}
	if p.Result != nil && p.Err == nil && (p.Flow == session.FlowLogin || p.Flow == session.FlowRefresh) {
		t.tokens(p.Result)
	}
}

// tokens prints the session's values and when they expire.
func (t *tryout) tokens(res *flow.Result) {
	var rows [][]string
	for _, name := range sortedNames(res.Values) {
		life := res.Lives[name]
		ends := "expiry unknown"
		switch {
		case !life.ExpiresAt.IsZero():
			at := life.ExpiresAt.Add(-res.Offset)
			ends = "ends " + widget.Relative(at, t.env.Now()) + ", " + at.Local().Format(time.DateTime) + ", from " + life.Source
		case life.Idle > 0:
			ends = "ends after " + life.Idle.String() + " without use"
		case !life.Token:
			ends = ""
		}
		value := secret.Mask(res.Values[name].Reveal())
		changed := ""
		if slices.Contains(res.Changed, name) {
			changed = "new"
		}
		rows = append(rows, []string{"  " + name, value, changed, ends})
	}
	_ = term.WriteTable(t.env.Out, rows)
}

// stepPath is the path of a step or request in the file.
func (t *tryout) stepPath(f session.Flow, step int, request string) string {
	switch f {
	case session.FlowLogin:
		i := slices.IndexFunc(t.def.Logins, func(l definition.Login) bool { return l.Name == t.draft.Login })
		return fmt.Sprintf("logins[%d].steps[%d]", i, step-1)
	case session.FlowRefresh, session.FlowLogout:
		return fmt.Sprintf("%s.steps[%d]", f, step-1)
	case session.FlowRequest:
		i := slices.IndexFunc(t.def.Requests, func(r definition.Request) bool { return r.Name == request })
		return fmt.Sprintf("requests[%d]", i)
	}
	return string(f)
}

// place returns the file, line and column of an expression below a path, and the
// expression.
func (t *tryout) place(path, expression string) string {
	return t.where(path, expression) + ": " + expression
}

func (t *tryout) where(path, expression string) string {
	where := filepath.Clean(t.file)
	if line, column, ok := definition.Place(t.text, path, expression); ok {
		where = fmt.Sprintf("%s:%d:%d", where, line, column)
	}
	return where
}

// remarks prints what is valid in the file but probably a mistake.
func (t *tryout) remarks() {
	for _, r := range t.def.Remarks() {
		fmt.Fprintln(t.env.Out, secret.CleanLine(t.where(r.Path, r.Expression)+": "+r.Text))
	}
}
