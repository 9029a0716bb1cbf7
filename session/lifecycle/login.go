package lifecycle

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// LoginOptions configures a login.
type LoginOptions struct {
	Secrets  map[string]secret.String // of fields and prompts, for this login only; not stored
	Scope    string                   // asked for besides what the account asks for, and from now on
	Prompter session.Prompter         // nil: not interactive
	Progress session.Progress
}

// Login runs the account's login flow and stores the new session. It does not
// hold the lock between processes while a person may be typing. The error is a
// *session.Failure when the server refuses the flow. A login that asks no server
// may bring the very token that the server refused: after such a session the check decides.
func (s *Sessions) Login(ctx context.Context, rec *session.Record, o LoginOptions) (*session.Record, error) {
	refused := rec.Session.Over()
	after, err := s.loginOnce(ctx, rec, o)
	if err != nil || !refused || !after.Unproven() || !s.snapshot(after).CanCheck {
		return after, err
	}
	checked, alive, err := s.Check(ctx, after)
	switch {
	case err != nil: // stored, and not proven
		return after, nil
	case alive:
		return checked, nil
	}
	meaning, next := flow.Explain(session.BadCredentials)
	return nil, &session.Failure{Flow: session.FlowLogin, Kind: session.TokenRejected, Meaning: meaning, Next: next}
}

