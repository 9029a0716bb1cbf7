package request

import (
	"encoding/json"
	"errors"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

func (s *Spec) compileBody(r *definition.Request) *FieldError {
	if strings.TrimSpace(s.Body) == "" {
		return nil
	}
	switch s.bodyType() {
	case BodyJSON:
		return s.compileJSON(r)
	case BodyForm:
		return s.compileForm(r)
	case BodyText:
		return s.compileText(r)
	}
	return &FieldError{Field: "body", Text: "a body is json, form or text"}
}

func (s *Spec) bodyType() string {
	if s.BodyType != BodyAuto {
		return s.BodyType
	}
	if start := strings.TrimSpace(s.Body); start[0] == '{' || start[0] == '[' {
		return BodyJSON
	}
	return BodyText
}

// compileJSON keeps the text as it was typed, with its order and digits, where
// no template has to be filled in.
func (s *Spec) compileJSON(r *definition.Request) *FieldError {
	if offset, text, ok := jsonFault(s.Body); !ok {
		e := &FieldError{Field: "body", Text: text}
		return e.at(s.Body, offset)
	}
	if !strings.Contains(s.Body, "${") {
		r.Text = jq.Literal(s.Body)
		setContentType(r, "application/json")
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(s.Body))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return &FieldError{Field: "body", Text: "not JSON"}
	}
	tree, err := jq.ParseTree(jq.Numbers(value))
	if err != nil {
		return treeError(err)
	}
	r.JSON = tree
	return nil
}

func treeError(err error) *FieldError {
	var at *jq.TreeError
	if !errors.As(err, &at) || len(at.Path) == 0 {
		return templateError("body", 0, "", err)
	}
	e := templateError("body", 0, "", at.Err)
	e.Line, e.Column = 0, 0 // the offset counts inside of the string
	e.Text = secret.CleanLine(strings.Join(at.Path, ".")) + ": " + e.Text
	return e
}

// compileForm reads one name=value a line. They are typed plain and escaped
// when they are sent.
func (s *Spec) compileForm(r *definition.Request) *FieldError {
	offset := 0
	for line := range strings.Lines(s.Body) {
		begin := offset
		offset += len(line)
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		i := strings.IndexByte(withoutTemplates(line), '=')
		if i < 1 {
			e := &FieldError{Field: "body", Text: "a line of a form is name=value"}
			return e.at(s.Body, begin)
		}
		pair, err := compilePair("body", 0, Pair{Name: strings.TrimSpace(line[:i]), Value: line[i+1:]})
		if err != nil {
			return err.at(s.Body, begin)
		}
		r.Form = append(r.Form, pair)
	}
	return nil
}

func (s *Spec) compileText(r *definition.Request) *FieldError {
	t, err := jq.ParseTemplate(s.Body)
	if err != nil {
		return templateError("body", 0, s.Body, err)
	}
	r.Text = t
	return nil
}

// setContentType declares the body unless the person did.
func setContentType(r *definition.Request, value string) {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name.Source(), "Content-Type") {
			return
		}
	}
	r.Headers = append(r.Headers, definition.Pair{Name: jq.Literal("Content-Type"), Value: jq.Literal(value)})
}

// jsonFault returns where data is no JSON and why; ok is true when it is.
func jsonFault(data string) (offset int, text string, ok bool) {
	var raw json.RawMessage
	err := json.Unmarshal([]byte(data), &raw)
	if err == nil {
		return 0, "", true
	}
	text = err.Error()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = max(0, int(syntax.Offset)-1)
	}
	if text == "unexpected end of JSON input" {
		return len(data), "the JSON ends too early", false
	}
	if strings.HasPrefix(data[offset:], "${") {
		return offset, `write "${…}" in quotes; alone in them, a value keeps its type`, false
	}
	return offset, "not JSON: " + secret.CleanLine(text), false
}
