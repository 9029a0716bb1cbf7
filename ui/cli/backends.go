package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session/definition"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newBackends(env *app.Env) *cobra.Command {
	b := &backends{env: env}
	cmd := &cobra.Command{
		Use:     "backends",
		GroupID: groupAccounts,
		Short:   "List, show, write and test definitions of backends",
		Long: "A backend is a kind of API. Its definition, a YAML file, describes how to log in, refresh,\n" +
			"check and log out, and how a request carries the token. Some definitions are built in; your\n" +
			"own are files in a folder.",
		Example: "  tokenring backends\n  tokenring backends new shop\n  tokenring backends test shop",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return b.list() },
	}
	list := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the definitions, and the problems of your own", Args: takes(cobra.NoArgs),
		Long: "Lists every definition, built in or your own, with its logins. Problems of a file are\n" +
			"reported with line and column.",
		Example: "  tokenring backends list --json",
		RunE:    func(*cobra.Command, []string) error { return b.list() },
	}
	show := &cobra.Command{
		Use: "show NAME", Short: "Show a definition", Args: takes(cobra.ExactArgs(1)), ValidArgsFunction: offer(single(completer{env}.backends)),
		Long:    "Shows the fields, logins, flows, attach modes and sample requests of a definition, or its file.",
		Example: "  tokenring backends show token\n  tokenring backends show token --yaml >~/.config/tokenring/backends/mine.yaml",
		PreRunE: oneOf("yaml json"),
		RunE:    func(_ *cobra.Command, args []string) error { return b.show(args[0]) },
	}
	show.Flags().BoolVar(&b.yaml, "yaml", false, "print the definition file")
	create := &cobra.Command{
		Use: "new NAME", Short: "Write a commented definition to start from", Args: takes(cobra.ExactArgs(1)),
		Long: "Writes a commented definition into your folder of definitions. It works unchanged for an API\n" +
			"that takes a username and password as JSON. An existing file is never overwritten.",
		Example: "  tokenring backends new shop && $EDITOR ~/.config/tokenring/backends/shop.yaml\n  tokenring backends new shop -o -",
		RunE:    func(_ *cobra.Command, args []string) error { return b.create(args[0]) },
	}
	create.Flags().StringVarP(&b.output, "output", "o", "", "write to this `file`; - is standard output")
	_ = create.RegisterFlagCompletionFunc("output", completeFiles)
	for _, c := range []*cobra.Command{cmd, list, show} {
		jsonFlag(c, env, "print JSON")
	}
	cmd.AddCommand(list, show, create, newBackendsTest(env))
	return cmd
}

// backends runs the commands about definitions, which need no ring.
type backends struct {
	env    *app.Env
	yaml   bool
	output string
}

// listedBackend is a definition as backends list --json prints it.
type listedBackend struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Source   string   `json:"source"`
	Logins   []string `json:"logins,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

// list lists every definition, with the problems of those that are invalid.
func (b *backends) list() error {
	c := b.env.Catalog()
	var all []listedBackend
	var wrong []error
	for _, name := range c.Names() {
		source, _, err := c.Text(name)
		one := listedBackend{Name: name, Title: c.Title(name), Source: source}
		def, defErr := c.Get(name)
		if err = errors.Join(err, defErr); err != nil {
			one.Problems = strings.Split(err.Error(), "\n")
			wrong = append(wrong, err)
		} else {
			one.Source = def.Source
			for i := range def.Logins {
				one.Logins = append(one.Logins, def.Logins[i].Name)
			}
		}
		all = append(all, one)
	}
	if b.env.JSON {
		return term.WriteJSON(b.env.Out, all)
	}
	var rows [][]string
	for _, one := range all {
		about := strings.Join(one.Logins, ", ")
		if len(one.Problems) > 0 {
			about = "cannot be used: " + prose.Count(len(one.Problems), "problem")
		}
		rows = append(rows, []string{one.Name, one.Title, about, one.Source})
	}
	if err := term.WriteTable(b.env.Out, rows); err != nil {
		return err
	}
	for _, err := range wrong {
		fmt.Fprintln(b.env.Err, secret.CleanText(err.Error()))
	}
	return nil
}

// create writes the template.
func (b *backends) create(name string) error {
	dir, err := b.env.BackendsDir()
	if err != nil {
		return err
	}
	text := definition.Template(name)
	path := cmp.Or(b.output, filepath.Join(dir, name+".yaml"))
	if _, err := definition.Parse(path, text); err != nil || strings.ContainsAny(name, `/\`) {
		return app.Advise(app.Usagef("%q cannot be the name of a definition", secret.CleanLine(name)), "use lower-case letters, digits, dots, dashes and underscores")
	}
	if path == "-" {
		_, err := b.env.Out.Write(text)
		return err
	}
	source, _, err := b.env.Catalog().Text(name)
	overrides := err == nil && source == definition.SourceBuiltin && b.output == ""
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if b.output == "" {
		if err := definition.CheckFolder(dir); err != nil {
			return err
		}
	}
	if err := writeNew(path, text, 0o600); err != nil {
		return err
	}
	fmt.Fprintln(b.env.Out, secret.CleanLine(path))
	if overrides {
		b.env.Notify("It replaces the built-in definition %s.", name)
	}
	if b.output != "" {
		name = path
	}
	b.env.Notify("→ edit it, then try it on your server: tokenring backends test %s", app.ShellWord(name))
	return nil
}
