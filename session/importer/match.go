package importer

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
)

// loginValues reads the values of fields from the address of a call that is a
// login's own: its template is evaluated with a mark in place of each unknown value,
// and the marks are matched with what the address has there. It returns nil for
// any other call.
func loginValues(def *definition.Definition, login *definition.Login, a *session.Account, c *call) map[string]string {
	ctx, scope, marks := context.Background(), jq.Scope{"login": login.Name, "attach": a.Attach}, map[string]string{}
	for i, f := range def.FieldsFor(login.Name) {
		switch {
		case a.Values[f.Name] != "":
			scope[f.Name] = a.Values[f.Name]
		case f.Default != nil:
			scope[f.Name] = f.Default
		case f.Type == definition.TypeString:
			mark := fmt.Sprintf("tokenringfield%dmark", i)
			scope[f.Name], marks[mark] = mark, f.Name
		}
	}
	for i := range login.Steps {
		step := &login.Steps[i]
		if step.Request == nil || step.Request.Method != c.Method || !step.When.Match(ctx, scope) {
			continue
		}
		if address, err := addressOf(ctx, def, step.Request, scope); err == nil {
			if values, ok := matched(address, marks, c.url); ok {
				return values
			}
		}
	}
	return nil
}

// addressOf evaluates where a request goes, without its query.
func addressOf(ctx context.Context, def *definition.Definition, r *definition.Request, scope jq.Scope) (string, error) {
	if r.URL != nil {
		address, _, err := r.URL.Text(ctx, scope)
		return address, err
	}
	base, _, err := def.BaseURL.Text(ctx, scope)
	if err != nil || r.Path == nil {
		return base, err
	}
	path, err := r.Path.Path(ctx, scope)
	return strings.TrimRight(base, "/") + path, err
}

// matched compares an address with marks in it to that of a call.
func matched(address string, marks map[string]string, u *url.URL) (values map[string]string, ok bool) {
	address, _, _ = strings.Cut(address, "?")
	expression, order := regexp.QuoteMeta(address), []string(nil)
	expression = mark().ReplaceAllStringFunc(expression, func(m string) string {
		order = append(order, marks[m])
		return "([^/]+)"
	})
	pattern, err := regexp.Compile("^" + expression + "/?$")
	if err != nil {
		return nil, false
	}
	found := pattern.FindStringSubmatch(u.Scheme + "://" + u.Host + u.EscapedPath())
	if found == nil {
		return nil, false
	}
	values = map[string]string{}
	for i, name := range order {
		text, err := url.PathUnescape(found[i+1])
		if err != nil || values[name] != "" && values[name] != text {
			return nil, false
		}
		values[name] = text
	}
	return values, true
}

var mark = pattern(`tokenringfield\d+mark`)
