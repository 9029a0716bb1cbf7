package importer

import (
	"slices"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/draft"
	"tokenring/session/request"
	"tokenring/session/yaml"
)

// version is that of the export's format.
const version = "1"

// own reads a file that Export wrote.
func (p *parser) own(at place, data []byte) error {
	o := &ownReader{r: yaml.New(at.file), names: map[string]bool{}}
	o.r.Large = true
	root := o.r.Read(data, "an export begins with tokenring: 1")
	if root == nil {
		return o.r.Err()
	}
	o.file(root)
	if err := o.r.Err(); err != nil {
		return err
	}
	p.out.Definitions = append(p.out.Definitions, o.definitions...)
	p.out.Project = o.project
	for i := range o.accounts {
		a := &o.accounts[i]
		if p.options.Name != "" && len(o.accounts) == 1 {
			a.Name = p.options.Name
		}
		if p.options.Account != "" {
			a.Name = p.options.Account
		}
		p.out.Seen++
		if err := p.merge(at, a); err != nil {
			return err
		}
		for i := range a.Requests {
			p.tellFiles(at, &a.Requests[i])
		}
		if !a.Exists || len(a.Requests) > 0 {
			p.accounts[a.Name] = 1
			p.out.Accounts = append(p.out.Accounts, *a)
		}
	}
	return nil
}

// existing returns an import of requests for an account of the ring.
func existing(k *KnownAccount) Account {
	return Account{Form: draft.Form{Account: k.Account}, Exists: true}
}

// merge reduces an account whose name exists to the requests that it lacks.
func (p *parser) merge(file place, a *Account) error {
	at := slices.IndexFunc(p.known.Accounts, func(k KnownAccount) bool { return k.Name == a.Name })
	if at < 0 {
		return nil
	}
	k := &p.known.Accounts[at]
	p.note(file, "", "%s is there already: only requests that it lacks are taken over", a.Name)
	p.out.Had++
	g, err := newGroup(k)
	var lacks []request.Spec
	for _, s := range a.Requests {
		if !g.has(&call{Spec: s}, &s) {
			s.Name = g.names.free(s.Name)
			lacks = append(lacks, s)
		}
	}
	*a = existing(k)
	a.Requests = lacks
	return err
}

type ownReader struct {
	r           *yaml.Reader
	accounts    []Account
	names       map[string]bool // of accounts
	definitions []Definition
	project     string
}

func (o *ownReader) file(root *yaml.Node) {
	f := o.r.Mapping(root)
	if n := f.Need("tokenring", "write tokenring: "+version); n != nil && n.Text != version {
		o.r.Problem(n, "use a newer tokenring", "this is an export of version %s, and only %s is known", yaml.Clip(n.Text), version)
	}
	if n := f.Get("definitions"); n != nil {
		for _, e := range o.r.Mapping(n).At.Entries {
			if text, ok := o.r.Scalar(e.Value); ok {
				o.definitions = append(o.definitions, Definition{Name: e.Key.Text, Text: text})
			}
		}
	}
	for _, n := range f.List("accounts") {
		o.account(n)
	}
	if n := f.Get("project"); n != nil {
		o.project, _ = o.r.Scalar(n)
	}
	f.Done()
}

func (o *ownReader) account(n *yaml.Node) {
	f := o.r.Mapping(n)
	a := Account{Lenders: o.texts(f, "lenders")}
	a.Account = session.Account{
		Connection: o.connection(f.Get("connection")),
		Name:       f.Text("name"), Definition: f.Text("backend"), Login: f.Text("login"), Attach: f.Text("attach"),
		Environment: f.Text("environment"), Guard: session.Guard(f.Word("guard", "read-only", "confirm", "typed confirm")),
		KeepAlive: f.Flag("keep_alive", false), Relogin: f.Flag("relogin", false), AllowHTTP: f.Flag("allow_http", false),
		Verify:  f.Flag("verify", false),
		Origins: f.Lines("origins"), Values: o.texts(f, "values"), References: o.texts(f, "references"),
	}
	if a.Name == "" || a.Definition == "" {
		o.r.Problem(n, "write name: and backend:", "an account has a name and a backend")
	}
	if o.names[a.Name] && a.Name != "" {
		o.r.Problem(n, "keep one", "the account %s is listed twice", a.Name)
	}
	o.names[a.Name] = true
	for _, one := range f.List("requests") {
		a.Requests = append(a.Requests, o.request(one))
	}
	f.Done()
	o.accounts = append(o.accounts, a)
}

func (o *ownReader) connection(n *yaml.Node) (c session.Connection) {
	if n == nil {
		return c
	}
	f := o.r.Mapping(n)
	c.ClientCertificate, c.Authority, c.Proxy = o.raw(f, "client_certificate"), o.raw(f, "authority"), f.Text("proxy")
	c.Resolve, c.Timeout, c.Browser = f.Lines("resolve"), f.Text("timeout"), f.Text("browser")
	f.Done()
	return c
}

// texts reads a mapping of names to texts.
func (o *ownReader) texts(f *yaml.Fields, key string) map[string]string {
	all := map[string]string{}
	n := f.Get(key)
	if n == nil {
		return all
	}
	for _, e := range o.r.Mapping(n).At.Entries {
		if text, ok := o.r.Scalar(e.Value); ok {
			all[e.Key.Text] = text
		}
	}
	return all
}

func (o *ownReader) request(n *yaml.Node) request.Spec {
	f := o.r.Mapping(n)
	s := request.Spec{
		Name: f.Text("name"), Title: f.Text("title"), Method: f.Text("method"), Target: f.Text("target"),
		Query: o.pairs(f, "query"), Headers: o.pairs(f, "headers"), Attach: f.Text("attach"), Follow: f.Flag("follow", true),
		Expect: o.raw(f, "expect"), Body: o.raw(f, "body"), BodyType: body.Kind(f.Word("body_type", body.Kinds()...)),
		Timeout: f.Duration("timeout", session.MinTimeout, session.MaxTimeout),
	}
	f.Done()
	if _, err := s.Compile(); err != nil {
		o.r.Problem(n, "", "%s", err)
	}
	return s
}

// raw reads a text as it is, line breaks included.
func (o *ownReader) raw(f *yaml.Fields, key string) string {
	n := f.Get(key)
	if n == nil {
		return ""
	}
	s, _ := o.r.Scalar(n)
	return s
}

func (o *ownReader) pairs(f *yaml.Fields, key string) []request.Pair {
	var pairs []request.Pair
	for _, n := range f.List(key) {
		one := o.r.Mapping(n)
		pairs = append(pairs, request.Pair{Name: o.raw(one, "name"), Value: o.raw(one, "value"), Off: one.Flag("off", false)})
		one.Done()
	}
	return pairs
}
