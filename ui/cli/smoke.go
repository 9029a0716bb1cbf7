package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/body"
	"tokenring/session/place"
	"tokenring/session/project"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
)

// smokeOptions holds the flags of smoke.
type smokeOptions struct {
	as         []string
	tags       []string
	vars       []string // NAME=VALUE
	junit      string   // a file, or stdout
	json       string   // a file, or stdout
	watch      time.Duration
	parallel   int
	bail       bool
	quiet      bool
	verbose    bool
	showFailed bool
	yes        bool
	schema     bool
}

func newSmoke(env *app.Env) *cobra.Command {
	o := &smokeOptions{}
	cmd := &cobra.Command{
		Use:        "smoke [SUITE]",
		GroupID:    groupUse,
		SuggestFor: []string{"test", "suite"},
		Short:      "Run a suite of requests as several accounts",
		Long: "Sends every request of a suite as every account and reports responses that are not as expected.\n" +
			"Suites are defined in tokenring.yaml, in this folder or one above it:\n" +
			"\n" +
			"  accounts: [admin@edge, viewer@edge]\n" +
			"  suites:\n" +
			"    smoke:\n" +
			"      as: [admin@edge, viewer@edge, anonymous]   # sends no token\n" +
			"      requests:\n" +
			"        - {name: me, get: /me, expect: {default: .status == 200, anonymous: .status == 401}}\n" +
			"\n" +
			"Accounts run side by side; each sends one request after the other. Asks before it uses a file\n" +
			"that you have not approved in its present form, and once for each guarded account.\n" +
			"\n" +
			"Exits with code 5 if a response is not as expected, 3 if an account needs a login. Interrupted, it\n" +
			"writes what ran and exits with 130 or 143. With GITHUB_ACTIONS=true, each failure is an annotation\n" +
			"at its line of the file.",
		Example: "  tokenring smoke --as admin@edge,anonymous --tag fast\n" +
			"  tokenring smoke nightly --trust --yes --junit report.xml --show-failed\n" +
			"  tokenring smoke --var tenant=acme --bail --json=result.json\n" +
			"  tokenring smoke --watch 5m",
		Args:              takes(cobra.MaximumNArgs(1)),
		ValidArgsFunction: offer(completer{env}.suites),
		PreRunE:           oneOf("quiet verbose"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				_, err := env.Out.Write(project.Schema())
				return err
			}
			if err := filled(cmd, "as", "tag", "junit", "json"); err != nil {
				return err
			}
			if o.parallel < 1 {
				return app.Usagef("--parallel must be at least 1")
			}
			if cmd.Flags().Changed("watch") && o.watch <= 0 {
				return app.Usagef("--watch takes a pause such as 5m, longer than 0s")
			}
			if len(args) == 1 && args[0] == stdout && o.json == stdout { // --json -
				args = nil
			}
			err := runSmoke(cmd.Context(), env, strings.Join(args, ""), o)
			if errors.Is(err, syscall.EPIPE) {
				return exitStatus(ExitUnread)
			}
			return err
		},
	}
	o.flags(cmd, env)
	cmd.AddCommand(newSmokeList(env))
	return cmd
}

func (o *smokeOptions) flags(cmd *cobra.Command, env *app.Env) {
	waitFlag(cmd, env)
	f := cmd.Flags()
	f.StringArrayVar(&o.as, "as", nil, "the `accounts` to run as, separated by commas; anonymous sends no token")
	f.StringSliceVar(&o.tags, "tag", nil, "only requests with one of these `tags`, and the requests they need")
	f.StringArrayVar(&o.vars, "var", nil, "give a variable of the file a value: `NAME=VALUE`")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to a `FILE`, or - for standard output")
	f.StringVar(&o.json, "json", "", "print a JSON object, or write it to a file: --json=`FILE`; with --watch print a line of JSON for each change")
	f.Lookup("json").NoOptDefVal = stdout
	f.BoolVar(&o.bail, "bail", false, "send nothing more after the first failure")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only what failed")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print the answers of all requests")
	f.BoolVar(&o.showFailed, "show-failed", false, "print the answers that are not as expected")
	f.DurationVar(&o.watch, "watch", 0, "run again after each `pause` and print what changed")
	f.IntVar(&o.parallel, "parallel", suite.DefaultParallel, "how many accounts run at a time")
	f.BoolVarP(&o.yes, "yes", "y", false, "accept the confirm guards of the accounts")
	f.BoolVar(&env.Trust, "trust", false, "trust tokenring.yaml in its present form")
	f.BoolVar(&o.schema, "schema", false, "print the JSON Schema of tokenring.yaml for your editor")
	_ = cmd.RegisterFlagCompletionFunc("junit", completeFiles)
	_ = cmd.RegisterFlagCompletionFunc("json", completeFiles)
	_ = cmd.RegisterFlagCompletionFunc("as", completer{env}.identities)
	_ = cmd.RegisterFlagCompletionFunc("tag", offer(completer{env}.tags))
}

