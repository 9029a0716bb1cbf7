package flow

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// Source reads a secret from its source. The error is for the user and does not contain the
// secret.
type Source func(ctx context.Context) (secret.String, error)

// resolve reads those of the named fields that have a Source, each once per flow.
func (b builder) resolve(ctx context.Context, names func() []string) error {
	if len(b.sub.Sources) == 0 {
		return nil
	}
	for _, name := range names() {
		source := b.sub.Sources[name]
		if _, done := b.resolved[name]; done || source == nil {
			continue
		}
		if err := b.read(ctx, b.resolved, name, source); err != nil {
			return err
		}
		value, note, err := b.cleanEntered(name, b.resolved[name])
		if err != nil {
			return err
		}
		b.learn()
		if b.resolved[name] = value; note != "" && b.report != nil {
			b.report(note)
		}
	}
	return nil
}

// read reads a secret from its source, unless it was read before.
func (b builder) read(ctx context.Context, into map[string]secret.String, name string, source Source) error {
	if _, done := into[name]; done {
		return nil
	}
	if b.report != nil {
		b.report("reading " + name + " from where it is kept")
	}
	value, err := source(ctx)
	if ctx.Err() != nil {
		return cancelled(ctx.Err())
	}
	if err != nil {
		return &session.Failure{Kind: session.Unreadable, Field: name, Detail: name + ": " + err.Error(), Err: err}
	}
	b.learn()
	into[name] = value
	return nil
}

// Connect returns the subject's connection with its secrets.
func (s *Subject) Connect(ctx context.Context) (transport.Connection, error) {
	b := newFacts(s, session.FlowRequest).builder()
	c, err := b.connection(ctx)
	return c, b.locate(err, &stepResult{})
}

// Issuer returns the issuer whose metadata the login of the subject reads, or "".
func (s *Subject) Issuer(ctx context.Context) (string, error) {
	f := newFacts(s, session.FlowLogin)
	login := f.login(ctx)
	if login == nil {
		return "", nil
	}
	for i := range login.Steps {
		if d := login.Steps[i].Discover; d != nil {
			issuer, _, err := d.Issuer.Text(ctx, f.scope(ctx))
			return issuer, err
		}
	}
	return "", nil
}

// connection returns the account's connection. It reads each secret once per flow.
func (b builder) connection(ctx context.Context) (transport.Connection, error) {
	c := transport.Connection{Connection: b.sub.Connection.Connection, KeyFile: b.sub.Connection.KeyFile}
	for _, part := range []struct {
		name string
		into *secret.String
	}{{session.ConnectionKey, &c.Key}, {session.ConnectionPassphrase, &c.Passphrase}, {session.ConnectionProxyPassword, &c.ProxyPassword}} {
		*part.into = b.sub.Connection.Secrets[part.name]
		if source := b.sub.Connection.Sources[part.name]; source != nil {
			if err := b.read(ctx, b.connected, part.name, source); err != nil {
				return c, err
			}
			*part.into = b.connected[part.name]
		}
	}
	return c, nil
}

// cleanEntered checks a value from the user or its source. It strips what was copied along with a
// token, with a note if that was much, and rejects a token that cannot be sent. A login also
// rejects a value that does not match the field's pattern.
func (f *facts) cleanEntered(name string, value secret.String) (clean secret.String, note string, err error) {
	clean = value
	if slices.Contains(f.def.TokenInputs(f.sub.Login), name) {
		var fault string
		if clean, note, fault = token.Enter(value); fault != "" {
			return value, "", explained(session.BadConfig, name+": "+fault, "what was entered cannot be a token", "copy the token alone and enter it again")
		}
	}
	for _, field := range f.def.FieldsFor(f.sub.Login) {
		if fault := field.Fault(clean.Reveal()); field.Name == name && fault != "" && f.flow == session.FlowLogin {
			return value, "", explained(session.BadConfig, "", name+": "+fault, "enter it again")
		}
	}
	if note != "" {
		note = name + ": " + note
	}
	return clean, note, nil
}

// reads lists the values that a request reads, including those sent on every request.
func (b builder) reads(req *definition.Request) []string {
	ofAll := definition.ReadBy(slices.Concat(b.def.Headers, b.def.Query))
	return slices.Concat(ofAll, req.Path.Refs(), req.URL.Refs(), req.Spends())
}

// readsCredential reports whether the request's own templates may read a credential. A value that
// jq derives from it cannot be found in an answer.
func (b builder) readsCredential(req *definition.Request) bool {
	names := slices.Concat(req.Path.Refs(), req.URL.Refs(), definition.ReadBy(req.Headers), definition.ReadBy(req.Query))
	if req.Body != nil {
		names = append(names, req.Body.Refs()...)
	}
	if len(names) == 0 {
		return false
	}
	hidden := append(b.def.CredentialNames(), jq.All)
	for _, f := range b.def.AllFields() {
		if f.Secret || f.Type == definition.TypeAccount {
			hidden = append(hidden, f.Name)
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		_, answered := b.answers[name]
		return answered || b.sub.Lives[name].Token || slices.Contains(hidden, name)
	})
}

// readBeside lists the values that a step reads outside of its request.
func readBeside(st *definition.Step) []string {
	names := st.Note.Refs()
	if st.Repeat != nil {
		names = append(names, st.Repeat.Interval.Refs()...)
	}
	for _, c := range st.Capture {
		names = append(names, c.Query.Refs()...)
	}
	switch {
	case st.Discover != nil:
		return append(names, st.Discover.Issuer.Refs()...)
	case st.Authorize != nil:
		a := st.Authorize
		return slices.Concat(names, a.URL.Refs(), a.Redirect.Refs(), a.Issuer.Refs(), definition.ReadBy(a.Query))
	case st.Browser != nil:
		b := st.Browser
		return slices.Concat(names, b.URL.Refs(), b.Callback.Refs(), definition.ReadBy(b.Query))
	case st.Identify != nil:
		i := st.Identify
		return slices.Concat(names, i.Token.Refs(), i.Issuer.Refs(), i.Client.Refs(), i.Keys.Refs())
	case st.Show != nil:
		return slices.Concat(names, st.Show.Text.Refs(), st.Show.URL.Refs(), st.Show.Code.Refs(), st.Show.QR.Refs(), st.Show.Ends.Refs())
	case st.Fail != nil:
		return append(names, st.Fail.Message.Refs()...)
	}
	return names
}
