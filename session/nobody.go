package session

import (
	"context"

	"tokenring/session/backend"
	"tokenring/session/request"
)

// FireAsNobody sends a request to the account's server without its token, and
// keeps the run with the account. Its guard holds as in Fire.
func (m *Manager) FireAsNobody(ctx context.Context, id string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	bare := *spec
	bare.Attach = backend.AttachNone
	return m.Fire(ctx, id, &bare, o)
}
