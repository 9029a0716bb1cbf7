package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// noAccounts is the notice of commands that list an empty ring.
const noAccounts = "no accounts yet; add one with tokenring add, or look around with tokenring demo"

func newList(env *app.Env) *cobra.Command {
	var only listFilter
	cmd := &cobra.Command{
		Use:        "ls",
		GroupID:    groupAccounts,
		SuggestFor: []string{"list", "accounts", "status"},
		Short:      "List accounts, the next to expire first",
		Long: "Lists every account with its state and the time its token has left. Calls no server. Gets\n" +
			"the key only if that needs no passphrase: to read why a session ended or a login failed, and with\n" +
			"TOKENRING_KEY always, to mark accounts that were changed outside tokenring.\n" +
			"Flags narrow the list; repeating a flag widens it.",
		Example: "  tokenring ls\n  tokenring ls --env prod --state expiring --state expired\n  tokenring ls --json | jq -r '.[].name'",
		Args:    takes(cobra.NoArgs),
		RunE: onRing(env, func(ctx context.Context, r *app.Ring, _ []string) error {
			r.UnlockByVariable(ctx)
			if env.JSON {
				all, err := listed(ctx, env, r, &only, newListedAccount)
				if err != nil {
					return err
				}
				return term.WriteJSON(env.Out, all)
			}
			sign := signer(env)
			rows, err := listed(ctx, env, r, &only, func(s *session.Snapshot, state session.State, now time.Time) []string {
				_, glyph := theme.Shell(state)
				return []string{
					sign(glyph), s.Account.Name, s.Account.Environment, s.Title, s.Host, string(state), life(s, now), s.Reason(now, time.Local),
				}
			})
			if err != nil {
				return err
			}
			return term.WriteTable(env.Out, rows)
		}),
	}
	jsonFlag(cmd, env, "print a JSON array")
	only.flags(env, cmd)
	return cmd
}

// listed returns what list makes of each account that the filter selects, the most urgent
// first. It gets the key for reasons that are sealed, if that needs no person, and lists again.
func listed[T any](ctx context.Context, env *app.Env, r *app.Ring, only *listFilter, list func(*session.Snapshot, session.State, time.Time) T) ([]T, error) {
	if err := only.check(); err != nil {
		return nil, err
	}
	type entry struct {
		place session.Urgency
		row   T
	}
	var all []*entry
	now, none, sealed := env.Now(), true, false
	each := func(s *session.Snapshot) {
		none, sealed = false, sealed || s.ReasonSealed()
		if state := s.StateAt(now); only.selects(s, state) {
			all = append(all, &entry{s.Urgency(state, now), list(s, state, now)})
		}
	}
	err := r.Accounts.Each(ctx, each)
	if err == nil && sealed && session.OpenVault(ctx, r.Vault, vault.Patience).State == session.VaultOpen {
		all = nil
		err = r.Accounts.Each(ctx, each)
	}
	if err != nil {
		return nil, err
	}
	if none {
		env.Notify(noAccounts)
	}
	slices.SortFunc(all, func(a, b *entry) int { return a.place.Compare(b.place) })
	rows := make([]T, len(all))
	for i := range all {
		rows[i] = all[i].row
	}
	return rows, nil
}

// listFilter selects the accounts to list. An empty list selects all.
type listFilter struct{ environments, states, backends []string }

func (n *listFilter) flags(env *app.Env, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&n.environments, "env", "e", nil, "only accounts of this `environment`")
	f.StringArrayVar(&n.states, "state", nil, "only accounts in this `state`, such as valid or 'needs login'")
	f.StringArrayVarP(&n.backends, "backend", "b", nil, "only accounts of this `backend`")
	_ = cmd.RegisterFlagCompletionFunc("env", offer(completer{env}.environments))
	_ = cmd.RegisterFlagCompletionFunc("backend", offer(completer{env}.backends))
	completeWords(cmd, "state", listedStates()...)
}

// listedStates returns the states that an account can be listed in.
func listedStates() []string {
	var words []string
	for _, s := range session.States() {
		if s != session.StateWorking {
			words = append(words, string(s))
		}
	}
	return words
}

// check returns an error for an unknown state.
func (n *listFilter) check() error {
	states := listedStates()
	for i, state := range n.states {
		n.states[i] = strings.ReplaceAll(state, "-", " ")
		if !slices.Contains(states, n.states[i]) {
			return app.Advise(app.Usagef("unknown state %q", secret.CleanLine(state)), "one of %s", strings.Join(states, ", "))
		}
	}
	return nil
}

func (n *listFilter) selects(s *session.Snapshot, state session.State) bool {
	within := func(all []string, word string) bool { return len(all) == 0 || slices.Contains(all, word) }
	return within(n.environments, s.Account.Environment) && within(n.backends, s.Account.Definition) && within(n.states, string(state))
}

// listedAccount is an account as ls --json prints it.
type listedAccount struct {
	Name        string `json:"name"`
	Backend     string `json:"backend"`
	Environment string `json:"environment,omitempty"`
	Guard       string `json:"guard,omitempty"`
	BaseURL     string `json:"base_url"`
	State       string `json:"state"`
	expiry
	RenewalEnded time.Time `json:"renewal_ended,omitzero"` // since when nothing can renew the session
	Reason       string    `json:"reason,omitempty"`
	Changed      bool      `json:"changed,omitempty"` // outside tokenring; never while the vault is locked
}

// expiry is the end of a token, as --json prints it.
type expiry struct {
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	SecondsLeft *int64    `json:"seconds_left,omitempty"`
	AtLeast     bool      `json:"at_least,omitempty"` // use extends the life
}

// expiryOf returns the end of a token; it is empty if the end is unknown.
func expiryOf(s *session.Snapshot, t *session.TokenInfo, now time.Time) expiry {
	ours, known := s.End(t, now)
	if !known {
		return expiry{}
	}
	seconds := ours.Unix() - now.Unix()
	if ours.Nanosecond() < now.Nanosecond() {
		seconds-- // whole ones
	}
	return expiry{t.End().UTC(), &seconds, t.AtLeast()}
}

// newListedAccount returns an account with its current state.
func newListedAccount(s *session.Snapshot, state session.State, now time.Time) listedAccount {
	listed := listedAccount{
		Name: s.Account.Name, Backend: s.Account.Definition, Environment: s.Account.Environment,
		Guard: string(s.Account.Guard), BaseURL: s.Account.BaseURL, State: string(state), Changed: s.Changed, Reason: s.Reason(now, time.Local),
		expiry: expiryOf(s, s.Session.Primary(), now),
	}
	if s.Session != nil {
		listed.RenewalEnded = s.Session.RenewalEnded
	}
	return listed
}

// signer returns a function that returns a sign as the terminal can show it, or "" if the output is not a terminal.
func signer(env *app.Env) func(sign string) string {
	switch {
	case !term.Is(env.Out):
		return func(string) string { return "" }
	case env.ASCII():
		return theme.ASCII
	}
	return func(sign string) string { return sign }
}

func life(s *session.Snapshot, now time.Time) string {
	end, ok := s.End(s.Session.Primary(), now)
	switch {
	case !ok:
		return ""
	case !end.After(now):
		return widget.Ago(end, now)
	case s.Session.Primary().AtLeast():
		return "≥" + widget.Until(end, now)
	}
	return widget.Until(end, now)
}
