package cli

import (
	"context"
	"errors"
	"fmt"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store/vault"
)

// tries is how often a passphrase may be mistyped.
const tries = 3

// unlock opens the vault: from the keyring or the key variable by itself, with
// a passphrase from the person, the recovery passphrase where the usual way
// fails. A vault that is not set up holds nothing that could be opened, and
// stays so.
func (w *World) unlock(ctx context.Context, r *ring) error {
	err := r.vault.Unlock(ctx, secret.String{})
	if err == nil || errors.Is(err, vault.ErrUnset) || ctx.Err() != nil {
		return ctx.Err()
	}
	status, question := r.vault.Status(ctx), "Passphrase of the vault"
	if status.Way != session.WayPassphrase {
		if recovery, err := r.vault.HasRecovery(ctx); err != nil || !recovery {
			return locked(status.Reason)
		}
		question = "Recovery passphrase of the vault"
	}
	c, err := w.console()
	if err != nil {
		return locked(status.Reason + "; it is asked on a terminal, and there is none")
	}
	defer c.close()
	if status.Way != session.WayPassphrase {
		c.say("The vault is locked: %s.", status.Reason)
	}
	for range tries {
		passphrase, err := c.hidden(ctx, question)
		if err != nil {
			return err
		}
		if err = r.vault.Unlock(ctx, passphrase); !errors.Is(err, session.ErrWrongPassphrase) {
			return err
		}
		c.say("That is not the passphrase.")
	}
	return locked("the passphrase was wrong")
}

func locked(reason string) error {
	return advise(fmt.Errorf("%w: %s", session.ErrVaultLocked, reason), "see how it is kept with: tokenring doctor")
}

// settle makes sure that there is a vault to seal secrets in, and opens it. A
// new one takes the best way that works here without asking: the key variable
// that is set, or the keyring. A passphrase is the person's to choose, and no
// weaker way is ever taken for them; nor is another one where the variable holds
// no key.
func (w *World) settle(ctx context.Context, r *ring) error {
	if r.vault.Status(ctx).State != session.VaultUnset {
		return w.unlock(ctx, r)
	}
	usable := map[session.Way]bool{}
	for _, choice := range r.vault.Choices(ctx) {
		usable[choice.Way] = choice.Usable
		if choice.Way == session.WayVariable && !choice.Usable && w.Getenv(vault.KeyVariable) != "" {
			return advise(fmt.Errorf("%w: %s", session.ErrVaultLocked, choice.Why), "mend or unset it; a key is made with: tokenring vault key")
		}
	}
	for _, way := range []session.Way{session.WayVariable, session.WayKeyring} {
		if usable[way] {
			return r.vault.Choose(ctx, way, secret.String{})
		}
	}
	c, err := w.console()
	if err != nil {
		return advise(fmt.Errorf("%w: it is not set up, and neither a keyring nor TOKENRING_KEY is there", session.ErrVaultLocked),
			"choose how its key is kept: tokenring vault init --help")
	}
	defer c.close()
	c.say("Your secrets are sealed with a passphrase, since no keyring answers here. %s", passphraseLost)
	passphrase, err := newPassphrase(ctx, c, "New passphrase")
	if err != nil {
		return err
	}
	return r.vault.Choose(ctx, session.WayPassphrase, passphrase)
}

const passphraseLost = "If it is lost, every login must be entered again."

// newPassphrase asks for one twice.
func newPassphrase(ctx context.Context, c *console, question string) (secret.String, error) {
	for range tries {
		first, err := c.hidden(ctx, question)
		if err != nil {
			return first, err
		}
		if err := vault.CheckPassphrase(first); err != nil {
			c.say("%v", err)
			continue
		}
		again, err := c.hidden(ctx, "Once more")
		if err != nil || first.Equal(again) {
			return first, err
		}
		c.say("The two differ.")
	}
	return secret.String{}, errDeclined
}
