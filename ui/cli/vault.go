package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
)

func newVault(w *World) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "vault",
		GroupID: groupProgram,
		Short:   "See and change how the key to your secrets is kept",
		Long: "Everything secret in the ring is sealed with one key. The key lies in the system's keyring, behind\n" +
			"a passphrase, or in TOKENRING_KEY; which of them is chosen once, and nothing weaker ever steps in.\n" +
			"A recovery passphrase opens the vault when the usual way fails.",
		Example: "  tokenring vault\n  tokenring vault init --keyring",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return w.vaultStatus(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	cmd.AddCommand(newVaultStatus(w), newVaultInit(w), newVaultPassphrase(w), newVaultRecovery(w), newVaultKey(w))
	return cmd
}

func newVaultStatus(w *World) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say how the vault stands",
		Long:    "Says how the key is kept and whether it can be had now. The keyring is asked; a passphrase is not.",
		Example: "  tokenring vault status --json | jq -r .state",
		Args:    takes(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return w.vaultStatus(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// vaultStands is how a vault stands, as status --json prints it.
type vaultStands struct {
	State    session.VaultState `json:"state"`
	Way      session.Way        `json:"way,omitempty"`
	Reason   string             `json:"reason,omitempty"` // why it is locked
	Recovery bool               `json:"recovery"`         // there is a recovery passphrase
	Choices  []vaultChoice      `json:"choices,omitempty"`
}

// vaultChoice is a way that may be chosen while none is.
type vaultChoice struct {
	Way    session.Way `json:"way"`
	Usable bool        `json:"usable"`
	Why    string      `json:"why"`
}

func (w *World) vaultStatus(ctx context.Context, asJSON bool) error {
	return w.withRing(ctx, func(r *ring) error {
		stands, err := r.vaultStands(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(w.Stdout, stands)
		}
		return w.printVault(stands)
	})
}

func (r *ring) vaultStands(ctx context.Context) (*vaultStands, error) {
	status := r.manager.OpenVault(ctx)
	stands := &vaultStands{State: status.State, Way: status.Way, Reason: status.Reason}
	if status.State == session.VaultUnset {
		for _, c := range r.vault.Choices(ctx) {
			if c.Way != session.WayMemory {
				stands.Choices = append(stands.Choices, vaultChoice{c.Way, c.Usable, c.Why})
			}
		}
		return stands, nil
	}
	var err error
	stands.Recovery, err = r.vault.HasRecovery(ctx)
	return stands, err
}

func (w *World) printVault(s *vaultStands) error {
	rows := [][]string{{"state", string(s.State)}}
	if s.Way != "" {
		recovery := "none; set one with: tokenring vault recovery"
		if s.Recovery {
			recovery = "set"
		}
		rows = append(rows, []string{"key", string(s.Way)}, []string{"recovery passphrase", recovery})
	}
	if s.Reason != "" {
		rows = append(rows, []string{"why", secret.CleanLine(s.Reason)})
	}
	for _, c := range s.Choices {
		flag := "--" + strings.ReplaceAll(string(c.Way), " ", "-")
		if !c.Usable {
			flag = "(not " + flag + ")"
		}
		rows = append(rows, []string{"tokenring vault init " + flag, secret.CleanLine(c.Why)})
	}
	return columns(w.Stdout, rows)
}

func newVaultInit(w *World) *cobra.Command {
	ways := map[session.Way]*bool{session.WayKeyring: new(bool), session.WayPassphrase: new(bool), session.WayVariable: new(bool)}
	var stdin bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Choose how the key of a new ring is kept",
		Long: "Makes the key and keeps it where you say. This is chosen once. A way that does not work here is an\n" +
			"error; no other is taken instead.",
		Example: "  tokenring vault init --keyring\n" +
			"  tokenring vault init --passphrase\n" +
			"  pass show tokenring | tokenring vault init --passphrase --stdin\n" +
			"  export TOKENRING_KEY=$(tokenring vault key) # and keep it where your CI keeps secrets\n" +
			"  tokenring vault init --key-variable",
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var chosen []session.Way
			for way, is := range ways {
				if *is {
					chosen = append(chosen, way)
				}
			}
			if len(chosen) != 1 {
				return advise(usageError{errors.New("say in which one way the key is to be kept")},
					"--keyring, --passphrase or --key-variable; tokenring vault status says which of them work here")
			}
			if stdin && chosen[0] != session.WayPassphrase {
				return usageError{errors.New("--stdin is for a passphrase")}
			}
			return w.initVault(cmd.Context(), chosen[0], stdin)
		},
	}
	f := cmd.Flags()
	f.BoolVar(ways[session.WayKeyring], "keyring", false, "in the system's keyring")
	f.BoolVar(ways[session.WayPassphrase], "passphrase", false, "behind a passphrase, which is asked")
	f.BoolVar(ways[session.WayVariable], "key-variable", false, "in "+vault.KeyVariable+", for CI")
	f.BoolVar(&stdin, "stdin", false, "read the passphrase from standard input")
	return cmd
}

