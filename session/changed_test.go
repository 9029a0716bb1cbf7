package session

import (
	"reflect"
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