// runSmoke sends a suite, once or repeatedly. It catches SIGPIPE, so that calls
// to servers finish when the reader of its output goes away.
func runSmoke(ctx context.Context, env *app.Env, name string, o *smokeOptions) error {
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGPIPE)
	defer signal.Stop(gone)
	p, s, err := findSuite(env, name)
	if err != nil {
		return err
	}
	if s, err = withVariables(s, o.vars); err != nil {
		return err
	}
	reports, err := newReports(o)
	if err != nil {
		return err
	}
	return env.With(ctx, func(r *app.Ring) error {
		plan, err := planSuite(ctx, env, r, p, s, o)
		if err != nil {
			return err
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		if err := approve(ctx, r, plan); err != nil {
			return err
		}
		agreed, err := agreeAll(ctx, env, r, plan, o.yes)
		if err != nil {
			return err
		}
		x := &suiteRun{env: env, r: r, plan: plan, flags: o, reports: reports, options: attempt.SuiteOptions{
			Consents: agreed, Parallel: o.parallel, Bail: o.bail, Keep: o.shows,
		}}
		if o.watch > 0 {
			return x.watch(ctx)
		}
		return x.once(ctx)
	})
}

// findSuite returns the named suite, or the only one.
func findSuite(env *app.Env, name string) (*project.Project, *suite.Suite, error) {
	p, err := env.Project()
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, app.Advise(app.Usagef("there is no %s in this folder or above it", project.FileName), "for its format see: tokenring smoke --help")
	}
	s, err := p.Suite(name)
	if len(p.Suites) == 0 {
		return nil, nil, app.Advise(app.Usage(err), "for its format see: tokenring smoke --help")
	}
	if err != nil {
		return nil, nil, app.Advise(app.Usage(err), "see them with: tokenring smoke list; a file for JSON is named by --json=FILE")
	}
	return p, s, nil
}

// withVariables sets the variables of a suite to the values of the flags.
func withVariables(s *suite.Suite, given []string) (*suite.Suite, error) {
	values, err := readVariables(given)
	if err != nil {
		return nil, err
	}
	if s, err = s.With(values); err != nil {
		return nil, app.Usagef("--var: %w", err)
	}
	return s, nil
}

// planSuite returns the matrix: the suite as the named accounts, its own, or the
// project's.
func planSuite(ctx context.Context, env *app.Env, r *app.Ring, p *project.Project, s *suite.Suite, o *smokeOptions) (*suite.Plan, error) {
	names, err := splitIdentities(ctx, r, o.as)
	if err != nil {
		return nil, err
	}
	for _, otherwise := range [][]string{s.As, p.Accounts, {p.Default}} {
		if len(names) == 0 {
			names = slices.DeleteFunc(slices.Clone(otherwise), func(n string) bool { return n == "" })
		}
	}
	if len(names) == 0 {
		return nil, app.Advise(app.Usagef("no account to run as"), "name accounts: --as a,b,%s", suite.Anonymous)
	}
	identities, err := r.Requests.Identities(ctx, names, p.Default)
	if errors.Is(err, session.ErrNotFound) {
		accounts := slices.DeleteFunc(append(names, p.Default), func(n string) bool { return n == suite.Anonymous })
		_, err = r.FindAll(ctx, accounts)
	}
	if err != nil {
		return nil, err
	}
	plan, err := suite.NewPlan(s, identities, o.tags)
	if err != nil {
		return nil, app.Usage(err)
	}
	return plan, checkFiles(plan)
}

