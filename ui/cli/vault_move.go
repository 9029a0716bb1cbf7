package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
)

// keyFlags choose how a key is kept.
type keyFlags struct{ keyring, behind, variable, stdin bool }

func (k *keyFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&k.keyring, "keyring", false, "keep the key in the system's keyring")
	f.BoolVar(&k.behind, "passphrase", false, "protect the key with a passphrase, asked for on the terminal")
	f.BoolVar(&k.variable, "key-variable", false, "take the key from "+vault.KeyVariable+", for CI")
	f.BoolVar(&k.stdin, "stdin", false, "read the new passphrase from standard input")
}

// way returns the one way that is chosen.
func (k *keyFlags) way() (way session.Way, err error) {
	n := 0
	for _, c := range []struct {
		way    session.Way
		chosen bool
	}{{session.WayKeyring, k.keyring}, {session.WayPassphrase, k.behind}, {session.WayVariable, k.variable}} {
		if c.chosen {
			way = c.way
			n++
		}
	}
	switch {
	case n != 1:
		return "", app.Advise(app.Usagef("choose one way to keep the key"),
			"pass --keyring, --passphrase or --key-variable")
	case k.stdin && !k.behind:
		return "", app.Usagef("--stdin is for a passphrase")
	}
	return way, nil
}

// passphrase reads a new passphrase if the way needs one.
func (k *keyFlags) passphrase(ctx context.Context, env *app.Env) (secret.String, error) {
	if !k.behind {
		return secret.String{}, nil
	}
	all, err := passphrases(ctx, env, k.stdin, "New passphrase")
	if err != nil {
		return secret.String{}, err
	}
	return all[0], nil
}

// advise adds what to do next to the error of a way that does not work here.
func (k *keyFlags) advise(env *app.Env, err error) error {
	switch {
	case err == nil || nextStep(err) != "":
	case errors.Is(err, vault.ErrChosen):
		return app.Advise(err, "see tokenring vault status; to change the way, see tokenring vault move --help")
	case errors.Is(err, session.ErrWrongPassphrase):
		return app.Advise(err, "the vault is already set up; to change its passphrase: tokenring vault passphrase")
	case k.keyring:
		return app.Advise(err, "if no keyring works here, pass --passphrase or --key-variable")
	case k.variable && env.Getenv(vault.KeyVariable) == "":
		return app.Advise(err, "set it to a key; tokenring vault key prints a new one")
	}
	return err
}

// keep calls change with a way, and with a new passphrase if that needs one, and
// reports success.
func (k *keyFlags) keep(ctx context.Context, env *app.Env, r *app.Ring, way session.Way, change func(context.Context, session.Way, secret.String) error) error {
	passphrase, err := k.passphrase(ctx, env)
	if err != nil {
		return err
	}
	ctx, cancel := r.Patient(ctx, way)
	defer cancel()
	return notifyDone(env, k.advise(env, change(ctx, way, passphrase)), "The key is kept by: "+string(way)+".")
}

func newVaultMove(env *app.Env) *cobra.Command {
	var key keyFlags
	cmd := &cobra.Command{
		Use:   "move",
		Short: "Keep the key in another way",
		Long: "Moves the key to the keyring, behind a passphrase, or into TOKENRING_KEY. Use it after a keyring\n" +
			"lost the key and the recovery passphrase opened the vault: moving the key to the way it has makes\n" +
			"a new entry, or takes the present value of the variable. Sealed values and the recovery\n" +
			"passphrase do not change. Copies of the ring made before still open in the old way.",
		Example: "  tokenring vault move --keyring\n  tokenring vault move --passphrase",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			way, err := key.way()
			if err != nil {
				return err
			}
			return env.With(cmd.Context(), func(r *app.Ring) error { return moveKey(cmd.Context(), env, r, &key, way) })
		},
	}
	key.add(cmd)
	return cmd
}

func moveKey(ctx context.Context, env *app.Env, r *app.Ring, key *keyFlags, way session.Way) error {
	switch status := r.Vault.Status(ctx); {
	case status.State == session.VaultUnset:
		return vault.ErrUnset
	case status.Way == session.WayPassphrase && way == status.Way:
		return vault.ErrPassphrase // before one is typed
	}
	if err := r.Unlock(ctx); err != nil {
		return err
	}
	return key.keep(ctx, env, r, way, r.Vault.Move)
}

func newVaultReset(env *app.Env) *cobra.Command {
	var key keyFlags
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Make a new key after the old one is lost, and keep the accounts",
		Long: "Makes a new key for a ring whose key is lost for good, and whose recovery passphrase too, if it has\n" +
			"one: that opens the vault without a reset, and tokenring vault move then keeps the key anew.\n" +
			"\n" +
			"Accounts stay, with their addresses and settings. Everything that only the lost key opens is deleted:\n" +
			"passwords, tokens, saved requests and history. Accounts that you deleted cannot be restored any more.\n" +
			"You are asked to type a word first; no flag replaces that.\n" +
			"\n" +
			"Nothing proves any more that the accounts are as you left them, so review them before their next\n" +
			"login: tokenring review.",
		Example: "  tokenring vault reset --keyring",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			way, err := key.way()
			if err != nil {
				return err
			}
			return env.With(cmd.Context(), func(r *app.Ring) error { return resetVault(cmd.Context(), env, r, &key, way) })
		},
	}
	key.add(cmd)
	return cmd
}

// resetWord is what a person types to agree to a reset.
const resetWord = "reset"

func resetVault(ctx context.Context, env *app.Env, r *app.Ring, key *keyFlags, way session.Way) error {
	status := session.OpenVault(ctx, r.Vault, vault.Patience)
	switch status.State {
	case session.VaultUnset:
		return vault.ErrUnset
	case session.VaultOpen:
		return app.Advise(errors.New("the key of this ring is not lost: the vault opens"), "to keep it in another way, see: tokenring vault move --help")
	}
	accounts, err := r.Accounts.List(ctx)
	if err != nil {
		return err
	}
	c, err := env.Console()
	if err != nil {
		return app.Advise(err, "a person must confirm this at a terminal; no flag replaces that")
	}
	defer c.Close()
	c.Say("The vault is locked: %s.", status.Reason)
	if recovery, _ := r.Vault.HasRecovery(ctx); recovery {
		c.Say("Its recovery passphrase still opens it, and will not after a reset. If you have it, keep the key anew instead: tokenring vault move --help")
	}
	c.Say("The ring in %[2]s keeps its %[1]s. All stored passwords, tokens, saved requests and history will be deleted.", prose.Count(len(accounts), "account"), r.Store.Dir())
	typed, err := c.Line(ctx, "Type "+resetWord+" to go on")
	if err == nil && typed != resetWord {
		err = errors.New("nothing was changed")
	}
	if err != nil {
		return err
	}
	if err := key.keep(ctx, env, r, way, r.Vault.Reset); err != nil {
		return err
	}
	env.Notify("Review the accounts before their next login: tokenring review")
	return nil
}
