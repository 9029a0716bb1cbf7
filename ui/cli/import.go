package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/importer"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newImport(env *app.Env) *cobra.Command {
	i := &importCmd{env: env}
	cmd := &cobra.Command{
		Use:     "import [FILE…|-]",
		GroupID: groupAccounts,
		Short:   "Import requests and accounts from curl, HAR, Postman or OpenAPI",
		Long: "Reads the files of other programs, shows what it would add, and asks. A request is added to the\n" +
			"account of its server; for an unknown server, a new account takes the token that the request\n" +
			"carried. Secrets go into the vault and stay in no request. Lists everything it left out.\n" +
			"Imports all or nothing; exits with code 1 if there was something to import and nothing was.\n" +
			"\n" +
			"Reads curl commands (as browsers copy them, and as scripts, terminal sessions and pages of\n" +
			"Markdown have them, for bash, cmd or PowerShell), a HAR, a Postman collection with its\n" +
			"environment, an OpenAPI 3 description in JSON or YAML, a .netrc, and the output of tokenring\n" +
			"export. Without a file, or with -, reads standard input. A variable without a value stays in the\n" +
			"requests as ${.name}.",
		Example: "  pbpaste | tokenring import\n" +
			"  tokenring import shop.postman_collection.json staging.postman_environment.json\n" +
			"  tokenring import trace.har --account admin@edge\n" +
			"  tokenring import openapi.yaml --var server=https://api.example.com --only users",
		ValidArgsFunction: completeFiles,
		PreRunE:           oneOf("account name"),
		RunE:              func(cmd *cobra.Command, args []string) error { return i.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&i.as, "as", "", "the format of the files, if it cannot be detected: "+prose.List(importer.Kinds(), "or"))
	f.StringVarP(&i.options.Account, "account", "a", "", "only add requests, to this `account`")
	f.StringVarP(&i.options.Name, "name", "n", "", "the `name` of the new account")
	f.StringVarP(&i.environment, "env", "e", "", "the environment of the new accounts")
	guardFlag(cmd, &i.guard, "a guard that restricts requests of the new accounts")
	f.StringArrayVar(&i.fields.set, "set", nil, "set a field of the new account: `NAME=VALUE`")
	f.StringVar(&i.options.Backend, "backend", "", "the `definition` of the new accounts, if their addresses do not determine it")
	f.StringArrayVar(&i.vars, "var", nil, "set a variable of the files: `NAME=VALUE`")
	f.StringArrayVar(&i.options.Only, "only", nil, "only import the request, folder or host of this `name`")
	f.BoolVar(&i.allowHTTP, "allow-http", false, "allow plain HTTP to other machines")
	f.BoolVarP(&i.yes, "yes", "y", false, "import without asking")
	f.BoolVar(&i.trust, "trust", false, "trust the definitions, commands and further addresses in the file")
	f.BoolVar(&i.dryRun, "dry-run", false, "import nothing, only show what would be added")
	jsonFlag(cmd, env, "print a JSON object of what is added")
	completeWords(cmd, "as", importer.Kinds()...)
	_ = cmd.RegisterFlagCompletionFunc("account", offer(completer{env}.accounts))
	_ = cmd.RegisterFlagCompletionFunc("backend", offer(completer{env}.backends))
	_ = cmd.RegisterFlagCompletionFunc("env", offer(completer{env}.environments))
	return cmd
}

// importCmd imports files.
type importCmd struct {
	env         *app.Env
	as          string
	options     importer.Options
	environment string
	guard       string
	fields      fieldFlags
	vars        []string
	allowHTTP   bool
	yes, trust  bool
	dryRun      bool

	r        *app.Ring
	proposal *importer.Proposal
	adds     []addition // definitions and the project's file
	risks    []error    // what a file should not decide without consent, with the flag that gives it
	faults   []error    // what keeps accounts from being added
}

func (i *importCmd) run(ctx context.Context, names []string) error {
	if err := i.check(); err != nil {
		return err
	}
	files, err := i.read(names)
	if err != nil {
		return err
	}
	return i.env.With(ctx, func(r *app.Ring) error {
		i.r = r
		if err := i.propose(ctx, files); err != nil {
			return err
		}
		if err := i.plan(ctx); err != nil {
			return err
		}
		if err := i.show(); err != nil {
			return err
		}
		switch {
		case len(i.proposal.Accounts)+len(i.adds) == 0: // an error unless the ring has everything
			i.env.Notify("Nothing to import.")
			if i.proposal.Seen > i.proposal.Had {
				return app.Advise(fmt.Errorf("nothing of %s was imported", prose.Count(i.proposal.Seen, "request")), "see the notes for the reasons")
			}
			return nil
		case i.dryRun:
			listBelow(i.env, "The import will ask about, or need:", slices.Concat(i.risks, i.faults))
			return nil
		case len(i.faults) > 0:
			return app.Advise(fmt.Errorf("nothing was imported:\n%w", errors.Join(i.faults...)), "%s", nextStep(i.faults[0]))
		}
		if err := i.agree(ctx); err != nil {
			return err
		}
		return i.apply(ctx)
	})
}