// checkFiles returns an error for a file that a request sends and that does not exist.
func checkFiles(p *suite.Plan) (err error) {
	for _, c := range p.Cases {
		body.MapFiles(c.Request.Body, func(path string) string {
			if _, missing := os.Stat(path); missing != nil && err == nil {
				err = app.Advise(app.Usagef("%s:%d: %s sends the file %s: %w", project.FileName, c.Line, c.Name, secret.CleanLine(path), place.Cause(missing)),
					"nothing was sent; correct the path, which is relative to the folder of %s", project.FileName)
			}
			return path
		})
	}
	return err
}

// splitIdentities splits lists at their commas, unless a list is the name of an
// account, which may contain commas.
func splitIdentities(ctx context.Context, r *app.Ring, lists []string) ([]string, error) {
	var names []string
	for _, list := range lists {
		_, err := r.Accounts.Read(ctx, list)
		switch {
		case err == nil:
			names = append(names, list)
			continue
		case !errors.Is(err, session.ErrNotFound):
			return nil, err
		}
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names = append(names, request.AccountName(name))
			}
		}
	}
	return names, nil
}

func newSmokeList(env *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the suites of this folder",
		Long: "Lists the suites of tokenring.yaml, in this folder or one above it: the number of requests, the\n" +
			"accounts and the tags of each. Sends nothing.",
		Example: "  tokenring smoke list\n  tokenring smoke list --json",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := env.Project()
			if err != nil {
				return err
			}
			if p == nil || len(p.Suites) == 0 {
				_, _, err := findSuite(env, "")
				return err
			}
			all, rows := listedSuites(p), make([][]string, 0, len(p.Suites))
			for _, s := range all {
				rows = append(rows, []string{
					s.Name, prose.Count(len(s.Requests), "request"), "as " + strings.Join(s.As, ", "), strings.Join(s.Tags, ", "), s.Title,
				})
			}
			return env.Data(all, rows)
		},
	}
	jsonFlag(cmd, env, "print a JSON array")
	return cmd
}

// listedSuite is a suite as smoke list --json prints it.
type listedSuite struct {
	Name     string   `json:"name"`
	Title    string   `json:"title,omitempty"`
	As       []string `json:"as"`
	Tags     []string `json:"tags"`
	Requests []string `json:"requests"`
}

func listedSuites(p *project.Project) []listedSuite {
	var all []listedSuite
	for _, s := range p.Suites {
		one := listedSuite{Name: s.Name, Title: s.Title, As: s.As, Tags: s.Tags(), Requests: []string{}}
		if len(one.As) == 0 {
			one.As = p.Accounts
		}
		for _, c := range s.Cases {
			one.Requests = append(one.Requests, c.Name)
		}
		one.As, one.Tags = append([]string{}, one.As...), append([]string{}, one.Tags...)
		all = append(all, one)
	}
	return all
}

func (c completer) suites(_ *cobra.Command, given []string) []cobra.Completion {
	p, err := c.env.Project()
	if err != nil || p == nil || len(given) > 0 {
		return nil
	}
	var names []cobra.Completion
	for _, s := range p.Suites {
		names = append(names, cobra.CompletionWithDesc(s.Name, secret.CleanLine(s.Title)))
	}
	return names
}

// tags offers the tags of the suite that is named, or else of all.
func (c completer) tags(_ *cobra.Command, given []string) []cobra.Completion {
	p, err := c.env.Project()
	if err != nil || p == nil {
		return nil
	}
	var tags []cobra.Completion
	for _, s := range p.Suites {
		for _, tag := range s.Tags() {
			if !slices.Contains(tags, tag) && (len(given) == 0 || given[0] == s.Name) {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// identities offers accounts and anonymous after the last comma.
func (c completer) identities(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	names := append(c.accounts(cmd, strings.Split(before, ",")), cobra.CompletionWithDesc(suite.Anonymous, "sends no token"))
	for i := range names {
		names[i] = before + names[i]
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
