package definition

import (
	"fmt"
	"testing"
)

func TestThePlaceOfAnExpression(t *testing.T) {
	text := []byte(`name: shop
base_url: https://a.example
logins:
  - name: one
    steps:
      - request: {path: /x, headers: {A: "Bearer ${.token | trim}"}}
        capture: {token: .body.token}
  - name: two
    steps:
      - request: {path: /y}
        capture:
          token: >-
            .body
            .token
          other: .body.token
`)
	for _, tt := range []struct{ path, expression, want string }{
		{"logins[0].steps[0]", ".body.token", "7:26 true"},
		{"logins[1].steps[0]", ".body.token", "15:18 true"},
		{"logins[0]", ".token | trim", "6:52 true"},
		{"refresh", ".body .token", "13:13 true"},
		{"logins[0]", ".nowhere", "0:0 false"},
		{"logins[0]", "", "0:0 false"},
	} {
		line, column, ok := Place(text, tt.path, tt.expression)
		if got := fmt.Sprintf("%d:%d %v", line, column, ok); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.path, tt.expression, got, tt.want)
		}
	}
}
