// Package manager answers by id what the packages of the engine do by account.
package manager

import (
	"context"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/engine"
	"tokenring/session/flow"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/token"
)

// Names of the packages that now hold them.
type (
	Config           = engine.Config
	Draft            = draft.Form
	FieldError       = draft.FieldError
	FieldErrors      = draft.FieldErrors
	Asked            = draft.Questions
	Trial            = draft.DefinitionCheck
	TrialPart        = draft.CheckPart
	Destination      = credential.Destination
	LoginOptions     = lifecycle.LoginOptions
	Ending           = lifecycle.Ending
	LogoutResult     = lifecycle.LogoutResult
	GuardError       = session.GuardError
	UntrustedError   = attempt.UntrustedError
	EnvironmentError = attempt.EnvironmentError
)

// The same of values.
const (
	MaxName    = draft.MaxName
	Revoked    = lifecycle.Revoked
	StillAlive = lifecycle.StillAlive
	Unproven   = lifecycle.Unproven
	NotTold    = lifecycle.NotTold
)

// ErrUnmet is draft.ErrUnmet.
var ErrUnmet = draft.ErrUnmet

// Manager answers by id.
type Manager struct {
	Engine *engine.Engine
	now    func() time.Time
}

// New makes a Manager.
func New(c Config) *Manager { return On(engine.New(c), c.Now) }

// On makes a Manager on an engine.
func On(e *engine.Engine, now func() time.Time) *Manager { return &Manager{Engine: e, now: now} }

func (m *Manager) rec(ctx context.Context, id string) (*session.Record, error) {
	snap, err := m.Engine.Accounts.Get(ctx, id)
	return &snap.Record, err
}

func (m *Manager) snap(rec *session.Record) session.Snapshot {
	if rec == nil {
		return session.Snapshot{}
	}
	return m.Engine.Accounts.Snapshot(rec)
}

// FireOptions are attempt.Options.
type FireOptions struct {
	Confirmed bool
	Typed     string
	Arrived   func(*request.Run)
}

func (o FireOptions) consent() session.Consent {
	return session.Consent{Confirmed: o.Confirmed, Typed: o.Typed}
}

// SuiteOptions are attempt.SuiteOptions.
type SuiteOptions struct {
	Agreed   map[string]FireOptions
	Parallel int
	Tell     func(suite.Result)
}

// See package engine for what follows.