func (s *Sessions) loginOnce(ctx context.Context, rec *session.Record, o LoginOptions) (*session.Record, error) {
	id := rec.Account.ID
	release, err := s.acquireHere(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	defer s.Feed.Hold()()
	// Before the server starts a session: does anything hold the account that the session
	// would have to wait for? It may change the account, which is read after it.
	free, err := s.lockOthers(ctx, id, s.lockWait())
	if err != nil {
		return nil, err
	}
	free()
	if rec, err = s.Opener.Compared(ctx, id); err != nil {
		return nil, err
	}
	var done func()
	o.Progress, done = s.Feed.Start(id, o.Progress)
	notes, err := s.login(ctx, rec, o, false)
	done()
	text := "logged in"
	after, readErr := s.Store.Account(context.WithoutCancel(ctx), id)
	if readErr == nil && after.Unproven() {
		text = session.StoredUnproven
	}
	if s.ended(ctx, id, session.EventLogin, withNotes(text, notes), err) != nil {
		return nil, err
	}
	if after != nil {
		after.Notes = notes
	}
	return after, readErr
}

// withNotes returns the result of a flow with its notes.
func withNotes(text string, notes []string) string {
	return strings.Join(append([]string{text}, notes...), "; ")
}

// login runs the login flow and replaces the session. It fails if the account's
// identity has changed meanwhile, but not if a check, which takes no lock, ends
// the old session. locked: the caller holds the lock between processes. It returns notes
// about the login for the person.
func (s *Sessions) login(ctx context.Context, rec *session.Record, o LoginOptions, locked bool) (notes []string, err error) {
	as := &rec.Account
	sub, err := s.Opener.Open(ctx, rec, credential.Options{Secrets: o.Secrets, Lender: s})
	if err == nil { // before the server starts a session: can it be stored?
		err = s.Opener.CanSeal(as)
	}
	if err != nil {
		return nil, err
	}
	if !locked && !s.snapshot(rec).OnlyStores { // else the exchange has taken the room, or no server sends anything
		giveUp, err := s.Store.Reserve(ctx, as.ID)
		if err != nil {
			return nil, fmt.Errorf("%s was not logged in: %w", as.Name, err)
		}
		defer giveUp()
	}
	if err := widen(sub, as, o.Scope); err != nil {
		return nil, err
	}
	sub.Tokens = map[string]secret.String{}
	if o.Prompter != nil && sub.Former.Hint == "" { // only then a login page has the person choose
		if sub.Shared, err = s.shared(ctx, as); err != nil {
			return nil, err
		}
	}
	res, err := s.Runner.Login(ctx, sub, o.Prompter, o.Progress)
	if err != nil {
		return nil, err
	}
	// The server has started a session: write it even if ctx has ended.
	return res.Notes, s.keepLogin(context.WithoutCancel(ctx), as, sub, res, locked)
}

// keepLogin writes the session that a login started in place of the account's current one.
func (s *Sessions) keepLogin(ctx context.Context, as *session.Account, sub *flow.Subject, res *flow.Result, locked bool) error {
	if !locked {
		// Another process may have taken the account since. After the usual wait the session is
		// written anyway: whoever wrote a generation first counts.
		release, err := s.lockOthers(ctx, as.ID, s.lockWait())
		switch {
		case err == nil:
			defer release()
		case !errors.As(err, new(*session.BusyError)):
			return err
		}
	}
	for range 3 {
		rec, err := s.Store.Account(ctx, as.ID)
		if err != nil {
			return err
		}
		if !rec.Account.SameIdentity(as) {
			return fmt.Errorf("%s was changed during its login; log in again", as.Name)
		}
		was := rec.Session
		if was == nil {
			was = &session.Session{}
		}
		next := &session.Session{
			AccountID: as.ID, Generation: s.nextGeneration(was.Generation), Started: s.Now(),
			Offset: was.Offset, HasOffset: was.HasOffset, Measured: was.Measured,
		}
		next.SetClock(res.Received, res.Offset, res.HasOffset)
		if locked { // not a person's
			next.Rejection.Renewed, next.Rejection.Checked = was.Rejection.Renewed, was.Rejection.Checked
		}
		apply(next, sub, res)
		if err := RefuseExpired(session.FlowLogin, next, sub, res); err != nil {
			return err
		}
		if err := s.persist(ctx, &rec.Account, sub, next, was.Generation, res); !errors.Is(err, session.ErrStale) {
			return err
		}
	}
	return session.ErrStale
}

// widen has a login ask for a further scope, which the account keeps.
func widen(sub *flow.Subject, a *session.Account, scope string) error {
	grant := sub.Definition.GrantOf(a)
	missing := grant.Lacks(scope)
	switch {
	case missing == "":
		return nil
	case grant.Field == "":
		return &session.Failure{
			Flow: session.FlowLogin, Kind: session.BadConfig, Meaning: "this login has no field for a scope",
			Next: "log in without a scope; the definition " + a.Definition + " sets what this login asks for",
		}
	}
	if fault := token.ScopeFault(missing); fault != "" {
		return &session.Failure{
			Flow: session.FlowLogin, Kind: session.BadConfig, Meaning: "the scope " + secret.CleanLine(missing) + " is invalid: " + fault,
			Next: "write scopes as the API's documentation does, separated by spaces",
		}
	}
	whole := strings.TrimSpace(grant.Scope + " " + missing)
	sub.Fields[grant.Field], sub.Changes = whole, map[string]string{grant.Field: whole}
	return nil
}

// shared reports whether another account logs in to the same server in the same way.
func (s *Sessions) shared(ctx context.Context, a *session.Account) (bool, error) {
	all, err := s.Store.Accounts(ctx)
	servers := append(a.Origins.Names(), a.Origin)
	return slices.ContainsFunc(all, func(rec *session.Record) bool {
		other := &rec.Account
		return other.ID != a.ID && other.Definition == a.Definition && other.Login == a.Login &&
			slices.ContainsFunc(append(other.Origins.Names(), other.Origin), func(o string) bool { return slices.Contains(servers, o) })
	}), err
}

// nextGeneration returns the generation of a new session. No number may repeat,
// even after a logout has deleted the last one: holders of the old session
// compare by it.
func (s *Sessions) nextGeneration(was int64) int64 {
	return max(was+1, s.Now().UnixMicro())
}

// persist seals the values of res and writes them with next, and keeps what the new
// tokens say for comparisons. An error other than session.ErrStale says that what the
// server sent is lost.
func (s *Sessions) persist(ctx context.Context, a *session.Account, sub *flow.Subject, next *session.Session, was int64, res *flow.Result) error {
	err := s.write(ctx, a, sub, next, was, res)
	if err == nil && res.Person.Replaces(sub.Former) {
		_ = s.Store.ForgetClaims(ctx, a.ID)
	}
	if kept := newClaims(next, res); err == nil && kept != "" {
		// The session is stored; without them a comparison is lost.
		_ = s.Store.KeepClaims(ctx, &session.KeptClaims{AccountID: a.ID, At: s.Now(), Text: kept})
	}
	if err != nil && !errors.Is(err, session.ErrStale) {
		err = fmt.Errorf("%s: the server sent new tokens, but they are lost: %w; then log in again, since the earlier ones may be spent", a.Name, err)
	}
	return err
}

// newClaims returns the claims of a session's tokens as token.Keep writes them, "" if none
// of the new ones has claims.
func newClaims(next *session.Session, res *flow.Result) string {
	fresh, all := false, map[string]*token.Token{}
	for _, t := range next.Tokens {
		if read := token.Parse(res.Values[t.Name].Reveal()); (t.Token || t.Primary) && read.Claims != nil {
			all[t.Name] = read
			fresh = fresh || slices.Contains(res.Changed, t.Name)
		}
	}
	if !fresh {
		return ""
	}
	return token.Keep(all)
}

// write writes for persist, together with what a login changes of the account: the
// address of the API, the origins that the person agreed to, and the scope. All is
// stored, or nothing.
func (s *Sessions) write(ctx context.Context, a *session.Account, sub *flow.Subject, next *session.Session, was int64, res *flow.Result) (err error) {
	origins := a.Origins.With(sub.Origins...)
	api := cmp.Or(res.API, a.BaseURL)
	changes := !slices.Equal(origins, a.Origins) || api != a.BaseURL || len(sub.Changes) > 0
	var resealed []session.Sealed
	if changes {
		resealed, err = s.Opener.Reseal(ctx, a, func(a *session.Account) {
			values := maps.Clone(a.Values)
			if values == nil {
				values = map[string]string{}
			}
			maps.Copy(values, sub.Changes)
			a.BaseURL, a.Origins, a.Values = api, origins, values
		})
		if err != nil {
			return err
		}
	}
	values := make(map[string]secret.String, len(res.Values))
	for name, value := range res.Values {
		values[session.TokenPrefix+name] = value
	}
	for name, value := range renewedFields(a, sub, res) {
		values[session.FieldPrefix+name] = value
	}
	if res.Person != (flow.Person{}) {
		text, err := json.Marshal(res.Person)
		if err != nil {
			return err
		}
		values[session.IdentityName] = secret.New(string(text))
	}
	tokens, err := s.Opener.Seal(ctx, a, values)
	if err != nil {
		return err
	}
	if !changes {
		return s.Store.PutSession(ctx, next, was, tokens)
	}
	return s.Store.Insist(ctx, a.ID, func(ctx context.Context) error {
		if err := s.Store.PutAccount(ctx, a, resealed); err != nil {
			return err
		}
		return s.Store.PutSession(ctx, next, was, tokens)
	})
}

// renewedFields returns the stored secrets of the account that hold a token which res has
// replaced, with the new token: a login would bring back the spent one.
func renewedFields(a *session.Account, sub *flow.Subject, res *flow.Result) map[string]secret.String {
	fields, spends := map[string]secret.String{}, sub.Definition.Spends()
	for _, name := range a.Secrets {
		stored, _ := sub.Fields[name].(secret.String)
		for _, spent := range res.Changed {
			old := sub.Tokens[spent]
			if slices.Contains(spends, spent) && !old.IsZero() && stored.Equal(old) {
				fields[name] = res.Values[spent]
			}
		}
	}
	return fields
}

// apply replaces the tokens of next with those of res; unchanged ones keep their
// times.
func apply(next *session.Session, sub *flow.Subject, res *flow.Result) {
	received := res.Received.Add(res.Offset)
	primary := sub.Primary()
	order := tokenOrder(sub)
	names := slices.SortedFunc(maps.Keys(res.Values), func(a, b string) int { return cmp.Or(order(a)-order(b), strings.Compare(a, b)) })
	var tokens []session.TokenInfo
	for _, name := range names {
		value := res.Values[name]
		if old := next.Token(name); old != nil && !slices.Contains(res.Changed, name) {
			kept := *old
			kept.Primary = name == primary
			tokens = append(tokens, kept)
			continue
		}
		token := describe(name, value, res.Lives[name], received, name == primary)
		if !calledServer(res) {
			token.Accepted = time.Time{} // no server has seen it
		}
		tokens = append(tokens, token)
	}
	next.Tokens = tokens
}

func describe(name string, value secret.String, life flow.Life, received time.Time, primary bool) session.TokenInfo {
	parsed := token.Parse(value.Reveal())
	issued, ok := parsed.Time("iat")
	begins, _ := parsed.Time("nbf")
	if ok && !begins.After(issued) {
		begins = time.Time{} // it was valid when it was issued
	} else if !ok {
		issued = received
	}
	return session.TokenInfo{
		Name: name, Primary: primary, Token: life.Token || primary, Received: received, IssuedAt: issued, NotBefore: begins,
		ExpiresAt: life.ExpiresAt, Source: life.Source, Idle: life.Idle, Accepted: received,
		Kind: parsed.Kind.String(), Cookie: life.Cookie,
	}
}

// tokenOrder ranks names: the primary, the definition's tokens, the rest.
func tokenOrder(sub *flow.Subject) func(name string) int {
	primary := sub.Primary()
	return func(name string) int {
		if name == primary {
			return -1
		}
		for i := range sub.Definition.Tokens {
			if sub.Definition.Tokens[i].Name == name {
				return i
			}
		}
		return len(sub.Definition.Tokens)
	}
}
