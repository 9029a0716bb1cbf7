package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

func newDemo(env *app.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "demo",
		GroupID: groupProgram,
		Short:   "Try everything on servers of its own",
		Long: "Starts servers on this machine that behave like real backends, with short-lived tokens and\n" +
			"accounts in every state, and opens the screen on them. Your own ring is not touched, and\n" +
			"nothing is saved. Without a terminal, walks through the same flows as text.",
		Example: "  tokenring demo\n  tokenring demo | cat",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, err := openDemo(cmd.Context(), env)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.close()) }()
			failed := d.login(cmd.Context())
			if !env.CanOpenScreen() {
				return errors.Join(failed, d.walk(cmd.Context(), env))
			}
			// Tokens of the first login expire soon, to show every state; renewed ones last.
			d.listings.SetTokenLife(10 * time.Minute)
			d.orders.SetAccessLife(5 * time.Minute)
			return runDemoScreen(cmd.Context(), env, d)
		},
	}
}

// walk shows the demo as text: it runs commands on the demo's ring until one
// ends with an unexpected exit code.
func (d *demo) walk(ctx context.Context, env *app.Env) error {
	on := env.On(d.Ring)
	on.Err = on.Out // in one order with the rest
	for _, step := range []struct {
		title   string
		before  func()
		command string // one, or two joined by a pipe
		exit    int
	}{
		{title: "The ring, logged in everywhere", command: "ls"},
		{title: "A wrong password", command: "login typo@shop", exit: ExitRefused},
		{title: "The claims of admin@edge's token", command: "token admin@edge | decode"},
		{title: "A refresh", command: "refresh admin@edge"},
		{title: "A test request", command: "request admin@edge processes --filter .[].id"},
		{title: "A guard", command: "request root@edge processes", exit: ExitFailed},
		{title: "A server that restarted and lost its sessions", before: d.core.Restart, command: "check viewer@edge", exit: ExitRefused},
		{title: "A new login with the stored password", command: "refresh viewer@edge"},
		{title: "A logout, with proof", command: "logout ops@crm"},
	} {
		fmt.Fprintf(env.Out, "\n== %s\n$ tokenring %s\n", step.title, strings.ReplaceAll(step.command, "| ", "| tokenring "))
		if step.before != nil {
			step.before()
		}
		if code := pipe(ctx, on, step.command); code != step.exit {
			return fmt.Errorf("demo: %s: exit code %d", step.command, code)
		}
	}
	fmt.Fprintln(env.Out, "\nIn a terminal, tokenring demo opens the screen on the same accounts.")
	return ctx.Err()
}

// pipe runs a pipeline of commands and returns the exit code of the last.
func pipe(ctx context.Context, env *app.Env, line string) (code int) {
	commands := strings.Split(line, " | ")
	input := ""
	for i, command := range commands {
		one, out := *env, &strings.Builder{}
		one.Args, one.In = strings.Fields(command), strings.NewReader(input)
		if i < len(commands)-1 {
			one.Out = out
		}
		code, input = execute(ctx, &one), out.String()
	}
	return code
}

// demo is a temporary ring with its own servers.
type demo struct {
	*app.Ring
	dir       string
	listeners []*emulator.Listener
	core      *emulator.Datarhei
	listings  *emulator.Documented
	orders    *emulator.Rotating
	accounts  []*demoAccount
}

// demoAccount is an account of the demo.
type demoAccount struct {
	draft         draft.Form
	loginSecrets  map[string]secret.String // for the login only, not stored
	loggedOut     bool                     // never logs in
	wrongPassword bool                     // has a wrong password
	account       *session.Record
}

