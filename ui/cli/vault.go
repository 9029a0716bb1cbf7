package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
)

func newVault(env *app.Env) *cobra.Command {
	status := newVaultStatus(env)
	cmd := &cobra.Command{
		Use:     "vault",
		GroupID: groupProgram,
		Short:   "Show and change how your secrets are protected",
		Long: "One key seals every secret of the ring. It is kept in the system's keyring, behind a passphrase,\n" +
			"or in TOKENRING_KEY. You choose for a new ring, and the ring never falls back to a weaker way. A\n" +
			"recovery passphrase opens the vault if the usual way fails.",
		Example: "  tokenring vault\n  tokenring vault init --keyring",
		Args:    noArgs,
		RunE:    status.RunE,
	}
	cmd.Flags().AddFlagSet(status.Flags())
	cmd.AddCommand(status, newVaultInit(env), newVaultMove(env), newVaultPassphrase(env), newVaultRecovery(env), newVaultRekey(env),
		newVaultReset(env), newVaultKey(env))
	return cmd
}

func newVaultStatus(env *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the state of the vault",
		Long: "Shows how the key is kept and whether it is available now. Asks the keyring, but never for a\n" +
			"passphrase.",
		Example: "  tokenring vault status --json | jq -r .state",
		Args:    takes(cobra.NoArgs),
		RunE:    onRing(env, func(ctx context.Context, r *app.Ring, _ []string) error { return vaultStatus(ctx, env, r) }),
	}
	jsonFlag(cmd, env, "print a JSON object")
	return cmd
}

// vaultState is the state of the vault, as status --json prints it.
type vaultState struct {
	State    session.VaultState `json:"state"`
	Way      session.Way        `json:"way,omitempty"`
	Reason   string             `json:"reason,omitempty"` // why it is locked
	Recovery bool               `json:"recovery"`         // there is a recovery passphrase
	Unused   string             `json:"unused,omitempty"` // the key variable, if it is set and the key is kept elsewhere
	Choices  []vaultChoice      `json:"choices,omitempty"`
}

// vaultChoice is a way to keep the key of a vault that is not set up.
type vaultChoice struct {
	Way    session.Way `json:"way"`
	Usable bool        `json:"usable"`
	Why    string      `json:"why"`
}

func vaultStatus(ctx context.Context, env *app.Env, r *app.Ring) (err error) {
	status := session.OpenVault(ctx, r.Vault, vault.Patience)
	state := &vaultState{State: status.State, Way: status.Way, Reason: status.Reason}
	if status.State != session.VaultUnset {
		if state.Recovery, err = r.Vault.HasRecovery(ctx); err != nil {
			return err
		}
		if state.Way != session.WayVariable && env.Getenv(vault.KeyVariable) != "" {
			state.Unused = vault.KeyVariable
		}
	} else {
		for _, c := range r.Vault.Choices(ctx) {
			if c.Way != session.WayMemory {
				state.Choices = append(state.Choices, vaultChoice{c.Way, c.Usable, c.Why})
			}
		}
	}
	return env.Data(state, state.rows())
}

func (s *vaultState) rows() [][]string {
	rows := [][]string{{"state", string(s.State)}}
	if s.Way != "" {
		recovery := "none; set one with: tokenring vault recovery"
		if s.Recovery {
			recovery = "set"
		}
		rows = append(rows, []string{"key", string(s.Way)}, []string{"recovery passphrase", recovery})
	}
	if s.Unused != "" {
		rows = append(rows, []string{s.Unused, "set, but not used"})
	}
	if s.Reason != "" {
		rows = append(rows, []string{"why", s.Reason})
	}
	for _, c := range s.Choices {
		flag := "--" + strings.ReplaceAll(string(c.Way), " ", "-")
		if !c.Usable {
			flag = "(not " + flag + ")"
		}
		rows = append(rows, []string{"tokenring vault init " + flag, c.Why})
	}
	return rows
}

func newVaultInit(env *app.Env) *cobra.Command {
	return keyCommand(env, &cobra.Command{
		Use:   "init",
		Short: "Choose how the key of a new ring is kept",
		Long: "Creates the key and keeps it where you say. If that way does not work here, the command fails; it\n" +
			"never takes another. Succeeds if the key is kept that way already and opens. To change the way\n" +
			"later, see tokenring vault move.",
		Example: "  tokenring vault init --keyring\n" +
			"  tokenring vault init --passphrase\n" +
			"  pass show tokenring | tokenring vault init --passphrase --stdin\n" +
			"  export TOKENRING_KEY=$(tokenring vault key) # and keep it where your CI keeps secrets\n" +
			"  tokenring vault init --key-variable",
	}, func(ctx context.Context, r *app.Ring, k *keyFlags) error {
		if s := r.Vault.Status(ctx); s.State != session.VaultUnset && s.Way != k.way {
			return k.advise(fmt.Errorf("%w: %s", vault.ErrChosen, s.Way)) // before a passphrase is typed
		}
		return k.keep(ctx, r, r.Vault.Choose)
	})
}

