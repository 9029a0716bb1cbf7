package definition

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"

	"tokenring/session/jq"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// The outlines that the program carries are those of its definitions.
func TestTheOutlinesBuiltIn(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(Builtin(), ".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]outlineFile{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".yaml")
		files[name] = writeOutline(builtin(t, name).Outline())
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(files); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("outlines.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want.Bytes(), outlinesJSON) {
		t.Error("outlines.json does not fit the definitions that are built in; run go generate ./session/definition")
	}
}

// An outline says the same, wherever it comes from.
func TestAnOutlineSaysWhatItsDefinitionSays(t *testing.T) {
	t.Parallel()
	catalog := NewCatalog("")
	for _, name := range catalog.Names() {
		def, err := catalog.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		o, err := catalog.Outline(name)
		if err != nil {
			t.Fatal(err)
		}
		if o.Title != def.Title || o.Login("nobody's") != nil {
			t.Errorf("%s: title %q", name, o.Title)
		}
		for _, l := range append([]Login{{Name: ""}}, def.Logins...) {
			fields := o.FieldsFor(l.Name)
			for i, f := range def.FieldsFor(l.Name) {
				scope := jq.Scope{"form": "domain", "dialect": "bezkoder", "attach": "query", "region": "own"}
				same := f.Name == fields[i].Name && f.Type == fields[i].Type && f.Secret == fields[i].Secret &&
					f.Optional == fields[i].Optional && f.Default == fields[i].Default &&
					holdsIn(t, f.When, scope) == holdsIn(t, fields[i].When, scope)
				if !same {
					t.Errorf("%s, login %s: %+v became %+v", name, l.Name, f, fields[i])
				}
			}
		}
	}
}

func holdsIn(t *testing.T, q *jq.Query, scope jq.Scope) bool {
	return q == nil || q.Match(t.Context(), scope)
}

func writeOutline(o *Outline) outlineFile {
	f := outlineFile{
		Title: o.Title, Fields: writeFields(o.Fields),
		Refresh: writeFlow(o.Refresh), Check: writeFlow(o.Check), Logout: writeFlow(o.Logout),
	}
	for _, l := range o.Logins {
		f.Logins = append(f.Logins, outlineLogin{Name: l.Name, Fields: writeFields(l.Fields), Unattended: l.Unattended})
	}
	return f
}

func writeFlow(o *FlowOutline) *outlineFlow {
	if o == nil {
		return nil
	}
	return &outlineFlow{Needs: o.Needs, When: sourceOf(o.When)}
}

func writeFields(fields []Field) []outlineField {
	var out []outlineField
	for _, f := range fields {
		o := outlineField{Name: f.Name, Type: f.Type, Secret: f.Secret, Optional: f.Optional, When: sourceOf(f.When)}
		switch v := f.Default.(type) {
		case string:
			o.Text = &v
		case int64:
			o.Number = &v
		case bool:
			o.Bool = &v
		}
		out = append(out, o)
	}
	return out
}

func sourceOf(q *jq.Query) string {
	if q == nil {
		return ""
	}
	return q.Source()
}