func (m *Manager) Now() time.Time                        { return m.now() }
func (m *Manager) Vault() session.Vault                  { return m.Engine.Vault }
func (m *Manager) Definitions() []*definition.Definition { return m.Engine.Catalog.List() }
func (m *Manager) Definition(n string) (*definition.Definition, error) {
	return m.Engine.Catalog.Get(n)
}
func (m *Manager) Problems() []error              { return m.Engine.Catalog.Problems() }
func (m *Manager) Wait(ctx context.Context) error { return m.Engine.Feed.Wait(ctx) }
func (m *Manager) KeepAlive(ctx context.Context)  { m.Engine.Sessions.KeepAlive(ctx) }
func (m *Manager) OpenVault(ctx context.Context) session.VaultStatus {
	return session.OpenVault(ctx, m.Engine.Vault)
}
func (m *Manager) Watch(ctx context.Context, every time.Duration) <-chan struct{} {
	return m.Engine.Feed.Watch(ctx, every)
}
func (m *Manager) Note(ctx context.Context, id string, kind session.EventKind, ok bool, text string) {
	m.Engine.Feed.Record(ctx, id, kind, ok, text)
}
func (m *Manager) Events(ctx context.Context, id string, limit int) ([]session.Event, error) {
	return m.Engine.Accounts.Events(ctx, id, limit)
}
func (m *Manager) Accounts(ctx context.Context) ([]session.Snapshot, error) {
	return m.Engine.Accounts.List(ctx)
}
func (m *Manager) Account(ctx context.Context, id string) (session.Snapshot, error) {
	return m.Engine.Accounts.Get(ctx, id)
}
func (m *Manager) Find(ctx context.Context, name string) (session.Snapshot, error) {
	return m.Engine.Accounts.Find(ctx, name)
}
func (m *Manager) Labels(name string) token.Labels {
	def, err := m.Engine.Catalog.Get(name)
	if err != nil {
		return nil
	}
	return def.Labels()
}
func (m *Manager) MissingSecrets(ctx context.Context, id string) ([]definition.Field, error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.Engine.Credentials.Missing(rec)
}
func (m *Manager) Login(ctx context.Context, id string, o LoginOptions) (session.Snapshot, error) {
	rec, err := m.Engine.Sessions.Login(ctx, &session.Record{Account: session.Account{ID: id}}, o)
	return m.snap(rec), err
}
func (m *Manager) Refresh(ctx context.Context, id string, p session.Progress) (session.Snapshot, error) {
	rec, err := m.rec(ctx, id)
	if err == nil {
		rec, err = m.Engine.Sessions.Refresh(ctx, rec, p)
	}
	return m.snap(rec), err
}
func (m *Manager) Ensure(ctx context.Context, id string, minTTL time.Duration) (session.Snapshot, error) {
	rec, err := m.rec(ctx, id)
	if err == nil {
		rec, err = m.Engine.Sessions.Ensure(ctx, rec, minTTL)
	}
	return m.snap(rec), err
}
func (m *Manager) EnsureSeen(ctx context.Context, s session.Snapshot, minTTL time.Duration) (session.Snapshot, error) {
	rec, err := m.Engine.Sessions.Ensure(ctx, &s.Record, minTTL)
	return m.snap(rec), err
}
func (m *Manager) Check(ctx context.Context, id string) (session.Snapshot, bool, error) {
	rec, alive, err := m.Engine.Sessions.Check(ctx, &session.Record{Account: session.Account{ID: id}})
	return m.snap(rec), alive, err
}
func (m *Manager) Logout(ctx context.Context, id string) (LogoutResult, error) {
	return m.Engine.Sessions.Logout(ctx, &session.Record{Account: session.Account{ID: id}})
}
func (m *Manager) Token(ctx context.Context, id, name string) (secret.String, error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	return m.Engine.Credentials.Token(ctx, rec, name)
}
func (m *Manager) TokenSeen(ctx context.Context, s *session.Snapshot, name string) (secret.String, error) {
	return m.Engine.Credentials.Token(ctx, &s.Record, name)
}
func (m *Manager) Live(ctx context.Context, name string, minTTL time.Duration) (value secret.String, ok bool) {
	rec, err := m.Engine.Accounts.Read(ctx, name)
	if err != nil || rec.Dead() {
		return value, false
	}
	if left, known := rec.Left(m.now()); !known || left > max(minTTL, rec.Session.Primary().Margin()) {
		value, err = m.Engine.Credentials.Token(ctx, rec, "")
	}
	return value, err == nil && !value.IsZero()
}
func (m *Manager) Decode(ctx context.Context, id, name string) (*token.Token, error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.Engine.Credentials.Decode(ctx, rec, name)
}
func (m *Manager) Attached(ctx context.Context, id string) (headers, query, cookies []flow.NameValue, err error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	return m.Engine.Requests.Attached(ctx, rec)
}
func (m *Manager) identity(ctx context.Context, id string, anonymous bool) (suite.Identity, error) {
	rec, err := m.rec(ctx, id)
	as := suite.IdentityOf(&rec.Account)
	if anonymous {
		as = as.AsAnonymous()
	}
	return as, err
}
func (m *Manager) fire(ctx context.Context, id string, anonymous bool, spec *request.Spec, o FireOptions) (*request.Run, error) {
	as, err := m.identity(ctx, id, anonymous)
	if err != nil {
		return nil, err
	}
	return m.Engine.Requests.Fire(ctx, as, spec, attempt.Options{Consent: o.consent(), Arrived: o.Arrived})
}
func (m *Manager) Fire(ctx context.Context, id string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	return m.fire(ctx, id, false, spec, o)
}
func (m *Manager) FireAsNobody(ctx context.Context, id string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	return m.fire(ctx, id, true, spec, o)
}
func (m *Manager) curl(ctx context.Context, id string, anonymous bool, spec *request.Spec, clear bool) (secret.String, error) {
	as, err := m.identity(ctx, id, anonymous)
	if err != nil {
		return secret.String{}, err
	}
	return m.Engine.Requests.Curl(ctx, as, spec, clear)
}
func (m *Manager) Curl(ctx context.Context, id string, spec *request.Spec, clear bool) (secret.String, error) {
	return m.curl(ctx, id, false, spec, clear)
}
func (m *Manager) CurlAsNobody(ctx context.Context, id string, spec *request.Spec) (secret.String, error) {
	return m.curl(ctx, id, true, spec, false)
}
func (m *Manager) Requests(ctx context.Context, id string) ([]request.Spec, error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.Engine.Requests.Requests(ctx, rec)
}
func (m *Manager) SaveRequest(ctx context.Context, id string, spec *request.Spec) error {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return err
	}
	return m.Engine.Requests.SaveRequest(ctx, &rec.Account, spec)
}
func (m *Manager) DeleteRequest(ctx context.Context, id string) error {
	return m.Engine.Requests.DeleteRequest(ctx, id)
}
func (m *Manager) Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error) {
	return m.Engine.Requests.Runs(ctx, q)
}
func (m *Manager) Run(ctx context.Context, id string) (*request.Run, error) {
	return m.Engine.Requests.Run(ctx, id)
}
func (m *Manager) Actors(ctx context.Context, names []string, at string) ([]suite.Identity, error) {
	return m.Engine.Requests.Identities(ctx, names, at)
}
func (m *Manager) SuiteGuards(ctx context.Context, p *suite.Plan) ([]*GuardError, error) {
	return m.Engine.Requests.GuardsFor(ctx, p)
}
func (m *Manager) RunSuite(ctx context.Context, p *suite.Plan, o SuiteOptions) (*suite.Report, error) {
	agreed := map[string]session.Consent{}
	for name, one := range o.Agreed {
		agreed[name] = one.consent()
	}
	return m.Engine.Requests.RunSuite(ctx, p, attempt.SuiteOptions{Agreed: agreed, Parallel: o.Parallel, Tell: o.Tell})
}
func (m *Manager) Trusted(ctx context.Context, src suite.Source) error {
	return m.Engine.Requests.Trusted(ctx, src)
}
func (m *Manager) Trust(ctx context.Context, src suite.Source) error {
	return m.Engine.Requests.Trust(ctx, src)
}
func (m *Manager) Draft(ctx context.Context, id string) (*Draft, error) {
	rec, err := m.rec(ctx, id)
	if err != nil {
		return nil, err
	}
	return draft.FormOf(&rec.Account), nil
}
func (m *Manager) Asked(d *Draft) (Asked, error)         { return m.Engine.Drafts.Questions(d) }
func (m *Manager) Settle(d *Draft) (Asked, error)        { return m.Engine.Drafts.Normalize(d) }
func (m *Manager) Preview(d *Draft) (Destination, error) { return m.Engine.Drafts.Preview(d) }
func (m *Manager) Delete(ctx context.Context, id string) error {
	return m.Engine.Drafts.Delete(ctx, id)
}
func (m *Manager) Validate(ctx context.Context, d *Draft) FieldErrors {
	return m.Engine.Drafts.Validate(ctx, d)
}
func (m *Manager) Save(ctx context.Context, d *Draft) (session.Snapshot, error) {
	rec, err := m.Engine.Drafts.Save(ctx, d)
	return m.snap(rec), err
}