// listBelow prints lines below a heading, if there are any.
func listBelow[T any](env *app.Env, heading string, lines []T) {
	for n, line := range lines {
		if n == 0 {
			env.Notify("%s", heading)
		}
		env.Notify("  %v", line)
	}
}

func (i *importCmd) check() error {
	if kind := importer.Kind(i.as); kind != "" && !slices.Contains(importer.Kinds(), kind) {
		return app.Advise(app.Usagef("cannot import %q", secret.CleanLine(i.as)), "--as %s", prose.List(importer.Kinds(), "or"))
	}
	var err error
	i.options.Variables, err = readVariables(i.vars)
	return err
}

// read reads the files, or standard input.
func (i *importCmd) read(names []string) ([]importer.File, error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	var files []importer.File
	for _, name := range names {
		pasted := name == "-" && term.Is(i.env.In)
		if pasted {
			i.env.Notify("Paste the text to import, then press enter and ctrl+d.")
		}
		data, err := readInput(i.env, name, importer.MaxFile)
		switch {
		case err != nil:
			return nil, err
		case name == "-" && len(bytes.TrimSpace(data)) == 0:
			return nil, app.Advise(errors.New("standard input: it is empty"), "name a file, or pipe the text in: tokenring import <FILE")
		case pasted && slices.ContainsFunc(bytes.SplitAfter(data, []byte("\n")), isCut):
			return nil, app.Advise(errors.New("the terminal cut a line that is too long for it"), "pass the text as a file, or through a pipe")
		case name == "-":
			name = "standard input"
		}
		files = append(files, importer.File{Name: secret.CleanLine(name), Data: data, Kind: importer.Kind(i.as)})
	}
	return files, nil
}

// isCut reports whether a line is as long as the longest that a terminal passes to a program.
func isCut(line []byte) bool { return len(line) >= 4095 }

// propose parses the files, given the accounts of the ring. Interrupted, it leaves a large
// one to the end of the process.
func (i *importCmd) propose(ctx context.Context, files []importer.File) error {
	known, err := i.known(ctx)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // a log may be large, and all of it is held while it is read
	go func() {
		var err error
		i.proposal, err = importer.Parse(files, known, i.options)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// known gathers the accounts and the definitions. It reads saved requests only if the vault
// opens without a question.
func (i *importCmd) known(ctx context.Context) (importer.Known, error) {
	known := importer.Known{Backends: i.r.Catalog.List(), Now: i.env.Now()}
	if i.options.Account != "" {
		if _, err := i.r.IDOf(ctx, i.options.Account); err != nil {
			return known, err
		}
	}
	if i.options.Backend != "" {
		if _, err := i.r.Catalog.Get(i.options.Backend); err != nil {
			return known, err
		}
	}
	opens := sync.OnceValue(func() bool { return session.OpenVault(ctx, i.r.Vault, vault.Patience).State == session.VaultOpen })
	accounts, err := i.r.Accounts.List(ctx)
	for n := range accounts {
		rec := accounts[n].Record
		load := sync.OnceValues(func() (has importer.Holdings, err error) {
			if opens() {
				has.Secrets, _ = i.r.Credentials.KnownOf(ctx, rec) // what does not open is not compared
				has.Requests, err = i.r.Requests.Specs(ctx, rec)
			}
			return has, err
		})
		known.Accounts = append(known.Accounts, importer.KnownAccount{Account: rec.Account, Load: load})
	}
	return known, err
}

// agree asks the user, first about the risks.
func (i *importCmd) agree(ctx context.Context) error {
	const declined = "nothing was imported"
	if len(i.risks) > 0 && !i.trust {
		listBelow(i.env, "The file also decides where credentials go, or what runs on this machine:", i.risks)
		if err := confirm(ctx, i.env, "Do you trust the file with this?", declined, nextStep(i.risks[0])); err != nil {
			return err
		}
	}
	if i.yes {
		return nil
	}
	return confirm(ctx, i.env, "Import this?", declined, "pass --yes to import, or --dry-run to see the plan")
}
