package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/importer"
	"tokenring/session/manager"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newImport(env *app.Env) *cobra.Command {
	i := &importing{env: env}
	cmd := &cobra.Command{
		Use:     "import [FILE…|-]",
		GroupID: groupAccounts,
		Short:   "Make accounts and requests of a curl command, a HAR or a Postman collection",
		Long: "Reads what other programs write, shows what it would make of it, and asks. A request goes to the\n" +
			"account whose server it asks; for another server an account is made, with the token that the\n" +
			"request carried. Secrets go straight into the vault and stay in no request. What is not understood,\n" +
			"or left out, is listed. Either everything is taken in or nothing is.\n\n" +
			"It reads a curl command line (as browsers copy it, for bash or cmd), a HAR, a Postman collection and\n" +
			"the environment beside it, and what tokenring export wrote. Without a file, or with -, it reads\n" +
			"standard input.",
		Example: "  pbpaste | tokenring import\n" +
			"  tokenring import shop.postman_collection.json staging.postman_environment.json\n" +
			"  tokenring import trace.har --account admin@edge",
		ValidArgsFunction: completeFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneFlag(cmd, "account", "name"); err != nil {
				return err
			}
			return i.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&i.as, "as", "", "what the files are, where it cannot be told: curl, har, postman or tokenring")
	f.StringVarP(&i.options.Account, "account", "a", "", "add only requests, to this `account`")
	f.StringVarP(&i.options.Name, "name", "n", "", "the `name` of the new account")
	f.StringVarP(&i.environment, "env", "e", "", "the environment of new accounts")
	guardFlag(cmd, &i.guard, "what stands before requests of new accounts")
	f.StringArrayVar(&i.set, "set", nil, "a field of the new account: `NAME=VALUE`")
	f.BoolVar(&i.allowHTTP, "allow-http", false, "agree to plain HTTP beyond this machine")
	f.BoolVarP(&i.yes, "yes", "y", false, "take it in without asking")
	f.BoolVar(&i.trust, "trust", false, "agree to definitions, commands and further addresses that the file brings")
	f.BoolVar(&i.dryRun, "dry-run", false, "only show what it would make")
	f.BoolVar(&i.asJSON, "json", false, "print a JSON object of what is made")
	var kinds []cobra.Completion
	for _, k := range importer.Kinds() {
		kinds = append(kinds, string(k))
	}
	_ = cmd.RegisterFlagCompletionFunc("as", cobra.FixedCompletions(kinds, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("account", completer{env}.accounts)
	_ = cmd.RegisterFlagCompletionFunc("env", completer{env}.environments)
	return cmd
}

// importing is one import.
type importing struct {
	env         *app.Env
	as          string
	options     importer.Options
	environment string
	guard       string
	set         []string
	allowHTTP   bool
	yes, trust  bool
	dryRun      bool
	asJSON      bool

	r        *app.Ring
	files    []importer.File
	proposal *importer.Proposal
	plans    []*plan
	adds     []addition // definitions and the project's file
}

func (i *importing) run(ctx context.Context, names []string) error {
	if err := i.check(); err != nil {
		return err
	}
	var err error
	if i.files, err = i.read(names); err != nil {
		return err
	}
	return i.env.With(ctx, func(r *app.Ring) error {
		i.r = r
		if err := i.propose(ctx); err != nil {
			return err
		}
		if err := i.plan(ctx); err != nil {
			return err
		}
		i.tellLeft()
		if len(i.plans)+len(i.adds) == 0 {
			i.env.Notify("There is nothing to take in.")
			return i.show()
		}
		if err := i.show(); err != nil || i.dryRun {
			return err
		}
		if err := i.agree(ctx); err != nil {
			return err
		}
		return i.apply(ctx)
	})
}

func (i *importing) check() error {
	if kind := importer.Kind(i.as); kind != "" && kind != importer.Env && !slices.Contains(importer.Kinds(), kind) {
		return app.Advise(app.Usagef("%q is nothing that can be imported", secret.CleanLine(i.as)), "--as curl, har, postman or tokenring")
	}
	return nil
}

// read reads the files whole, or standard input.
func (i *importing) read(names []string) ([]importer.File, error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	var files []importer.File
	for _, name := range names {
		data, err := i.readOne(name)
		if err != nil {
			return nil, err
		}
		if name == "-" {
			name = "standard input"
		}
		files = append(files, importer.File{Name: secret.CleanLine(name), Data: data, Kind: importer.Kind(i.as)})
	}
	return files, nil
}

func (i *importing) readOne(name string) ([]byte, error) {
	if name == "-" && term.Is(i.env.In) {
		return i.paste()
	}
	in := i.env.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, importer.MaxFile+1))
}

// terminalLine is the longest line that a terminal gives a program whole.
const terminalLine = 4095

func (i *importing) paste() ([]byte, error) {
	i.env.Notify("Paste what is to be imported, then press enter and ctrl+d.")
	data, err := io.ReadAll(io.LimitReader(i.env.In, importer.MaxFile+1))
	for line := range bytes.Lines(data) {
		if len(line) >= terminalLine {
			return nil, app.Advise(errors.New("a line is too long for the terminal, which cut it"), "give it as a file, or through a pipe")
		}
	}
	return data, err
}

