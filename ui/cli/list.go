package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

func newList(w *World) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "ls",
		GroupID: groupAccounts,
		Short:   "List the accounts, those whose session dies next first",
		Long: "Lists every account with its state and what is left of its token.\n" +
			"It asks no server and needs no key.",
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := w.ownRing(cmd.Context())
			if err != nil {
				return err
			}
			defer r.close()
			accounts, err := r.manager.Accounts(cmd.Context())
			if err != nil {
				return err
			}
			session.SortByUrgency(accounts, w.Now())
			if asJSON {
				return w.listJSON(accounts)
			}
			return w.listTable(accounts)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// listed is an account as ls --json prints it.
type listed struct {
	Name        string     `json:"name"`
	Backend     string     `json:"backend"`
	Environment string     `json:"environment,omitempty"`
	Guard       string     `json:"guard,omitempty"`
	BaseURL     string     `json:"base_url"`
	State       string     `json:"state"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	SecondsLeft *int64     `json:"seconds_left,omitempty"`
	AtLeast     bool       `json:"at_least,omitempty"` // the life slides with use
	Reason      string     `json:"reason,omitempty"`
}

func (w *World) listJSON(accounts []session.Snapshot) error {
	now := w.Now()
	all := make([]listed, 0, len(accounts))
	for i := range accounts {
		s := &accounts[i]
		l := listed{
			Name: s.Account.Name, Backend: s.Account.Definition, Environment: s.Account.Environment,
			Guard: string(s.Account.Guard), BaseURL: s.Account.BaseURL, State: string(s.StateAt(now)), Reason: reason(s),
		}
		if left, ok := s.Left(now); ok {
			seconds, end := int64(left/time.Second), s.Session.Primary().End().UTC()
			l.SecondsLeft, l.ExpiresAt, l.AtLeast = &seconds, &end, s.Session.Primary().AtLeast()
		}
		all = append(all, l)
	}
	return writeJSON(w.Stdout, all)
}

func (w *World) listTable(accounts []session.Snapshot) error {
	if len(accounts) == 0 {
		fmt.Fprintln(w.Stderr, "No accounts yet. Type tokenring to add one, or tokenring demo to look around.")
		return nil
	}
	now := w.Now()
	rows := make([][]string, 0, len(accounts))
	for i := range accounts {
		s := &accounts[i]
		state := s.StateAt(now)
		rows = append(rows, []string{
			w.sign(state), secret.CleanLine(s.Account.Name), secret.CleanLine(s.Account.Environment),
			secret.CleanLine(s.Title), secret.CleanLine(s.Host), string(state), life(s, now), secret.CleanLine(reason(s)),
		})
	}
	return columns(w.Stdout, rows)
}

// sign is the state's sign where the output is a terminal, which may be read
// at a glance, and nothing for other programs.
func (w *World) sign(s session.State) string {
	if !isTerminal(w.Stdout) {
		return ""
	}
	_, sign := theme.New(theme.Options{}).State(s)
	return sign
}

func life(s *session.Snapshot, now time.Time) string {
	left, ok := s.Left(now)
	switch {
	case !ok:
		return ""
	case left <= 0:
		return widget.Ago(now.Add(left), now)
	case s.Session.Primary().AtLeast():
		return "≥" + widget.Left(left)
	}
	return widget.Left(left)
}

// reason says why an account needs somebody, or "".
func reason(s *session.Snapshot) string {
	switch {
	case s.Broken != "":
		return s.Broken
	case s.Session != nil && s.Session.Final != "":
		return s.Session.Final
	}
	return ""
}
