package session

import (
	"context"

	"tokenring/session/secret"
)

// OpenVault gets the key where that needs nobody: from the keyring or the key
// variable. It returns the state of the vault after that. It may wait for the
// keyring.
func OpenVault(ctx context.Context, v Vault) VaultStatus {
	status := v.Status(ctx)
	if status.State == VaultLocked && (status.Way == WayKeyring || status.Way == WayVariable) {
		_ = v.Unlock(ctx, secret.String{}) // the status says why it could not
		status = v.Status(ctx)
	}
	return status
}
