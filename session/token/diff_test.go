package token

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestTokensAreCompared: what was added, changed and removed, times as durations and lists by their values.
func TestTokensAreCompared(t *testing.T) {
	t.Parallel()
	older := withClaims(`{"iat":1000,"exp":4600,"sub":"ada","roles":["admin","user"],"realm":{"id":7,"name":"a"},"password":"hunter2","gone":true,"scope":"","auth_time":1000}`)
	newer := withClaims(`{"iat":4600,"exp":5200,"sub":"ada","roles":["user","editor"],"realm":{"id":8,"name":"a"},"password":"hunter3","jti":"x","scope":"read"}`)
	const want = "iat changed: 1 hour later; exp changed: 10 minutes later; roles changed: +editor, -admin; realm.id changed: 7 → 8; " +
		"password changed: •••••• → ••••••; jti added: x; scope changed: \"\" → read; gone removed: true; auth_time removed: 1970-01-01 01:16:40 here"
	var got []string
	for _, c := range Diff(older, newer, nil) {
		got = append(got, fmt.Sprintf("%s %s: %s", c.Name, c.How, c.Text(time.FixedZone("here", 3600))))
	}
	if got := strings.Join(got, "; "); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for want, pair := range map[string][2]*Token{
		"older": {Parse("ab12cd34"), newer}, "newer": {older, Parse("ab12cd34")},
	} {
		if all := Diff(pair[0], pair[1], nil); len(all) != 1 || all[0].How != "not compared" || !strings.Contains(all[0].Note, want) {
			t.Errorf("the %s one is opaque: %v", want, all)
		}
	}
	for name, claims := range map[string]string{
		"itself": `{"iat":1000,"exp":4600,"sub":"ada","roles":["admin","user"],"realm":{"id":7,"name":"a"},"password":"hunter2","gone":true,"scope":"","auth_time":1000}`,
		"blanks": `{ "iat": 1000, "exp": 4600, "sub": "ada", "roles": [ "admin", "user" ], "realm": { "id": 7, "name": "a" }, "password": "hunter2", "gone": true, "scope": "", "auth_time": 1000 }`,
	} {
		if all := Diff(older, withClaims(claims), nil); len(all) > 0 {
			t.Errorf("%s: %v", name, all)
		}
	}
}

// TestADifferenceBeyondWhatIsShownIsNotLost: where lines are cut, nested too deep or left out.
func TestADifferenceBeyondWhatIsShownIsNotLost(t *testing.T) {
	t.Parallel()
	long, deep, many := strings.Repeat("x", 2*maxValue), strings.Repeat(`{"a":`, 40), strings.Builder{}
	for i := range maxLines + 1 {
		fmt.Fprintf(&many, `"n%d":1,`, i)
	}
	for name, pair := range map[string][2]string{
		"long":      {`{"a":"` + long + `1"}`, `{"a":"` + long + `2"}`},
		"deep":      {`{"b":` + deep + `1` + strings.Repeat("}", 40) + `}`, `{"b":` + deep + `2` + strings.Repeat("}", 40) + `}`},
		"many":      {`{` + many.String() + `"z":1}`, `{` + many.String() + `"z":2}`},
		"very deep": {`{"c":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, `{"c":1}`},
		"doubled":   {`{"a":1,"a":2}`, `{"a":1,"a":3}`},
	} {
		if all := Diff(withClaims(pair[0]), withClaims(pair[1]), nil); len(all) != 1 {
			t.Errorf("%s: %d changes", name, len(all))
		}
	}
	// Comparing each value with each would not end.
	lists := [2]string{`{"r":["` + strings.Repeat(`a","`, 150_000) + `"]}`, `{"r":["` + strings.Repeat(`b","`, 150_000) + `"]}`}
	if all := Diff(withClaims(lists[0]), withClaims(lists[1]), nil); len(all) != 1 {
		t.Errorf("lists: %d changes", len(all))
	}
}

// TestKeptClaimsAreThoseOfTheToken: in order, with their digits and duplicates, by the name of the token.
func TestKeptClaimsAreThoseOfTheToken(t *testing.T) {
	t.Parallel()
	const claims = `{"z":1.50,"a":"<\u202e>","n":{"x":[1, 2]},"z":2}`
	access, id := withClaims(claims), withClaims(`{"sub":"ada"}`)
	text := Keep(map[string]*Token{"access": access, "id": id, "opaque": Parse("0p4qu3"), "huge": withClaims(`{"a":"` + strings.Repeat("x", maxKept) + `"}`)})
	for name, want := range map[string]*Token{"access": access, "id": id} {
		if got := Kept(text, name); got == nil || fmt.Sprint(got.Claims) != fmt.Sprint(want.Claims) || len(Diff(got, want, nil)) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, name := range []string{"opaque", "huge", ""} {
		if got := Kept(text, name); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, text := range []string{"", "sealed; unlock the vault", `["access"]`, `{"access":7}`, `{"access":{"sub":`} {
		if got := Kept(text, "access"); got != nil && len(got.Claims) > 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got := Keep(map[string]*Token{"opaque": Parse("0p4qu3")}); got != "" {
		t.Errorf("kept %q of an opaque token", got)
	}
}
