package editor

import (
	"reflect"
	"strings"
	"testing"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

func TestAFormGivesBackWhatItWasGiven(t *testing.T) {
	t.Parallel()
	modes := []definition.Attach{{Name: "bearer", Title: "Bearer token"}, {Name: "query"}}
	for name, spec := range map[string]request.Spec{
		"empty":         {Method: "GET"},
		"a rare method": {Method: "PROPFIND"},
		"full": {
			ID: "7", Name: "all", Title: "Everything", Method: "PATCH", Target: "/a?b=${.c}",
			Query:   []request.Pair{{Name: "limit", Value: "3"}, {Name: "off", Value: "1", Off: true}},
			Headers: []request.Pair{{Name: "X-One", Value: "two"}},
			Body:    "{\n  \"a\": 1\n}", BodyType: body.JSON, Attach: "query", Follow: true, Expect: ".status == 200",
		},
		"tabs":                {Name: "tabs", Method: "POST", Body: "a\tb\r\n\tc", BodyType: body.Text},
		"a mode that is gone": {Name: "old", Method: "GET", Attach: "cookie"},
		"a large body":        {Name: "large", Method: "PUT", Body: strings.Repeat("line\n", areaLines+2), BodyType: body.Text},
	} {
		f := newForm(theme.New(theme.Options{}), &spec, modes)
		if got := f.final(); !reflect.DeepEqual(got, spec) {
			t.Errorf("%s: %+v became %+v", name, spec, got)
		}
	}
}

func TestEachFieldIsCheckedByItself(t *testing.T) {
	t.Parallel()
	spec := request.Spec{
		Method: "GE T", Target: "ftp://x/", Headers: []request.Pair{{}, {Name: "Host", Value: "x"}},
		Query: []request.Pair{{Value: "nameless"}}, Body: "{", Expect: ".status ==",
	}
	wrong := newForm(theme.New(theme.Options{}), &spec, nil).check()
	for _, field := range []string{fieldMethod, fieldTarget, fieldQuery, fieldHeaders, fieldBody, fieldExpect} {
		if wrong[field] == nil {
			t.Errorf("%s: nothing is found wrong", field)
		}
	}
	if e := wrong[fieldHeaders]; e != nil && e.Row != 2 {
		t.Errorf("the wrong header stands in row %d, not 2", e.Row)
	}
}

func TestABodyBeingEditedShowsWhatWouldHide(t *testing.T) {
	t.Parallel()
	a := newArea(theme.New(theme.Options{}), "{\"a\": \"x\u202ey\u2066z\u200b\x1b[2J\"}\nplain")
	lines := a.view(20, 3)
	for _, line := range lines {
		if strings.ContainsAny(line, "\u202e\u2066\u200b") || strings.Contains(line, "\x1b[2J") || widget.Width(line) > 20 {
			t.Errorf("line %q", line)
		}
	}
	if !strings.Contains(strings.Join(lines, ""), "\ufffd") || !strings.Contains(a.value(), "\u202e") {
		t.Errorf("shown as %q, given back as %q", lines, a.value())
	}
}
