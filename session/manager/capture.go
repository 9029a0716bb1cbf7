package manager

import (
	"context"
	"maps"
	"slices"

	"tokenring/session/flow"
	"tokenring/session/secret"
)

// take keeps what the request captures of the answer as it came, and gives the
// texts among it that are secrets.
func (s *shot) take(ctx context.Context, sub *flow.Subject, answer *flow.Answer) (found []secret.String) {
	s.captured = nil
	if len(s.capture) == 0 {
		return nil
	}
	s.captured = map[string]any{}
	scope := readable(sub)
	maps.Copy(scope, answer.Scope)
	for _, c := range s.capture {
		v, err := c.Query.Value(ctx, scope)
		if err != nil || v == nil || v == "" {
			continue
		}
		s.captured[c.Name] = v
		found = append(found, secretsIn(c.Name, v)...)
	}
	for _, one := range found {
		if !slices.ContainsFunc(s.hide, one.Equal) {
			s.hide = append(s.hide, one)
		}
	}
	return found
}

// secretsIn gives the texts of a value called name, however deep they stand,
// that are secrets by their names or their looks.
func secretsIn(name string, v any) (found []secret.String) {
	switch v := v.(type) {
	case string:
		if v != "" && (secret.Named(name) || secret.Looks(v)) {
			found = append(found, secret.New(v))
		}
	case []any:
		for _, item := range v {
			found = append(found, secretsIn(name, item)...)
		}
	case map[string]any:
		for key, item := range v {
			if secret.Named(name) {
				key = name
			}
			found = append(found, secretsIn(key, item)...)
		}
	}
	return found
}
