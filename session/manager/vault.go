package manager

import (
	"context"

	"tokenring/session"
	"tokenring/session/secret"
)

// OpenVault gets the key where that needs nobody: from the keyring or the key
// variable. It says how the vault stands then. It may wait for the keyring.
func (m *Manager) OpenVault(ctx context.Context) session.VaultStatus {
	status := m.vault.Status(ctx)
	if status.State == session.VaultLocked && (status.Way == session.WayKeyring || status.Way == session.WayVariable) {
		_ = m.vault.Unlock(ctx, secret.String{}) // the status says why it could not
		status = m.vault.Status(ctx)
		m.changed()
	}
	return status
}