// openDemo starts the servers and adds the accounts. It does not touch
// the user's ring: the store is in a folder that close removes, its key in memory.
func openDemo(ctx context.Context, env *app.Env) (d *demo, err error) {
	d = &demo{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	_ = ctx.Done() // from here on a signal removes the folder
	if d.dir, err = os.MkdirTemp("", "tokenring-demo-"); err != nil {
		return d, err
	}
	backends := filepath.Join(d.dir, "backends")
	if err := os.Mkdir(backends, 0o700); err != nil {
		return d, err
	}
	if err := os.WriteFile(filepath.Join(backends, "market.yaml"), emulator.RotatingDefinition, 0o600); err != nil {
		return d, err
	}
	if d.Ring, err = env.OpenAt(ctx, app.Options{Dir: filepath.Join(d.dir, "ring"), Backends: backends, Memory: true}); err != nil {
		return d, err
	}
	if err := d.startServers(env.Now); err != nil {
		return d, err
	}
	for _, r := range d.accounts {
		account, err := d.Drafts.Save(ctx, &r.draft)
		if err != nil {
			return d, fmt.Errorf("%s: %w", r.draft.Name, err)
		}
		r.account = account
	}
	return d, nil
}

// startServers starts an emulator for each backend and prepares its accounts.
func (d *demo) startServers(now func() time.Time) error {
	var failed error
	listen := func(l *emulator.Listener, err error) string {
		if err != nil {
			failed = err
			return ""
		}
		d.listeners = append(d.listeners, l)
		return l.URL
	}
	d.core = emulator.NewDatarhei(emulator.DatarheiOptions{
		Now: now, AccessLife: 3 * time.Minute, RefreshLife: 20 * time.Minute, FailureDelay: emulator.DatarheiFailureDelay,
	})
	d.listings = emulator.NewDocumented(now, firstLife)
	d.orders = emulator.NewRotating(emulator.RotatingOptions{Now: now, AccessLife: firstLife})
	d.addAccounts(servers{
		edge:     listen(emulator.Start(d.core)),
		shop:     listen(emulator.Start(emulator.NewKnack(emulator.KnackOptions{Now: now, RateLimit: emulator.KnackRateLimit}))),
		crm:      listen(emulator.Start(emulator.NewBackendless(emulator.BackendlessOptions{Now: now, Idle: demoIdle}))),
		office:   listen(emulator.Start(emulator.NewExpressa(now))),
		listings: listen(emulator.Start(d.listings)),
		market:   listen(emulator.Start(emulator.NewRotating(emulator.RotatingOptions{Now: now, AccessLife: 50 * time.Second}))),
		orders:   listen(emulator.Start(d.orders)),
	})
	return failed
}

const demoIdle = 10 * time.Minute // of a Backendless session

// servers holds the addresses of the demo's backends.
type servers struct{ edge, shop, crm, office, listings, market, orders string }

func (d *demo) addAccounts(at servers) {
	password := map[string]secret.String{"password": secret.New(emulator.Password)}
	add := func(name, environment, definition string, values map[string]string) *demoAccount {
		r := &demoAccount{draft: draft.Form{
			Account:    session.Account{Name: name, Environment: environment, Definition: definition, Login: "password", Values: values},
			NewSecrets: password,
		}}
		d.accounts = append(d.accounts, r)
		return r
	}
	core := func(name, environment, user string) *demoAccount {
		r := add(name, environment, "datarhei-core", map[string]string{"address": at.edge, "username": user})
		r.draft.KeepAlive, r.draft.Relogin = true, true
		return r
	}
	shop := func(name string) *demoAccount {
		return add(name, "staging", "knack", map[string]string{
			"app_id": emulator.KnackAppID, "region": "own", "address": at.shop, "email": "editor@example.com",
			"scene": "scene_1", "view": "view_1",
		})
	}
	crm := func(name string) *demoAccount {
		r := add(name, "dev", "backendless", map[string]string{
			"form": "server", "address": at.crm, "app_id": emulator.BackendlessAppID, "rest_key": emulator.BackendlessRESTKey,
			"session_timeout": strconv.Itoa(int(demoIdle / time.Second)),
		})
		r.draft.KeepAlive = true
		return r
	}
	core("root@edge", "prod", "admin").draft.Guard = session.GuardTypedConfirm
	core("admin@edge", "dev", "admin")
	core("viewer@edge", "staging", "viewer").draft.Guard = session.GuardReadOnly
	shop("editor@shop")
	typo := shop("typo@shop")
	typo.wrongPassword, typo.draft.NewSecrets = true, map[string]secret.String{"password": secret.New("not the password")}
	crm("ops@crm").draft.Values["identity"] = "admin@example.com"
	guest := crm("guest@crm")
	guest.loggedOut, guest.draft.Login, guest.draft.NewSecrets = true, "guest", nil
	add("buyer@market", "dev", "market", map[string]string{"address": at.market, "username": "admin"}).draft.Guard = session.GuardConfirm
	add("batch@orders", "dev", "market", map[string]string{"address": at.orders, "username": "admin"})
	me := add("me@listings", "prod", "expressa", map[string]string{"address": at.listings, "identity": "viewer@example.com"})
	me.loginSecrets, me.draft.NewSecrets = password, nil
	add("clerk@office", "staging", "expressa", map[string]string{
		"address": at.office, "dialect": "expressa", "identity": "editor@example.com",
	})
	sample := add("sample@docs", "", "token", map[string]string{"address": at.shop})
	sample.draft.Login, sample.draft.NewSecrets = "paste", nil
	sample.loginSecrets = map[string]secret.String{"pasted": secret.New(damagedSample)}
}

// damagedSample is the token that Knack's manual shows, where the name of one
// claim is damaged
// (https://docs.knack.com/docs/remote-user-logins).
const damagedSample = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9." +
	"eyJ1c2VyX2lkIjoiNTUzMWExNmI2YTEzMTk1ZTcyNmUxZTBmIiwiYXBwbGljYXYpb25faWQiOiI1NTIzMTM5ZjNiY2U2NDdhMDJiZDUxNTAiLCJpYXQiOjE0Mjk3MTgzNzl9." +
	"K-WULiJxT-st8vxnTkqxCtp2nv5ykrSToPQsTRx6r1I"

// firstLife is the life of tokens that are to expire before the eyes of the user. On
// a busy machine a shorter one would be over when the token comes.
const firstLife = 10 * time.Second

// login logs in to all accounts in parallel.
func (d *demo) login(ctx context.Context) error {
	var all errgroup.Group
	for _, r := range d.accounts {
		if r.loggedOut {
			continue
		}
		all.Go(func() error {
			_, err := d.Sessions.Login(ctx, r.account, lifecycle.LoginOptions{Secrets: r.loginSecrets})
			switch {
			case r.wrongPassword && err == nil:
				return fmt.Errorf("%s: a wrong password was accepted", r.draft.Name)
			case r.wrongPassword || err == nil:
				return nil
			}
			return fmt.Errorf("%s: %w", r.draft.Name, err)
		})
	}
	return all.Wait()
}

func (d *demo) close() error {
	var errs []error
	if d.Ring != nil {
		errs = append(errs, d.Ring.Close())
	}
	for _, l := range d.listeners {
		errs = append(errs, l.Close())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
