package cli

import (
	"context"
	"errors"
	"fmt"

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
	cmd.PreRunE = func(*cobra.Command, []string) error { return k.choose() }
	cmd.RunE = onRing(env, func(ctx context.Context, r *app.Ring, _ []string) error { return do(ctx, r, k) })
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

// rekeyStep is the number of values between two messages of progress.
const rekeyStep = 5000

func newVaultRekey(env *app.Env) *cobra.Command {
	var stdin, remove bool
	cmd := &cobra.Command{
		Use:   "rekey",
		Short: "Change the key that seals your secrets",
		Long: "Makes a new key and seals every secret with it. Use it after someone may have copied the ring\n" +
			"together with a passphrase or key: what they copied does not open what is stored from now on.\n" +
			"If they may know a passphrase, change that as well: first tokenring vault passphrase, and\n" +
			"tokenring vault recovery for the recovery passphrase. The new key is sealed with what you enter.\n" +
			"\n" +
			"Asks for the passphrase, and for the recovery passphrase if there is one. If the command is\n" +
			"interrupted, the old key stays in force. Other running instances fetch the new key; with a\n" +
			"passphrase they lock. Copies of the ring made before still open with the old key.",
		Example: "  tokenring vault rekey\n  tokenring vault rekey --remove-recovery",
		Args:    takes(cobra.NoArgs),
		RunE: onVault(env, func(ctx context.Context, r *app.Ring, way session.Way) error {
			return adviseRekey(rekeyVault(ctx, env, r, way, stdin, remove))
		}),
	}
	cmd.Flags().BoolVar(&remove, "remove-recovery", false, "remove the recovery passphrase instead of asking for it")
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the passphrase and the recovery passphrase, where they are set, from standard input, one per line")
	return cmd
}

func rekeyVault(ctx context.Context, env *app.Env, r *app.Ring, way session.Way, stdin, remove bool) error {
	o := session.RekeyOptions{RemoveRecovery: remove}
	if err := askForRekey(ctx, env, r, stdin, way == session.WayPassphrase, &o); err != nil {
		return err
	}
	unlock := r.Unlock
	if !o.Passphrase.IsZero() {
		unlock = func(ctx context.Context) error { return r.Vault.Unlock(ctx, o.Passphrase) }
	}
	if err := unlock(ctx); err != nil {
		return err
	}
	sealed := 0
	o.Progress = func(done, total int) {
		if sealed = done; done%rekeyStep == 0 {
			env.Notify("Sealed %d of %d secrets.", done, total)
		}
	}
	left, err := r.Vault.Rekey(ctx, o)
	if err != nil {
		return err
	}
	env.Notify("The key was changed and seals %s.", prose.Count(sealed-left, "secret"))
	if left > 0 {
		env.Notify("%s did not open with the old key and could not be sealed again.", prose.Count(left, "secret"))
	}
	copies, err := r.Store.Copies()
	for _, c := range copies {
		env.Notify("%s still opens with the old key; delete it when you no longer need it.", secret.CleanLine(c.Path))
	}
	return err
}

// adviseRekey names the passphrase that was asked for, and what to do without it.
func adviseRekey(err error) error {
	switch {
	case errors.Is(err, session.ErrWrongRecovery):
		return app.Advise(fmt.Errorf("%w; the key was not changed", err), "try again; if it is lost, remove it with tokenring vault rekey --remove-recovery, and set another with tokenring vault recovery")
	case errors.Is(err, session.ErrWrongPassphrase):
		return app.Advise(fmt.Errorf("%w of the vault, which is not the recovery passphrase; the key was not changed", err),
			"try again; if it is lost, set another with the recovery passphrase: tokenring vault passphrase")
	}
	return err
}

// askForRekey reads the passphrases that the vault has.
func askForRekey(ctx context.Context, env *app.Env, r *app.Ring, stdin, passphrase bool, o *session.RekeyOptions) error {
	recovery, err := r.Vault.HasRecovery(ctx)
	if err != nil {
		return err
	}
	var questions []string
	var answers []*secret.String
	if passphrase {
		questions, answers = append(questions, "Passphrase"), append(answers, &o.Passphrase)
	}
	if recovery && !o.RemoveRecovery {
		questions, answers = append(questions, "Recovery passphrase"), append(answers, &o.Recovery)
	}
	if len(questions) == 0 {
		return nil
	}
	all, err := passphrases(ctx, env, stdin, questions, "")
	for i := range all {
		*answers[i] = all[i]
	}
	return err
}
