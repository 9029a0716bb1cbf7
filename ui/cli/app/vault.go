package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
	"tokenring/ui/cli/term"
)

// Unlock opens the vault: with the keyring or the key variable, with a
// passphrase from the user, or with the recovery passphrase if the usual way
// fails. It does not set up a new vault.
func (r *Ring) Unlock(ctx context.Context) error {
	wait, cancel := r.Patient(ctx, r.Vault.Status(ctx).Way)
	err := r.Vault.Unlock(wait, secret.String{})
	cancel() // a person may take longer to type a passphrase
	if err == nil || errors.Is(err, vault.ErrUnset) || ctx.Err() != nil {
		return ctx.Err()
	}
	status, question := r.Vault.Status(ctx), "Passphrase of the vault"
	if status.Way != session.WayPassphrase {
		if recovery, err := r.Vault.HasRecovery(ctx); err != nil || !recovery {
			return locked(status.Reason)
		}
		question = "Recovery passphrase of the vault"
	}
	c, err := r.env.Console()
	if err != nil {
		return locked(status.Reason + "; no terminal to ask for the passphrase")
	}
	if status.Way != session.WayPassphrase {
		c.Say("The vault is locked: %s.", status.Reason)
	}
	for range term.Tries {
		passphrase, err := c.Hidden(ctx, question)
		if err != nil {
			return err
		}
		if err = r.Vault.Unlock(ctx, passphrase); !errors.Is(err, session.ErrWrongPassphrase) {
			if status := r.Vault.Status(ctx); status.Recovered {
				c.Say("The recovery passphrase opened the vault. To make it open in its usual way again, see: %s --help", repair(status.Way))
			}
			return err
		}
		c.Say("Wrong passphrase.")
	}
	return locked("the passphrase was wrong")
}

// repair returns the command that makes a vault open in a way that it did not open in.
func repair(way session.Way) string {
	if way == session.WayPassphrase {
		return "tokenring vault passphrase"
	}
	return "tokenring vault move"
}

// promptTime is how long a person has to answer the prompt of a keyring. It may be on
// another screen, and only then is the recovery passphrase asked for.
const promptTime = 2 * time.Minute

// Patient returns a context for a call that keeps or gets the key in a way. One that may
// wait for the keyring has promptTime, of which Patient tells a person at a terminal, or
// vault.Patience where there is no terminal.
func (r *Ring) Patient(ctx context.Context, way session.Way) (context.Context, context.CancelFunc) {
	if way != session.WayKeyring {
		return context.WithCancel(ctx)
	}
	c, err := r.env.Console()
	if err != nil {
		return context.WithTimeout(ctx, vault.Patience)
	}
	ctx, cancel := context.WithTimeout(ctx, promptTime)
	slow := time.AfterFunc(vault.Patience, func() {
		r.env.Progress().Clear()
		c.Say("Waiting for the keyring: answer its prompt.")
	})
	return ctx, func() {
		slow.Stop()
		cancel()
	}
}

// UnlockByVariable opens the vault where TOKENRING_KEY does that at once, for lists:
// they need no key, but show more with it. What fails is for other commands to tell.
func (r *Ring) UnlockByVariable(ctx context.Context) {
	if r.env.Getenv(vault.KeyVariable) != "" && r.Vault.Status(ctx).Way == session.WayVariable {
		_ = r.Vault.Unlock(context.WithoutCancel(ctx), secret.String{}) // it waits for nothing
	}
}

func locked(reason string) error {
	return Advise(fmt.Errorf("%w: %s", session.ErrVaultLocked, reason), "to find the cause, run: tokenring doctor")
}

// SetUpVault opens the vault, and sets it up first if it is new. For a new one
// it uses the key variable if that is set, else the keyring, without asking, and
// else asks for a passphrase. It never chooses a weaker way, and no other way if
// the variable holds no key.
func (r *Ring) SetUpVault(ctx context.Context) error {
	if r.Vault.Status(ctx).State != session.VaultUnset {
		return r.Unlock(ctx)
	}
	for _, choice := range r.Vault.Choices(ctx) {
		switch way := choice.Way; {
		case way == session.WayVariable && !choice.Usable && r.env.Getenv(vault.KeyVariable) != "":
			return Advise(fmt.Errorf("%w: %s", session.ErrVaultLocked, choice.Why), "fix or unset it; to create a key, run: tokenring vault key")
		case choice.Usable && (way == session.WayVariable || way == session.WayKeyring):
			wait, cancel := r.Patient(ctx, way)
			defer cancel()
			return r.Vault.Choose(wait, way, secret.String{})
		}
	}
	c, err := r.env.Console()
	if err != nil {
		return Advise(fmt.Errorf("%w: it is not set up, and neither a keyring nor TOKENRING_KEY is available", session.ErrVaultLocked),
			"to set it up, see: tokenring vault init --help")
	}
	c.Say("No keyring is available, so a passphrase will protect your secrets. If you lose it, you must enter every login again.")
	passphrase, err := NewPassphrase(ctx, c, "New passphrase")
	if err != nil {
		return err
	}
	return r.Vault.Choose(ctx, session.WayPassphrase, passphrase)
}

// NewPassphrase asks for a new passphrase twice.
func NewPassphrase(ctx context.Context, c *term.Console, question string) (secret.String, error) {
	for range term.Tries {
		first, err := c.Hidden(ctx, question)
		if err != nil {
			return first, err
		}
		if err := vault.CheckPassphrase(first); err != nil {
			c.Say("%v", err)
			continue
		}
		again, err := c.Hidden(ctx, "Once more")
		if err != nil || first.Equal(again) {
			return first, err
		}
		c.Say("The passphrases differ.")
	}
	return secret.String{}, term.ErrDeclined
}
