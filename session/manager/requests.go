package manager

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// Requests lists the definition's requests and then the person's own. When those
// cannot be opened, the definition's come with the error.
func (m *Manager) Requests(ctx context.Context, id string) ([]request.Spec, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := m.catalog.Get(rec.Account.Definition)
	if err != nil {
		return nil, err
	}
	scope := plainScope(&rec.Account, rec.Session, def)
	var specs []request.Spec
	for i := range def.Requests {
		if holds(def.Requests[i].When, scope) {
			specs = append(specs, request.FromDefinition(&def.Requests[i]))
		}
	}
	saved, err := m.store.Requests(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range saved {
		spec, err := m.openRequest(&rec.Account, &saved[i])
		if err != nil {
			return specs, err
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

func (m *Manager) openRequest(a *session.Account, r *session.SavedRequest) (request.Spec, error) {
	var spec request.Spec
	plain, err := m.vault.Open(requestBinding(a, r.ID), r.Sealed)
	if err != nil {
		return spec, fmt.Errorf("request %s: %w", r.Name, err)
	}
	err = spec.UnmarshalBinary(plain)
	spec.ID = r.ID
	return spec, err
}

// Requests and runs are the person's own record: they stay readable when the
// account's address changes.
func requestBinding(a *session.Account, id string) session.Binding {
	return session.Binding{AccountID: a.ID, Name: "request:" + id}
}

func runBinding(a *session.Account, id string) session.Binding {
	return session.Binding{AccountID: a.ID, Name: "run:" + id}
}

// SaveRequest keeps a request with the account. One of the definition is kept
// as a copy. The error is a *request.FieldError when the request is at fault.
func (m *Manager) SaveRequest(ctx context.Context, id string, spec *request.Spec) error {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return err
	}
	if _, err := m.compile(&rec.Account, spec); err != nil {
		return err
	}
	if spec.ID == "" || spec.Builtin {
		spec.ID, spec.Builtin = uuid.NewString(), false
	}
	plain, err := spec.MarshalBinary()
	if err != nil {
		return err
	}
	sealed, err := m.vault.Seal(requestBinding(&rec.Account, spec.ID), plain)
	if err != nil {
		return err
	}
	defer m.changed()
	return m.store.PutRequest(ctx, &session.SavedRequest{
		ID: spec.ID, AccountID: id, Name: spec.Name, Method: spec.Method, Path: spec.Path(),
		Sealed: sealed, Updated: m.now(),
	})
}

// compile compiles a request of the account.
func (m *Manager) compile(a *session.Account, spec *request.Spec) (*definition.Request, error) {
	def, err := m.catalog.Get(a.Definition)
	if err != nil { // whoever needs it says so
		return spec.Compile()
	}
	return spec.Compile(def.Readable()...)
}

// DeleteRequest removes one of the person's own requests.
func (m *Manager) DeleteRequest(ctx context.Context, requestID string) error {
	defer m.changed()
	return m.store.DeleteRequest(ctx, requestID)
}

// keepRun writes a run to the history and the activity.
func (m *Manager) keepRun(ctx context.Context, a *session.Account, run *request.Run) error {
	m.record(ctx, a.ID, session.EventRequest, run.OK(), run.Summary())
	rec, err := m.sealRun(a, run, &request.Packer{})
	if err != nil {
		return err
	}
	defer m.changed()
	return m.store.AddRuns(ctx, rec)
}

// sealRun makes a run ready for the history.
func (m *Manager) sealRun(a *session.Account, run *request.Run, packer *request.Packer) (*session.RunRecord, error) {
	plain, err := packer.Pack(run)
	if err != nil {
		return nil, err
	}
	sealed, err := m.vault.Seal(runBinding(a, run.ID), plain)
	return &session.RunRecord{
		ID: run.ID, AccountID: a.ID, At: run.At, Name: run.Spec.Name, Method: run.Spec.Method, Path: run.Spec.Path(),
		Status: run.Status, Duration: run.Timings.Total, Size: run.Size,
		Verdict: string(run.Verdict), Error: secret.CleanLine(run.Err), Sealed: sealed,
	}, err
}

// Runs lists the history, newest first.
func (m *Manager) Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error) {
	return m.store.Runs(ctx, q)
}

// Run opens one run of the history.
func (m *Manager) Run(ctx context.Context, runID string) (*request.Run, error) {
	rec, err := m.store.Run(ctx, runID)
	if err != nil {
		return nil, err
	}
	a := &session.Account{ID: rec.AccountID}
	plain, err := m.vault.Open(runBinding(a, runID), rec.Sealed)
	if err != nil {
		return nil, err
	}
	run := &request.Run{}
	return run, run.UnmarshalBinary(plain)
}

// Curl writes the request as a command line. With clear the account's token
// stands in it; else it names the variable TOKENRING_TOKEN.
func (m *Manager) Curl(ctx context.Context, id string, spec *request.Spec, clear bool) (secret.String, error) {
	return m.curlAs(ctx, id, "", spec, clear)
}

// curlAs is Curl; as is "" or request.Nobody.
func (m *Manager) curlAs(ctx context.Context, id, as string, spec *request.Spec, clear bool) (secret.String, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	call, err := m.compileAs(&rec.Account, as, spec)
	if err != nil {
		return secret.String{}, err
	}
	sub, err := m.subjectAs(ctx, as, &rec)
	if err != nil {
		return secret.String{}, err
	}
	built, err := m.runner.Build(ctx, sub, call, session.FlowRequest)
	if err != nil {
		return secret.String{}, err
	}
	token := sub.Tokens[sub.Primary()]
	return request.Curl(built, token, clear), nil
}
