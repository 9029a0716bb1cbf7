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
func (b builder) resolve(ctx context.Context, names []string) error {
	for _, name := range names {
		source := b.sub.Sources[name]
		if _, done := b.resolved[name]; done || source == nil {
			continue
		}
		if err := b.read(ctx, b.resolved, name, source); err != nil {
			return err
		}
		value, note, err := b.enter(name, b.resolved[name])
		if err != nil {
			return err
		}
		b.learn()
		if b.resolved[name] = value; note != "" && b.tell != nil {
			b.tell(note)
		}
	}
	return nil
}

// read reads a secret from its source, unless it was read before.
func (b builder) read(ctx context.Context, into map[string]secret.String, name string, source Source) error {
	if _, done := into[name]; done {
		return nil
	}
	if b.tell != nil {
		b.tell("reading " + name + " from where it is kept")
	}
	value, err := source(ctx)
	if ctx.Err() != nil {
		return cancelled(ctx.Err())
	}
	if err != nil {
		return &session.Failure{Kind: session.Unreadable, Detail: name + ": " + err.Error(), Err: err}
	}
	b.learn()
	into[name] = value
	return nil
}

// Connect returns the subject's connection with its secrets.
func (s *Subject) Connect(ctx context.Context) (transport.Connection, error) {
	b := builder{facts: newFacts(s, session.FlowRequest)}
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
	for name, into := range map[string]*secret.String{
		session.ConnectionKey: &c.Key, session.ConnectionPassphrase: &c.Passphrase, session.ConnectionProxyPassword: &c.ProxyPassword,
	} {
		if source := b.sub.Connection.Sources[name]; source != nil {
			if err := b.read(ctx, b.connected, name, source); err != nil {
				return c, err
			}
			*into = b.connected[name]
			continue
		}
		*into = b.sub.Connection.Secrets[name]
	}
	return c, nil
}

// inputs lists the token inputs of the subject's login.
func (f *facts) inputs() []string { return f.def.TokenInputs(f.sub.Login) }

// enter checks a value from the user or its source. It strips what was copied along with a
// token, with a note if that was much, and rejects a token that cannot be sent. A login also
// rejects a value that does not match the field's pattern.
func (f *facts) enter(name string, value secret.String) (clean secret.String, note string, err error) {
	clean = value
	if slices.Contains(f.inputs(), name) {
		var fault string
		if clean, note, fault = token.Enter(value); fault != "" {
			e := failure(session.BadConfig, name+": "+fault)
			e.Meaning, e.Next = "what was entered cannot be a token", "copy the token alone and enter it again"
			return value, "", e
		}
	}
	for _, field := range f.def.FieldsFor(f.sub.Login) {
		if fault := field.Fault(clean.Reveal()); field.Name == name && fault != "" && f.flow == session.FlowLogin {
			e := failure(session.BadConfig, "")
			e.Meaning, e.Next = name+": "+fault, "enter it again"
			return value, "", e
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
	return slices.Concat(ofAll, readBy(req.Path, req.URL), req.Spends())
}

// readsCredential reports whether the request's own templates may read a credential. A value that
// jq derives from it cannot be found in an answer.
func (b builder) readsCredential(req *definition.Request) bool {
	names := readBy(req.Path, req.URL)
	for _, p := range slices.Concat(req.Headers, req.Query) {
		names = append(names, readBy(p.Name, p.Value)...)
	}
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
	var names []string
	for _, c := range st.Capture {
		names = append(names, c.Query.Refs()...)
	}
	if st.Discover != nil {
		names = append(names, readBy(st.Discover.Issuer)...)
	}
	if a := st.Authorize; a != nil {
		names = append(append(names, readBy(a.URL, a.Redirect, a.Issuer)...), definition.ReadBy(a.Query)...)
	}
	if b := st.Browser; b != nil {
		names = append(append(names, readBy(b.URL, b.Callback)...), definition.ReadBy(b.Query)...)
	}
	if i := st.Identify; i != nil {
		names = append(names, readBy(i.Token, i.Issuer, i.Client, i.Keys)...)
	}
	if s := st.Show; s != nil {
		names = append(names, readBy(s.Text, s.URL, s.Code)...)
	}
	if st.Fail != nil {
		names = append(names, readBy(st.Fail.Message)...)
	}
	names = append(names, readBy(st.Note)...)
	return names
}

func readBy(templates ...*jq.Template) []string {
	var names []string
	for _, t := range templates {
		if t != nil {
			names = append(names, t.Refs()...)
		}
	}
	return names
}
