package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/attempt"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
	"tokenring/ui/cli/app"
)

func newRequest(env *app.Env) *cobra.Command {
	q := &requestCmd{env: env}
	cmd := &cobra.Command{
		Use:        "request [ACCOUNT] (NAME | [METHOD] PATH)",
		GroupID:    groupUse,
		SuggestFor: []string{"get", "curl", "fetch"},
		Short:      "Send a request as an account",
		Long: "Sends a request of the account, by name, or one given as METHOD and PATH. Prints the body to\n" +
			"standard output and the status to standard error, and masks known secrets. The body is printed\n" +
			"without its content coding (gzip, deflate, br, zstd) and, if it is text, as UTF-8. Refreshes\n" +
			"the session first if needed, and once more if the server rejects the token. Keeps the run in\n" +
			"the history.\n" +
			"\n" +
			"In path, query, headers and body, ${…} holds jq over the account's values and tokens, as in a\n" +
			"definition, and over .now, the time in seconds; write $${ for a literal ${. A name that the\n" +
			"account does not have, such as a variable that an import left open, gets its value from --var.\n" +
			"\n" +
			"Exits with code 4 if the server refuses the request, 5 if an expectation is not met, and 1 if\n" +
			"the body is incomplete or a redirect was not followed to its end. --json lists the\n" +
			"redirects as hops.",
		Example: "  tokenring request admin@edge /v3/process --filter '.[].id' -r\n" +
			"  tokenring request admin@edge PUT /v3/process/x/command -d '{\"command\": \"restart\"}'\n" +
			"  tokenring request admin@edge about --expect '.status == 200 and .ms < 500'\n" +
			"  tokenring request admin@edge --list",
		Args:              takes(cobra.MaximumNArgs(3)),
		ValidArgsFunction: offer(completer{env}.requests),
		PreRunE:           oneOf("data json-body form multipart", "include json filter curl", "include filter curl list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := filled(cmd, "expect", "filter", "attach"); err != nil {
				return err
			}
			if cmd.Flags().Changed("timeout") && (q.timeout < session.MinTimeout || q.timeout > session.MaxTimeout) {
				return app.Usagef("--timeout is from 100ms to 1h")
			}
			return q.run(cmd.Context(), args)
		},
	}
	q.flags(cmd)
	return cmd
}

// requestCmd sends one request.
type requestCmd struct {
	env      *app.Env
	header   []string // Name: value
	query    []string // name=value
	data     string
	jsonBody string
	form     []string
	parts    []string
	vars     []string // NAME=VALUE
	expect   string
	attach   string
	timeout  time.Duration
	noFollow bool
	yes      bool
	list     bool
	curl     bool
	show     printOptions
}

func (q *requestCmd) flags(cmd *cobra.Command) {
	waitFlag(cmd, q.env)
	f := cmd.Flags()
	f.StringArrayVarP(&q.header, "header", "H", nil, "add a header: `'Name: value'`")
	f.StringArrayVarP(&q.query, "query", "q", nil, "add a query parameter: `name=value`")
	f.StringVarP(&q.data, "data", "d", "", "the body: `text`, @file, or - for standard input; sent as JSON if it starts like JSON")
	f.StringVar(&q.jsonBody, "json-body", "", "the body as --data, but checked to be JSON")
	f.StringArrayVar(&q.form, "form", nil, "add a form value: `name=value`")
	f.StringArrayVarP(&q.parts, "multipart", "F", nil, "add a part as in curl: `name=text` or name=@file, optionally with ;type=… and ;filename=…")
	f.StringArrayVar(&q.vars, "var", nil, "give a name in ${…} that the account does not have a value: `NAME=VALUE`")
	f.StringVar(&q.expect, "expect", "", "a `jq` condition on status, headers, body, text, ms and size that must be true")
	f.StringVar(&q.attach, "attach", "", "an attach mode of the backend, or none")
	f.DurationVar(&q.timeout, "timeout", 0, "how long the call may take, such as `90s`")
	f.BoolVar(&q.noFollow, "no-follow", false, "do not follow redirects")
	f.BoolVarP(&q.yes, "yes", "y", false, "accept a confirm guard")
	f.BoolVar(&q.list, "list", false, "list the requests of the account, with --json as an array")
	f.BoolVar(&q.curl, "curl", false, "send nothing, only print a curl command that reads $TOKENRING_TOKEN")
	trustFlag(cmd, q.env)
	q.show.flags(cmd, q.env)
	_ = cmd.RegisterFlagCompletionFunc("data", completeFiles)
	_ = cmd.RegisterFlagCompletionFunc("json-body", completeFiles)
}