// propose reads the files against what the ring has. The saved requests of
// accounts are looked at only where that needs nobody or comes anyhow.
func (i *importing) propose(ctx context.Context) error {
	if i.options.Account != "" {
		if _, err := i.r.FindAll(ctx, []string{i.options.Account}); err != nil {
			return err
		}
	}
	known, ids, err := i.known(ctx)
	if err != nil {
		return err
	}
	if i.proposal, err = importer.Parse(i.files, known, i.options); err != nil {
		return err
	}
	gets := func(name string) bool {
		return slices.ContainsFunc(i.proposal.Accounts, func(a importer.Account) bool { return a.Of && a.Name == name })
	}
	if !slices.ContainsFunc(i.proposal.Accounts, func(a importer.Account) bool { return a.Of }) || !i.open(ctx) {
		return nil
	}
	for n := range known.Accounts {
		if a := &known.Accounts[n]; gets(a.Name) {
			if a.Requests, err = i.r.Manager.Requests(ctx, ids[n]); err != nil {
				return err
			}
		}
	}
	i.proposal, err = importer.Parse(i.files, known, i.options)
	return err
}

// open reports whether the vault can be read without anybody.
func (i *importing) open(ctx context.Context) bool {
	return i.r.Manager.OpenVault(ctx).State == session.VaultOpen
}

// known gathers the accounts and the definitions that have an address of their
// own.
func (i *importing) known(ctx context.Context) (importer.Known, []string, error) {
	var known importer.Known
	var ids []string
	accounts, err := i.r.Manager.Accounts(ctx)
	if err != nil {
		return known, nil, err
	}
	for n := range accounts {
		a := &accounts[n].Account
		known.Accounts = append(known.Accounts, importer.KnownAccount{Name: a.Name, Definition: a.Definition, BaseURL: a.BaseURL})
		ids = append(ids, a.ID)
	}
	for _, def := range i.r.Manager.Definitions() {
		b := importer.KnownBackend{Definition: def}
		if to, err := i.r.Manager.Preview(&manager.Draft{Definition: def.Name, Login: def.Logins[0].Name}); err == nil {
			b.BaseURL = to.BaseURL
		}
		known.Backends = append(known.Backends, b)
	}
	return known, ids, nil
}

// tellLeft lists what was not understood or left out.
func (i *importing) tellLeft() {
	if len(i.proposal.Notes) == 0 {
		return
	}
	i.env.Notify("Not taken over:")
	for _, n := range i.proposal.Notes {
		i.env.Notify("  %s", n.Error())
	}
}

// agree asks the person, first about what a file should not decide by itself.
func (i *importing) agree(ctx context.Context) error {
	risks := i.risks()
	if (len(risks) == 0 || i.trust) && i.yes {
		return nil
	}
	if len(risks) > 0 && !i.trust {
		i.env.Notify("The file also brings what decides where credentials go, or what runs on this machine:")
		for _, line := range risks {
			i.env.Notify("  %s", line)
		}
	}
	c, err := i.env.Console()
	if err != nil {
		if len(risks) > 0 && !i.trust {
			return app.Advise(fmt.Errorf("%w about that", err), "read the file, then say --trust")
		}
		return app.Advise(err, "say --yes to take it in, or --dry-run to look only")
	}
	defer c.Close()
	if len(risks) > 0 && !i.trust {
		if err := i.ask(ctx, c, "Do you trust the file with that?"); err != nil {
			return err
		}
	}
	if i.yes {
		return nil
	}
	return i.ask(ctx, c, "Take this in?")
}

func (i *importing) ask(ctx context.Context, c *term.Console, question string) error {
	yes, err := c.Yes(ctx, question)
	if err == nil && !yes {
		err = errors.New("nothing was taken in")
	}
	return err
}

// risks are what an account of a person's own would not do by itself.
func (i *importing) risks() []string {
	var lines []string
	for _, a := range i.adds {
		if a.risk != "" {
			lines = append(lines, a.risk)
		}
	}
	for _, p := range i.plans {
		if p.draft == nil {
			continue
		}
		for _, name := range sortedNames(p.account.References) {
			lines = append(lines, fmt.Sprintf("%s: %s is read from %s", p.account.Name, name, p.account.References[name]))
		}
		for _, name := range sortedNames(p.account.Lenders) {
			lines = append(lines, fmt.Sprintf("%s: the token of %s goes to %s", p.account.Name, p.account.Lenders[name], p.to.Origin))
		}
		if len(p.draft.Origins) > 0 {
			lines = append(lines, fmt.Sprintf("%s: calls also go to %s", p.account.Name, strings.Join(p.draft.Origins, ", ")))
		}
		if p.to.Plain && p.account.AllowHTTP && !i.allowHTTP {
			lines = append(lines, fmt.Sprintf("%s: its token goes to %s without encryption", p.account.Name, p.to.Origin))
		}
	}
	return lines
}