// passphrases reads the passphrases that are asked for, and then a new one unless fresh is "":
// one per line of standard input, or from the user, who types the new one twice.
func passphrases(ctx context.Context, env *app.Env, stdin bool, asked []string, fresh string) (all []secret.String, err error) {
	if stdin {
		text, err := secretFromStdin(env)
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(text.Reveal(), "\n") {
			all = append(all, secret.New(strings.TrimSuffix(line, "\r")))
		}
		if n := len(asked) + min(len(fresh), 1); len(all) != n {
			return nil, app.Usagef("standard input has %d lines instead of %d", len(all), n)
		}
		return all, nil
	}
	c, err := env.Console()
	if err != nil {
		return nil, app.Advise(err, "pass it on standard input with --stdin")
	}
	for _, question := range asked {
		one, err := c.Hidden(ctx, question)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if fresh == "" {
		return all, nil
	}
	one, err := app.NewPassphrase(ctx, c, fresh)
	return append(all, one), err
}

func newVaultPassphrase(env *app.Env) *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "Change the passphrase",
		Long: "Changes the passphrase of a vault that has one. Also accepts the recovery passphrase as the old\n" +
			"one. Sealed values do not change. Backups of the store still open with the old passphrase.",
		Example: "  tokenring vault passphrase\n  printf '%s\\n' \"$OLD\" \"$NEW\" | tokenring vault passphrase --stdin",
		Args:    takes(cobra.NoArgs),
		RunE: onVault(env, func(ctx context.Context, r *app.Ring, way session.Way) error {
			if way != session.WayPassphrase {
				err := fmt.Errorf("the key of this ring is kept by the %s, not by a passphrase", way)
				return app.Advise(err, "to keep it behind a passphrase: tokenring vault move --passphrase")
			}
			all, err := passphrases(ctx, env, stdin, []string{"Old passphrase"}, "New passphrase")
			if err != nil {
				return err
			}
			return notifyDone(env, r.Vault.Rewrap(ctx, all[0], all[1]), "The passphrase is changed.")
		}),
	}
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the old and the new passphrase from standard input, one per line")
	return cmd
}

func newVaultRecovery(env *app.Env) *cobra.Command {
	var stdin, remove bool
	cmd := &cobra.Command{
		Use:   "recovery",
		Short: "Set or remove the recovery passphrase",
		Long: "Sets a second passphrase that opens the vault if the keyring or the variable cannot, and replaces\n" +
			"an earlier one. The vault must open in its usual way first. Backups of the store keep theirs.",
		Example: "  tokenring vault recovery\n  tokenring vault recovery --remove",
		Args:    takes(cobra.NoArgs),
		PreRunE: oneOf("remove stdin"),
		RunE: onVault(env, func(ctx context.Context, r *app.Ring, _ session.Way) error {
			if err := r.Unlock(ctx); err != nil {
				return err
			}
			if remove {
				return notifyDone(env, r.Vault.RemoveRecovery(ctx), "The recovery passphrase is removed.")
			}
			all, err := passphrases(ctx, env, stdin, nil, "Recovery passphrase")
			if err != nil {
				return err
			}
			return notifyDone(env, r.Vault.SetRecovery(ctx, all[0]), "The recovery passphrase is set.")
		}),
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove the recovery passphrase")
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the recovery passphrase from standard input")
	return cmd
}

// onVault is onRing for a command of a vault that is set up; way is how its key is kept.
func onVault(env *app.Env, do func(ctx context.Context, r *app.Ring, way session.Way) error) func(*cobra.Command, []string) error {
	return onRing(env, func(ctx context.Context, r *app.Ring, _ []string) error {
		status := r.Vault.Status(ctx)
		if status.State == session.VaultUnset {
			return vault.ErrUnset
		}
		return do(ctx, r, status.Way)
	})
}

// notifyDone notifies the user, unless err is set.
func notifyDone(env *app.Env, err error, text string) error {
	if err == nil {
		env.Notify("%s", text)
	}
	return err
}

func newVaultKey(env *app.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print a new key for TOKENRING_KEY",
		Long: "Prints 32 random bytes for TOKENRING_KEY. Stores nothing: keep the key where your CI keeps\n" +
			"secrets.",
		Example: "  export TOKENRING_KEY=$(tokenring vault key)",
		Args:    takes(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(env.Out, vault.NewKey().Reveal())
			return err
		},
	}
}
