package importer

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// version is that of the export's format.
const version = 1

// own reads a file that Export wrote.
func (p *parser) own(at place, data []byte) error {
	r := yaml.New(at.File)
	r.Large = true
	var file exported
	if root := r.Read(data, "an export begins with tokenring: 1"); root != nil {
		r.Decode(root, &file)
		checkOwn(r, root, &file)
	}
	if err := r.Err(); err != nil {
		return err
	}
	for name, text := range file.Definitions {
		if was := p.out.Definitions[name]; was != "" && was != text {
			return fault(at, "rename one of the two", "the definition %s differs from that of another file", name)
		}
	}
	maps.Copy(p.out.Definitions, file.Definitions)
	p.out.Project = cmp.Or(file.Project, p.out.Project)
	for n := range file.Accounts {
		a := &file.Accounts[n]
		if len(file.Accounts) == 1 {
			a.Name = cmp.Or(p.options.Name, a.Name)
		}
		a.Name = cmp.Or(p.options.Account, a.Name)
		p.out.Seen++
		p.merge(at, a)
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

// merge reduces an account whose name exists to the requests that it lacks.
func (p *parser) merge(file place, a *Account) {
	at := slices.IndexFunc(p.known.Accounts, func(k KnownAccount) bool { return k.Name == a.Name })
	if at < 0 {
		return
	}
	p.note(file, "", "%s exists already: only requests that it lacks are imported", a.Name)
	p.out.Had++
	g, wanted := p.newGroup(&p.known.Accounts[at]), a.Requests
	*a = g.account
	for _, s := range wanted {
		if !g.has(&call{Spec: s}, &s) {
			s.Name = g.names.Free(s.Name)
			a.Requests = append(a.Requests, s)
		}
	}
}

// checkOwn checks and completes what the types of an export do not say. What makes an account
// is checked when it is added.
func checkOwn(r *yaml.Reader, root *yaml.Node, file *exported) {
	if n := root.Lookup("tokenring"); n == nil {
		r.Problem(root, "write tokenring: "+strconv.Itoa(version), "tokenring is missing")
	} else if file.Version != version {
		r.Problem(n, "use a newer tokenring", "this is an export of version %s, and only %d is known", yaml.Clip(n.Text), version)
	}
	names := map[string]bool{}
	for i, n := range root.At("accounts").All() {
		a := &file.Accounts[i]
		switch a.Name = secret.CleanLine(a.Name); {
		case a.Name == "" || a.Definition == "":
			r.Problem(n, "write name: and backend:", "an account has a name and a backend")
		case names[a.Name]:
			r.Problem(n, "keep one", "the account %s is listed twice", a.Name)
		}
		names[a.Name] = true
		if a.Values == nil {
			a.Values = map[string]string{}
		}
		for j, n := range n.At("requests").All() {
			s := &a.Requests[j]
			s.Name, s.Title = secret.CleanLine(s.Name), secret.CleanLine(s.Title)
			s.Follow = s.Follow || n.At("follow") == nil
			r.WordOf(n.At("body_type"), body.Kinds())
			if s.Timeout != 0 {
				r.Mapping(n).Duration("timeout", session.MinTimeout, session.MaxTimeout)
			}
			if _, err := s.Compile(); err != nil {
				r.Problem(n, "", "%s", err)
			}
		}
	}
}
