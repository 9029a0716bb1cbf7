package token

import (
	"fmt"
	"testing"
)

// TestTokensAreCompared: what came, changed and went, times as durations and lists by their values.
func TestTokensAreCompared(t *testing.T) {
	t.Parallel()
	older := withClaims(`{"iat":1000,"exp":4600,"sub":"ada","roles":["admin","user"],"realm":{"id":7,"name":"a"},"password":"hunter2","gone":true}`)
	newer := withClaims(`{"iat":4600,"exp":5200,"sub":"ada","roles":["user","editor"],"realm":{"id":8,"name":"a"},"password":"hunter3","jti":"x"}`)
	want := "[{iat 1970-01-01 00:16:40 UTC 1970-01-01 01:16:40 UTC 1 hour later} {exp 1970-01-01 01:16:40 UTC 1970-01-01 01:26:40 UTC 10 minutes later} " +
		"{roles admin, user user, editor +editor, -admin} {realm.id 7 8 } {password •••••• •••••• } {jti  x } {gone true  }]"
	if got := fmt.Sprint(Diff(older, newer, nil)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if all := Diff(older, older, nil); len(all) > 0 {
		t.Errorf("a token differs from itself: %v", all)
	}
}
