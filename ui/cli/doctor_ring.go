package cli

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
	"tokenring/ui/widget"
)

const (
	maxSkew      = 5 * time.Second // from which a clock is a warning
	clockTimeout = 5 * time.Second // for a backend's answer
	lowSpace     = 100 << 20       // bytes free on the disk
	minSpace     = 5 << 20
)

// ring checks an opened ring.
func (d *doctor) ring(ctx context.Context, r *app.Ring) {
	d.add(verdictOK, "ring", "", "%s, readable only by you", r.Store.Dir())
	if err := r.Store.Check(ctx); err != nil {
		d.add(verdictFail, "database", "", "%v", err)
	} else if err := r.Store.ReadOnly(); err != nil {
		d.add(verdictFail, "database", "", "it is read-only: %v", err)
	} else {
		d.add(verdictOK, "database", "", "intact, %s", prose.Size(r.Store.Size()))
	}
	d.copies(r.Store)
	d.disk(r.Store.Dir())
	d.vault(ctx, r)
	accounts, err := r.Accounts.List(ctx)
	if err != nil {
		d.add(verdictFail, "accounts", "", "%v", err)
		return
	}
	d.accounts(accounts)
	d.proxies(accounts)
	d.seals(r, accounts)
	d.connections(ctx, r, accounts)
	d.locks(r, accounts)
	if d.online {
		d.askClocks(ctx, r, accounts)
	} else {
		d.clocks(accounts)
	}
}

// copies lists the copies that were kept before migrations.
func (d *doctor) copies(s *store.Store) {
	all, err := s.Copies()
	if err != nil {
		d.add(verdictFail, "copies", "", "%v", err)
	}
	for _, c := range all {
		d.add(verdictOK, "copies", "", "%s, %s of %s, from before an update; it holds what the ring held then, so delete it when you no longer need it",
			c.Path, prose.Size(c.Size), c.Made.Local().Format(time.DateOnly))
	}
}

func (d *doctor) disk(dir string) {
	free, ok := freeSpace(dir)
	switch {
	case !ok:
	case free < minSpace:
		d.add(verdictFail, "disk", "free some space: sessions cannot be stored without it", "%s free", prose.Size(free))
	case free < lowSpace:
		d.add(verdictWarn, "disk", "free some space", "%s free", prose.Size(free))
	default:
		d.add(verdictOK, "disk", "", "%s free", prose.Size(free))
	}
}

func (d *doctor) vault(ctx context.Context, r *app.Ring) {
	status := session.OpenVault(ctx, r.Vault, vault.Patience)
	spare, _ := r.Vault.HasRecovery(ctx)
	recovery := ", no recovery passphrase"
	if spare {
		recovery = ", with a recovery passphrase"
	}
	switch {
	case status.State == session.VaultUnset:
		d.add(verdictWarn, "vault", "choose with tokenring vault init; tokenring vault status shows the ways", "you have not chosen how to keep the key")
	case status.State == session.VaultOpen:
		d.add(verdictOK, "vault", "", "opened by the %s%s", status.Way, recovery)
	case status.Way == session.WayPassphrase:
		d.add(verdictOK, "vault", "", "locked, as expected: you are asked for the passphrase when it is needed%s", recovery)
	default:
		d.add(verdictFail, "vault", "", "locked: %s%s", status.Reason, recovery)
	}
	for _, c := range r.Vault.Choices(ctx) {
		switch {
		case c.Way == session.WayKeyring && c.Usable:
			d.add(verdictOK, "keyring", "", "it answers")
		case c.Way == session.WayKeyring && status.Way == session.WayKeyring:
			d.add(verdictFail, "keyring", "start or unlock it: it holds the key of this ring", "%s", c.Why)
		case c.Way == session.WayKeyring:
			d.add(verdictOK, "keyring", "", "not available, and not needed (%s)", c.Why)
		case c.Way == session.WayVariable && !c.Usable && d.env.Getenv(vault.KeyVariable) != "":
			d.add(verdictFail, vault.KeyVariable, "", "%s", c.Why)
		case c.Way == session.WayVariable && c.Usable && status.State != session.VaultUnset && status.Way != session.WayVariable:
			d.add(verdictWarn, vault.KeyVariable, "unset it, or move the key: tokenring vault move --key-variable", "it is set but not used: this ring keeps its key by %s", status.Way)
		}
	}
}

// seals reports accounts that were changed outside tokenring, or whose definition was, if the vault is open.
func (d *doctor) seals(r *app.Ring, accounts []session.Snapshot) {
	for i := range accounts {
		var changed *session.ChangedError
		if errors.As(r.Credentials.Agreed(&accounts[i].Account), &changed) {
			d.add(verdictFail, "account", "tokenring review "+app.ShellWord(changed.Account), "%v", changed)
		}
	}
}

