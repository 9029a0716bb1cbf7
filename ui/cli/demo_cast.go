package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// demo is a throw-away ring on servers of its own.
type demo struct {
	*app.Ring
	dir       string
	listeners []*emulator.Listener
	core      *emulator.Datarhei
	listings  *emulator.Documented
	orders    *emulator.Rotating
	cast      []*role
}

// role is an account of the demo.
type role struct {
	draft   draft.Form
	once    map[string]secret.String // given at the login and not stored
	stay    bool                     // never logs in
	account *session.Record
}

// openDemo starts the servers and adds the cast. Nothing of the person's own
// is touched: the store lies in a folder that close removes, its key in memory.
func openDemo(ctx context.Context, env *app.Env) (d *demo, err error) {
	d = &demo{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
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
	for _, r := range d.cast {
		account, err := d.Drafts.Save(ctx, &r.draft)
		if err != nil {
			return d, fmt.Errorf("%s: %w", r.draft.Name, err)
		}
		r.account = account
	}
	return d, nil
}

// startServers starts an emulator for each backend and casts its accounts.
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
	d.listings = emulator.NewDocumented(now, time.Second)
	d.orders = emulator.NewRotating(emulator.RotatingOptions{Now: now, AccessLife: time.Second})
	d.castAll(servers{
		edge:     listen(emulator.Start(d.core)),
		shop:     listen(emulator.Start(emulator.NewKnack(emulator.KnackOptions{Now: now, RateLimit: emulator.KnackRateLimit}))),
		crm:      listen(emulator.Start(emulator.NewBackendless(emulator.BackendlessOptions{Now: now, Idle: demoIdle}))),
		office:   listen(emulator.Start(emulator.NewExpressa(emulator.ExpressaOptions{Now: now}))),
		listings: listen(emulator.Start(d.listings)),
		market:   listen(emulator.Start(emulator.NewRotating(emulator.RotatingOptions{Now: now, AccessLife: 50 * time.Second}))),
		orders:   listen(emulator.Start(d.orders)),
	})
	return failed
}

const demoIdle = 10 * time.Minute // of a Backendless session

// servers are the addresses of the demo's backends.
type servers struct{ edge, shop, crm, office, listings, market, orders string }

func (d *demo) castAll(at servers) {
	password := map[string]secret.String{"password": secret.New(emulator.Password)}
	core := func(name, env, user string) *role {
		return &role{draft: draft.Form{
			Name: name, Environment: env, Definition: "datarhei-core", Login: "password", KeepAlive: true, Relogin: true,
			Values: map[string]string{"address": at.edge, "username": user}, Secrets: password,
		}}
	}
	rotating := func(name, env, url string) *role {
		return &role{draft: draft.Form{
			Name: name, Environment: env, Definition: "market", Login: "password",
			Values: map[string]string{"address": url, "username": "admin"}, Secrets: password,
		}}
	}
	knack := func(name, env, email string) *role {
		return &role{draft: draft.Form{
			Name: name, Environment: env, Definition: "knack", Login: "password",
			Values: map[string]string{
				"app_id": emulator.KnackAppID, "region": "own", "address": at.shop, "email": email,
				"scene": "scene_1", "view": "view_1",
			},
			Secrets: password,
		}}
	}
	backendless := func(name, env, login string) *role {
		return &role{draft: draft.Form{
			Name: name, Environment: env, Definition: "backendless", Login: login, KeepAlive: true,
			Values: map[string]string{
				"form": "server", "address": at.crm, "app_id": emulator.BackendlessAppID, "rest_key": emulator.BackendlessRESTKey,
				"session_timeout": strconv.Itoa(int(demoIdle / time.Second)),
			},
		}}
	}
	root := core("root@edge", "prod", "admin")
	root.draft.Guard = session.GuardTypedConfirm
	viewer := core("viewer@edge", "staging", "viewer")
	viewer.draft.Guard = session.GuardReadOnly
	ops := backendless("ops@crm", "dev", "password")
	ops.draft.Values["identity"], ops.draft.Secrets = "admin@example.com", password
	guest := backendless("guest@crm", "dev", "guest")
	guest.stay = true
	wrong := knack("typo@shop", "staging", "editor@example.com")
	wrong.draft.Secrets = map[string]secret.String{"password": secret.New("not the password")}
	buyer := rotating("buyer@market", "dev", at.market)
	buyer.draft.Guard = session.GuardConfirm
	d.cast = []*role{
		root, core("admin@edge", "dev", "admin"), viewer,
		knack("editor@shop", "staging", "editor@example.com"), wrong,
		ops, guest,
		buyer, rotating("batch@orders", "dev", at.orders),
		{
			draft: draft.Form{
				Name: "me@listings", Environment: "prod", Definition: "expressa", Login: "password",
				Values: map[string]string{"address": at.listings, "identity": "viewer@example.com"},
			},
			once: password,
		},
		{draft: draft.Form{
			Name: "clerk@office", Environment: "staging", Definition: "expressa", Login: "password",
			Values:  map[string]string{"address": at.office, "dialect": "expressa", "identity": "editor@example.com"},
			Secrets: password,
		}},
		{
			draft: draft.Form{
				Name: "sample@docs", Definition: "token", Login: "paste",
				Values: map[string]string{"address": at.shop},
			},
			once: map[string]secret.String{"pasted": secret.New(damagedSample)},
		},
	}
}

// damagedSample is the token Knack's manual shows, with its payload as it was
// printed: one claim's name came out damaged
// (https://docs.knack.com/docs/remote-user-logins).
const damagedSample = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9." +
	"eyJ1c2VyX2lkIjoiNTUzMWExNmI2YTEzMTk1ZTcyNmUxZTBmIiwiYXBwbGljYXYpb25faWQiOiI1NTIzMTM5ZjNiY2U2NDdhMDJiZDUxNTAiLCJpYXQiOjE0Mjk3MTgzNzl9." +
	"K-WULiJxT-st8vxnTkqxCtp2nv5ykrSToPQsTRx6r1I"

// login logs every account in, all at once, and gives the errors by name.
func (d *demo) login(ctx context.Context) map[string]error {
	var mu sync.Mutex
	failed := map[string]error{}
	var all sync.WaitGroup
	for _, r := range d.cast {
		if r.stay {
			continue
		}
		all.Go(func() {
			_, err := d.Sessions.Login(ctx, r.account, lifecycle.LoginOptions{Secrets: r.once})
			var refused *session.Failure
			if err != nil && !errors.As(err, &refused) {
				err = fmt.Errorf("%s: %w", r.draft.Name, err)
			}
			if err != nil {
				mu.Lock()
				failed[r.draft.Name] = err
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return failed
}

// lengthen lets the tokens live that are given from now on. Those of the first
// login died at once, for every state to be seen; what a person renews lasts.
func (d *demo) lengthen() {
	d.listings.SetTokenLife(10 * time.Minute)
	d.orders.SetAccessLife(5 * time.Minute)
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