func (w *World) initVault(ctx context.Context, way session.Way, stdin bool) error {
	return w.withRing(ctx, func(r *ring) error {
		if r.vault.Status(ctx).State != session.VaultUnset {
			return advise(vault.ErrChosen, "see how: tokenring vault status")
		}
		var passphrase secret.String
		if way == session.WayPassphrase {
			all, err := w.passphrases(ctx, stdin, "New passphrase")
			if err != nil {
				return err
			}
			passphrase = all[0]
		}
		return w.said(r.vault.Choose(ctx, way, passphrase), "The key is made. It is kept by: "+string(way)+".")
	})
}

// passphrases gets passphrases, the new one last: a line each from standard
// input, or from the person, who types the new one twice.
func (w *World) passphrases(ctx context.Context, stdin bool, questions ...string) ([]secret.String, error) {
	if stdin {
		return w.secretLines(len(questions))
	}
	c, err := w.console()
	if err != nil {
		return nil, advise(err, "give it on standard input, with --stdin")
	}
	defer c.close()
	var all []secret.String
	for _, q := range questions[:len(questions)-1] {
		p, err := c.hidden(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	p, err := newPassphrase(ctx, c, questions[len(questions)-1])
	return append(all, p), err
}

// secretLines reads as many secrets from standard input, a line each.
func (w *World) secretLines(n int) ([]secret.String, error) {
	text, err := w.secretFromStdin()
	if err != nil {
		return nil, err
	}
	var all []secret.String
	for line := range strings.SplitSeq(text.Reveal(), "\n") {
		all = append(all, secret.New(strings.TrimSuffix(line, "\r")))
	}
	if len(all) != n {
		return nil, usageError{fmt.Errorf("there are %d lines on standard input, where %d are needed", len(all), n)}
	}
	return all, nil
}

func newVaultPassphrase(w *World) *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "Change the passphrase",
		Long: "Changes the passphrase of a vault that has one; the recovery passphrase serves as the old one too.\n" +
			"What is sealed stays as it is. Backups of the store still open with the old one.",
		Example: "  tokenring vault passphrase\n  printf '%s\\n' \"$OLD\" \"$NEW\" | tokenring vault passphrase --stdin",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return w.withRing(cmd.Context(), func(r *ring) error {
				ctx := cmd.Context()
				if s := r.vault.Status(ctx); s.State == session.VaultUnset {
					return vault.ErrUnset
				} else if s.Way != session.WayPassphrase {
					return fmt.Errorf("the key of this ring is kept by the %s, not by a passphrase", s.Way)
				}
				all, err := w.passphrases(ctx, stdin, "Old passphrase", "New passphrase")
				if err != nil {
					return err
				}
				return w.said(r.vault.Rewrap(ctx, all[0], all[1]), "The passphrase is changed.")
			})
		},
	}
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the old and the new one from standard input, a line each")
	return cmd
}

func newVaultRecovery(w *World) *cobra.Command {
	var stdin, remove bool
	cmd := &cobra.Command{
		Use:   "recovery",
		Short: "Set or remove the recovery passphrase",
		Long: "Sets a second passphrase, for the day when the keyring or the variable cannot give the key, in the place\n" +
			"of an earlier one. The vault must open in its usual way. Backups of the store keep what they have.",
		Example: "  tokenring vault recovery\n  tokenring vault recovery --remove",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if remove && stdin {
				return usageError{errors.New("--remove takes no passphrase")}
			}
			return w.withRing(cmd.Context(), func(r *ring) error {
				ctx := cmd.Context()
				if r.vault.Status(ctx).State == session.VaultUnset {
					return vault.ErrUnset
				}
				if err := w.unlock(ctx, r); err != nil {
					return err
				}
				if remove {
					return w.said(r.vault.RemoveRecovery(ctx), "The recovery passphrase is removed.")
				}
				all, err := w.passphrases(ctx, stdin, "Recovery passphrase")
				if err != nil {
					return err
				}
				return w.said(r.vault.SetRecovery(ctx, all[0]), "The recovery passphrase is set.")
			})
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove it")
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read it from standard input")
	return cmd
}

// said tells that something was done, unless it was not.
func (w *World) said(err error, text string) error {
	if err == nil {
		w.tell("%s", text)
	}
	return err
}

func newVaultKey(w *World) *cobra.Command {
	return &cobra.Command{
		Use:     "key",
		Short:   "Print a new key for TOKENRING_KEY",
		Long:    "Prints 32 random bytes for " + vault.KeyVariable + ". Nothing is stored: keep it where your CI keeps secrets.",
		Example: "  export TOKENRING_KEY=$(tokenring vault key)",
		Args:    takes(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(w.Stdout, vault.NewKey().Reveal())
			return err
		},
	}
}
