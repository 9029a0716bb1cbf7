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
		RunE: onRing(env, func(ctx context.Context, r *app.Ring, _ []string) error {
			return rekeyVault(ctx, env, r, stdin, remove)
		}),
	}
	cmd.Flags().BoolVar(&remove, "remove-recovery", false, "remove the recovery passphrase instead of asking for it")
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the passphrase and the recovery passphrase, where they are set, from standard input, one per line")
	return cmd
}

func rekeyVault(ctx context.Context, env *app.Env, r *app.Ring, stdin, remove bool) error {
	status := r.Vault.Status(ctx)
	if status.State == session.VaultUnset {
		return vault.ErrUnset
	}
	o := session.RekeyOptions{RemoveRecovery: remove}
	if err := askForRekey(ctx, env, r, stdin, status.Way == session.WayPassphrase, &o); err != nil {
		return err
	}
	unlock := r.Unlock
	if !o.Passphrase.IsZero() {
		unlock = func(ctx context.Context) error { return r.Vault.Unlock(ctx, o.Passphrase) }
	}
	if err := unlock(ctx); err != nil {
		return adviseRekey(err)
	}
	sealed := 0
	o.Progress = func(done, total int) {
		if sealed = done; done%rekeyStep == 0 {
			env.Notify("Sealed %d of %d secrets.", done, total)
		}
	}
	left, err := r.Vault.Rekey(ctx, o)
	if err != nil {
		return adviseRekey(err)
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
