package session

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// What is sealed of an account is named in words when it was changed.
func TestEverySealedFieldOfAnAccountHasWords(t *testing.T) {
	account := reflect.TypeFor[Account]()
	words := map[string]string{}
	for i := range account.NumField() {
		field := account.Field(i)
		word, sealed := field.Tag.Get("review"), field.Tag.Get("json") != "-"
		switch {
		case sealed && !regexp.MustCompile(`^[a-z_]+$`).MatchString(field.Tag.Get("json")):
			t.Errorf("%s has no plain name in the seal", field.Name)
		case sealed && word == "":
			t.Errorf("%s is sealed and has no words for a review", field.Name)
		case sealed && strings.HasPrefix(shownValue(reflect.Zero(field.Type)), "<"):
			t.Errorf("%s is of a kind that is not shown", field.Name)
		case !sealed && word != "":
			t.Errorf("%s is not sealed and has words for a review", field.Name)
		case sealed && words[word] != "":
			t.Errorf("%s and %s are named alike: %s", words[word], field.Name, word)
		}
		words[word] = field.Name
	}
}

// Seals of earlier versions hold what encoding/json wrote.
func TestASealHoldsWhatJSONWrites(t *testing.T) {
	odd := []string{"", "plain", `a "quoted" \ one`, "<&>", "tab\tand\nline", "\u2028 ü \xff", "\x7f"}
	full := Account{ID: "1", Guard: GuardConfirm, KeepAlive: true, Values: map[string]string{}, References: map[string]string{"b": "env:B", "a": ""}, Secrets: odd, Grants: odd[1:2],
		Origins: Origins{{Origin: "https://a.example:443"}}, Connection: Connection{Proxy: "<direct>", Resolve: odd}}
	for _, text := range odd {
		full.Values[text], full.Login = text, full.Login+text
	}
	for _, a := range []Account{full, {Values: map[string]string{}, References: map[string]string{}}} {
		want, err := json.Marshal(&a)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.SealText(); err != nil || string(got) != string(want) {
			t.Errorf("seals %s, %v, want %s", got, err, want)
		}
	}
	bare, empty := Account{}, Account{}
	for _, field := range reflect.ValueOf(&empty).Elem().Fields() {
		switch field.Kind() {
		case reflect.Map:
			field.Set(reflect.MakeMap(field.Type()))
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 0, 0))
		}
	}
	a, _ := bare.SealText()
	if b, _ := empty.SealText(); string(a) != string(b) {
		t.Errorf("seals %s and %s of equal accounts", a, b)
	}
}
