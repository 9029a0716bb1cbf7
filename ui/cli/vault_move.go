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
type keyFlags struct {
	env                              *app.Env
	keyring, behind, variable, stdin bool
	way                              session.Way // the one that is chosen
}

// keyCommand completes a command that keeps the key in a way that flags choose.
func keyCommand(env *app.Env, cmd *cobra.Command, do func(ctx context.Context, r *app.Ring, k *keyFlags) error) *cobra.Command {
	k := &keyFlags{env: env}
	cmd.Args = takes(cobra.NoArgs)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := k.choose(); err != nil {
			return err
		}
		return env.With(cmd.Context(), func(r *app.Ring) error { return do(cmd.Context(), r, k) })
	}
	f := cmd.Flags()
	f.BoolVar(&k.keyring, "keyring", false, "keep the key in the system's keyring")
	f.BoolVar(&k.behind, "passphrase", false, "protect the key with a passphrase, asked for on the terminal")
	f.BoolVar(&k.variable, "key-variable", false, "take the key from "+vault.KeyVariable+", for CI")
	f.BoolVar(&k.stdin, "stdin", false, "read the new passphrase from standard input")
	return cmd
}

// choose finds the one way that is chosen.
func (k *keyFlags) choose() error {
	n := 0
	for _, c := range []struct {
		way    session.Way
		chosen bool
	}{{session.WayKeyring, k.keyring}, {session.WayPassphrase, k.behind}, {session.WayVariable, k.variable}} {
		if c.chosen {
			k.way = c.way
			n++
		}
	}
	switch {
	case n != 1:
		return app.Advise(app.Usagef("choose one way to keep the key"),
			"pass --keyring, --passphrase or --key-variable")
	case k.stdin && !k.behind:
		return app.Usagef("--stdin is for a passphrase")
	}
	return nil
}

// advise adds what to do next to the error of a way that does not work here.
func (k *keyFlags) advise(err error) error {
	switch {
	case err == nil || nextStep(err) != "":
	case errors.Is(err, vault.ErrChosen):
		return app.Advise(err, "see tokenring vault status; to change the way, see tokenring vault move --help")
	case errors.Is(err, session.ErrWrongPassphrase):
		return app.Advise(err, "the vault is already set up; to change its passphrase: tokenring vault passphrase")
	case k.keyring:
		return app.Advise(err, "if no keyring works here, pass --passphrase or --key-variable")
	case k.variable && k.env.Getenv(vault.KeyVariable) == "":
		return app.Advise(err, "set it to a key; tokenring vault key prints a new one")
	}
	return err
}

// keep calls change with the way, and with a new passphrase if that needs one, and
// reports success.
func (k *keyFlags) keep(ctx context.Context, r *app.Ring, change func(context.Context, session.Way, secret.String) error) error {
	all := []secret.String{{}}
	if k.behind {
		var err error
		if all, err = passphrases(ctx, k.env, k.stdin, nil, "New passphrase"); err != nil {
			return err
		}
	}
	ctx, cancel := r.Patient(ctx, k.way)
	defer cancel()
	return notifyDone(k.env, k.advise(change(ctx, k.way, all[0])), "The key is kept by: "+string(k.way)+".")
}

func newVaultMove(env *app.Env) *cobra.Command {
	return keyCommand(env, &cobra.Command{
		Use:   "move",
		Short: "Keep the key in another way",
		Long: "Moves the key to the keyring, behind a passphrase, or into TOKENRING_KEY. Use it after a keyring\n" +
			"lost the key and the recovery passphrase opened the vault: moving the key to the way it has makes\n" +
			"a new entry, or takes the present value of the variable. Sealed values and the recovery\n" +
			"passphrase do not change. Copies of the ring made before still open in the old way.",
		Example: "  tokenring vault move --keyring\n  tokenring vault move --passphrase",
	}, func(ctx context.Context, r *app.Ring, k *keyFlags) error {
		switch status := r.Vault.Status(ctx); {
		case status.State == session.VaultUnset:
			return vault.ErrUnset
		case status.Way == session.WayPassphrase && k.way == status.Way:
			return vault.ErrPassphrase // before one is typed
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		return k.keep(ctx, r, r.Vault.Move)
	})
}

func newVaultReset(env *app.Env) *cobra.Command {
	return keyCommand(env, &cobra.Command{
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
	}, resetVault)
}

// resetWord is what a person types to agree to a reset.
const resetWord = "reset"

func resetVault(ctx context.Context, r *app.Ring, k *keyFlags) error {
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
	c, err := k.env.Console()
	if err != nil {
		return app.Advise(err, "a person must confirm this at a terminal; no flag replaces that")
	}
	c.Say("The vault is locked: %s.", status.Reason)
	if recovery, _ := r.Vault.HasRecovery(ctx); recovery {
		c.Say("Its recovery passphrase still opens it, and will not after a reset. If you have it, keep the key anew instead: tokenring vault move --help")
	}
	c.Say("The ring in %[2]s keeps its %[1]s. All stored passwords, tokens, saved requests and history will be deleted.", prose.Count(len(accounts), "account"), r.Store.Dir())
	if err := c.Agree(ctx, "Type "+resetWord+" to go on", resetWord, errors.New("nothing was changed")); err != nil {
		return err
	}
	if err := k.keep(ctx, r, r.Vault.Reset); err != nil {
		return err
	}
	k.env.Notify("Review the accounts before their next login: tokenring review")
	return nil
}