func (d *doctor) accounts(accounts []session.Snapshot) {
	broken := 0
	for i := range accounts {
		s := &accounts[i]
		if s.Broken != "" {
			broken++
			d.add(verdictFail, "account", "fix the definition, or remove the account", "%s: %s", s.Account.Name, s.Broken)
		}
		if s.Interrupted() && !s.Session.Final() {
			d.add(verdictWarn, "account", "tokenring check "+app.ShellWord(s.Account.Name),
				"%s: a renewal that began at %s did not complete and may have spent the tokens", s.Account.Name, s.Session.Pending.Local().Format(time.DateTime))
		}
	}
	if broken == 0 {
		d.add(verdictOK, "accounts", "", "%d", len(accounts))
	}
	if name := d.env.Getenv(app.AccountVariable); name != "" &&
		!slices.ContainsFunc(accounts, func(s session.Snapshot) bool { return s.Account.Name == name }) {
		d.add(verdictWarn, app.AccountVariable, "set it to a name that tokenring ls lists", "unknown account %q", name)
	}
}

func (d *doctor) locks(r *app.Ring, accounts []session.Snapshot) {
	names := map[string]string{} // by id
	for i := range accounts {
		names[accounts[i].Account.ID] = accounts[i].Account.Name
	}
	held, err := r.Store.Held(sortedNames(names))
	if err != nil {
		d.add(verdictFail, "locks", "", "%v", err)
		return
	}
	if len(held) == 0 {
		d.add(verdictOK, "locks", "", "none held")
	}
	for _, h := range held {
		holder, held := r.Store.Holder(h.AccountID)
		if held { // still
			d.add(verdictOK, "locks", "", "%s is in use by %s", names[h.AccountID], holder)
		}
	}
}

// clocks reports the last measured clock offset of each host.
func (d *doctor) clocks(accounts []session.Snapshot) {
	type measure struct {
		at     time.Time
		offset time.Duration
	}
	latest := map[string]measure{} // by host
	for i := range accounts {
		s := &accounts[i]
		offset, at, ok := s.Session.Measure(d.env.Now())
		if was, measured := latest[s.Host]; ok && (!measured || at.After(was.at)) {
			latest[s.Host] = measure{at, offset}
		}
	}
	for _, host := range sortedNames(latest) {
		d.clock(host, latest[host].offset, "when last measured")
	}
}

func (d *doctor) clock(host string, offset time.Duration, when string) {
	switch {
	case offset.Abs() < time.Second:
		d.add(verdictOK, "clock", "", "matches %s %s", host, when)
	case offset.Abs() < maxSkew:
		d.add(verdictOK, "clock", "", "%s is %s %s", host, aheadOrBehind(offset), when)
	default:
		d.add(verdictWarn, "clock", "synchronize this machine's clock with NTP if it is wrong; countdowns are corrected",
			"%s is %s %s", host, aheadOrBehind(offset), when)
	}
}

func aheadOrBehind(offset time.Duration) string {
	word := "ahead of us"
	if offset < 0 {
		word = "behind us"
	}
	return widget.Left(offset.Abs().Round(time.Second)) + " " + word
}

// askClocks asks every host in use for its time, without credentials.
func (d *doctor) askClocks(ctx context.Context, r *app.Ring, accounts []session.Snapshot) {
	byHost := map[string]*session.Record{}
	for i := range accounts {
		byHost[accounts[i].Host] = accounts[i].Record
	}
	client := d.env.Client()
	hosts := sortedNames(byHost)
	answers, errs := make([]*transport.Response, len(hosts)), make([]error, len(hosts))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, host := range hosts {
		group.Go(func() error {
			a := &byHost[host].Account
			u, err := url.Parse(a.BaseURL)
			var via transport.Connection
			if err == nil {
				via, err = connect(ctx, r, byHost[host])
			}
			if err == nil {
				answers[i], err = client.Do(ctx, &transport.Request{Method: "HEAD", URL: u, Timeout: clockTimeout, AllowHTTP: a.AllowHTTP, Connection: via})
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait()
	for i, host := range hosts {
		switch {
		case errs[i] != nil:
			d.add(verdictWarn, "backend", hintOf(errs[i], "check the address and the network"), "%s does not answer: %v", host, errs[i])
		case !answers[i].HasOffset:
			d.add(verdictOK, "clock", "", "%s does not report its time", host)
		default:
			d.clock(host, answers[i].Offset, "now")
		}
	}
}