// call holds the parsed arguments.
type call struct{ account, name, method, target string }

// parseCall parses the forms of the arguments.
func parseCall(args []string, list bool) (call, error) {
	switch n := len(args); {
	case list && n <= 1:
		return call{account: strings.Join(args, "")}, nil
	case list:
		return call{}, app.Usagef("--list takes only an account")
	case n == 3:
		return call{account: args[0], method: args[1], target: args[2]}, nil
	case n == 2 && slices.Contains(methods, args[0]):
		return call{method: args[0], target: args[1]}, nil
	case n == 2 && isTarget(args[1]):
		return call{account: args[0], target: args[1]}, nil
	case n == 2:
		return call{account: args[0], name: args[1]}, nil
	case n == 1 && isTarget(args[0]):
		return call{target: args[0]}, nil
	case n == 1:
		return call{name: args[0]}, nil
	}
	return call{}, app.Advise(app.Usagef("which request?"), "name one, or write METHOD PATH; tokenring request ACCOUNT --list lists them")
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

func isTarget(word string) bool { return strings.HasPrefix(word, "/") || strings.Contains(word, "://") }

func (q *requestCmd) run(ctx context.Context, args []string) error {
	c, err := parseCall(args, q.list)
	if err != nil {
		return err
	}
	if whose, err := q.onlyAccount(ctx, &c); whose || err != nil {
		return err
	}
	return q.env.WithAccount(ctx, c.account, func(r *app.Ring, s *session.Snapshot) error {
		if q.list {
			return q.printList(ctx, r, s)
		}
		spec, err := q.spec(ctx, r, s, &c)
		if err != nil {
			return err
		}
		if err := q.check(r, s, spec); err != nil {
			return err
		}
		if q.curl {
			line, first, err := r.Requests.Curl(ctx, suite.IdentityOf(&s.Account), spec, false)
			if err != nil {
				return named(s.Account.Name, err)
			}
			if s.Signs {
				q.env.Notify("The request is signed: this line works once, and only unchanged.")
			}
			if first != "" {
				q.env.Notify("Before it runs, %s.", first)
			}
			return q.env.Print(line.Reveal() + "\n")
		}
		return q.fire(ctx, r, s, spec)
	})
}

// onlyAccount reports whether the only argument names an account rather than a
// request of the default one, and lists the account's requests then. The error is the
// one to return.
func (q *requestCmd) onlyAccount(ctx context.Context, c *call) (whose bool, err error) {
	if c.account != "" || c.name == "" {
		return false, nil
	}
	if dir, exists := q.env.RingDir(); dir == "" || !exists {
		return false, nil
	}
	err = q.env.With(ctx, func(r *app.Ring) error {
		if _, err := r.Accounts.Find(ctx, c.name); err != nil {
			return nil
		}
		whose, err = q.notOfDefault(ctx, r, c.name)
		return err
	})
	if err != nil || !whose {
		return false, err
	}
	account := c.name
	err = q.env.WithAccount(ctx, account, func(r *app.Ring, s *session.Snapshot) error { return q.printList(ctx, r, s) })
	if err == nil {
		err = app.Advise(app.Usagef("which request of %s?", account), "tokenring request %s NAME, or METHOD PATH", app.ShellWord(account))
	}
	return true, err
}

// notOfDefault reports whether the default account has no such request, or there is no
// default account. It needs no key.
func (q *requestCmd) notOfDefault(ctx context.Context, r *app.Ring, name string) (bool, error) {
	account, err := q.env.DefaultAccount()
	if err != nil || account == "" {
		return err == nil, err
	}
	s, err := r.Accounts.Find(ctx, account)
	if err != nil {
		return false, nil //nolint:nilerr // it is the error of the request itself
	}
	def, err := r.Catalog.Get(s.Account.Definition)
	if err == nil && slices.ContainsFunc(def.Requests, func(one definition.Request) bool { return one.Name == name }) {
		return false, nil
	}
	saved, err := r.Store.Requests(ctx, s.Account.ID)
	return !slices.ContainsFunc(saved, func(one session.SavedRequest) bool { return one.Name == name }), err
}

// check validates a request before it is sent.
func (q *requestCmd) check(r *app.Ring, s *session.Snapshot, spec *request.Spec) error {
	def, err := r.Catalog.Get(s.Account.Definition)
	if err != nil {
		return err
	}
	call, err := spec.Compile(def.Readable()...)
	if err != nil {
		return app.Usage(err)
	}
	read := slices.Concat(call.Path.Refs(), call.URL.Refs(), call.Spends())
	for name := range spec.Vars {
		if slices.Contains(def.Names(), name) || !slices.Contains(read, name) {
			return app.Usagef("--var: the request reads no ${.%s} that the account does not have", secret.CleanLine(name))
		}
	}
	if err := q.show.check(); err != nil {
		return err
	}
	return checkAttach(def, q.attach)
}

func (q *requestCmd) fire(ctx context.Context, r *app.Ring, s *session.Snapshot, spec *request.Spec) error {
	what := secret.CleanLine(s.CallText(spec.Method, spec.Path()))
	var agreed session.Consent
	var guard *session.GuardError
	if err := s.Account.Authorize(strings.ToUpper(spec.Method), spec.Safe(), agreed); errors.As(err, &guard) {
		if agreed, err = agree(ctx, q.env, guard, what, q.yes); err != nil {
			return err
		}
	}
	line := q.env.Progress()
	line.Say("%s: %s · ctrl+c cancels", s.Account.Name, what)
	run, err := r.Requests.Fire(ctx, suite.IdentityOf(&s.Account), spec, attempt.Options{Consent: agreed})
	line.Clear()
	var login *session.NeedsLoginError
	switch {
	case errors.As(err, &login) && q.attach == "":
		return app.Advise(named(s.Account.Name, err), "tokenring login %s, or send it without a token: --attach none", app.ShellWord(login.Account))
	case run == nil:
		return named(s.Account.Name, err)
	}
	if after, err := r.Accounts.Get(ctx, s.Account.ID); err == nil && after.Session != nil {
		notifyRenewal(q.env, s, &after)
	}
	return errors.Join(q.show.print(ctx, q.env, run), noteHistory(q.env, err), responseError(run))
}

// noteHistory reports that the history lacks an answer, and returns any other error: the
// outcome of a request does not depend on it.
func noteHistory(env *app.Env, err error) error {
	if lacks, ok := err.(*attempt.HistoryError); ok { //nolint:errorlint // the outermost alone
		env.Notify("%v", lacks)
		return nil
	}
	return err
}

// responseError returns the error that a response means for the exit code.
func responseError(run *request.Run) error {
	refused, judged := run.Kind != "" || run.Status >= 400, run.Verdict != request.Unjudged
	switch {
	case run.Status == 0:
		err := errors.New(run.Err)
		if run.Next == "" {
			return err
		}
		return app.Advise(err, "%s", run.Next)
	case run.Fault() != "" && (judged || !refused), run.Detour() != "" && !judged:
		return errors.New(run.Unmet())
	case run.Verdict == request.Failed:
		return refusedBy(run, unmetError{errors.New("unexpected response: " + run.Why)})
	case run.Verdict == request.Passed || !refused:
		return nil
	}
	text := fmt.Sprintf("the server refused with status %d", run.Status)
	if run.Message != "" {
		text += ": " + run.Message
	}
	return refusedBy(run, refusedError{errors.New(text)})
}

// refusedBy adds to an error why the server refused, and what the user can do.
func refusedBy(run *request.Run, err error) error {
	for _, reason := range run.Explain(time.Local) {
		err = fmt.Errorf("%w; %s", err, reason)
	}
	if next := cmp.Or(run.Remedy(), run.Next); next != "" {
		return app.Advise(err, "%s", next)
	}
	return err
}

// spec returns the named or given request, with the values of the flags.
func (q *requestCmd) spec(ctx context.Context, r *app.Ring, s *session.Snapshot, c *call) (*request.Spec, error) {
	spec := &request.Spec{Method: c.method, Target: c.target, Follow: true}
	if c.name != "" {
		known, err := r.Requests.Specs(ctx, s.Record)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(known, func(k request.Spec) bool { return k.Name == c.name })
		if i < 0 {
			var others []string
			if c.account == "" { // the word may be a mistyped account
				labels, err := r.Store.Labels(ctx)
				if err != nil {
					return nil, err
				}
				for _, l := range labels {
					others = append(others, l.Name)
				}
			}
			return nil, noSuchRequest(s, c.name, known, others)
		}
		spec = &known[i]
	}
	for _, text := range q.header {
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return nil, app.Usagef("--header takes 'Name: value'")
		}
		spec.Headers = append(spec.Headers, request.Pair{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	for _, text := range q.query {
		name, value, _ := strings.Cut(text, "=")
		spec.Query = append(spec.Query, request.Pair{Name: name, Value: value})
	}
	if q.attach == definition.AttachNone && spec.Attach != q.attach && spec.Name != "" {
		spec.Name += " without its token" // no result of the account's request
	}
	spec.Attach = cmp.Or(q.attach, spec.Attach)
	spec.Expect, spec.Timeout = cmp.Or(q.expect, spec.Expect), cmp.Or(q.timeout, spec.Timeout)
	spec.Follow = spec.Follow && !q.noFollow
	given, err := readVariables(q.vars)
	if err != nil {
		return nil, err
	}
	spec.Vars = jq.Scope{}
	for name, value := range given {
		spec.Vars[name] = value
	}
	return spec, q.body(spec)
}

// noSuchRequest returns the error for an unknown request, with the closest of the known
// ones and of other words that could be meant.
func noSuchRequest(s *session.Snapshot, name string, known []request.Spec, others []string) error {
	names := others
	for i := range known {
		names = append(names, known[i].Name)
	}
	err := app.Usagef("%s has no request %q", s.Account.Name, secret.CleanLine(name))
	switch near := yaml.DidYouMean(name, names); {
	case len(known) == 0:
		return app.Advise(err, "write METHOD PATH instead")
	case near != "":
		return app.Advise(err, "%s tokenring request %s --list lists all", near, app.ShellWord(s.Account.Name))
	}
	return app.Advise(err, "tokenring request %s --list", app.ShellWord(s.Account.Name))
}

// body replaces the request's body by the body of the flags.
func (q *requestCmd) body(spec *request.Spec) error {
	switch {
	case len(q.form) > 0:
		spec.Body, spec.BodyType = strings.Join(q.form, "\n"), body.Form
		return nil
	case len(q.parts) > 0:
		return q.multipart(spec)
	case q.jsonBody != "":
		spec.BodyType = body.JSON
	case q.data != "":
		spec.BodyType = body.Auto
	default:
		return nil
	}
	source := cmp.Or(q.jsonBody, q.data)
	name, isFile := strings.CutPrefix(source, "@")
	if !isFile && source != "-" {
		spec.Body = source
		return nil
	}
	text, err := readInput(q.env, name, answer.MaxBody)
	spec.Body = string(text)
	return err
}

// multipart replaces the request's body by the parts of the flags.
func (q *requestCmd) multipart(spec *request.Spec) error {
	parts := make([]body.Part, len(q.parts))
	for i, text := range q.parts {
		var err error
		if parts[i], err = body.ParsePart(text); err != nil {
			return app.Usagef("--multipart: %w", err)
		}
	}
	spec.Body, spec.BodyType = body.Compose(parts...), body.Multipart
	return nil
}

// listedRequest is a request as --list --json prints it.
type listedRequest struct {
	Name   string `json:"name"`
	Title  string `json:"title,omitempty"`
	Method string `json:"method"`
	Path   string `json:"path"`
}

func (q *requestCmd) printList(ctx context.Context, r *app.Ring, s *session.Snapshot) error {
	known, err := r.Requests.Specs(ctx, s.Record)
	if err != nil {
		return err
	}
	all := make([]listedRequest, len(known))
	rows := make([][]string, len(known))
	for i := range known {
		k := &known[i]
		method, target, _ := strings.Cut(s.CallText(k.Method, k.Path()), " ")
		all[i] = listedRequest{Name: k.Name, Title: k.Title, Method: method, Path: target}
		rows[i] = []string{k.Name, method, target, k.Title}
	}
	if len(known) == 0 && !q.env.JSON {
		q.env.Notify("%s has no requests of its own.", s.Account.Name)
	}
	return q.env.Data(all, rows)
}

// requests completes an account and then the names of its requests.
func (c completer) requests(cmd *cobra.Command, given []string) []cobra.Completion {
	if len(given) != 1 {
		return single(c.accounts)(cmd, given)
	}
	var names []cobra.Completion
	ctx := cmd.Context()
	_ = c.env.With(ctx, func(r *app.Ring) error { // offers those it can read
		s, err := r.Accounts.Find(ctx, given[0])
		if err != nil {
			return err
		}
		if def, err := r.Catalog.Get(s.Account.Definition); err == nil {
			for i := range def.Requests {
				names = append(names, cobra.CompletionWithDesc(def.Requests[i].Name, secret.CleanLine(def.Requests[i].Title)))
			}
		}
		saved, err := r.Store.Requests(ctx, s.Account.ID)
		for i := range saved {
			names = append(names, cobra.CompletionWithDesc(secret.CleanLine(saved[i].Name), secret.CleanLine(s.CallText(saved[i].Method, saved[i].Path))))
		}
		return err
	})
	return names
}
