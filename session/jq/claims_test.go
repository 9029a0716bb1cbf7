package jq_test

import (
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"tokenring/session/jq"
	"tokenring/session/token"
)

func TestClaimsHaveTheTypesOfAScope(t *testing.T) {
	t.Parallel()
	const raw = "eyJhbGciOiJIUzI1NiJ9.PAYLOAD.c2ln"
	const claims = `{"i":0,"i":1670441825,"f":0.5,"big":123456789012345678901234567890,"huge":1e999,"s":"x","n":null,"l":[1,{"a":true}]}`
	m := jq.Claims(token.Parse(strings.Replace(raw, "PAYLOAD", base64.RawURLEncoding.EncodeToString([]byte(claims)), 1)))
	if m["i"] != 1670441825 || m["f"] != 0.5 || m["s"] != "x" || m["n"] != nil {
		t.Errorf("got %v", m)
	}
	if big, ok := m["big"].(*big.Int); !ok || big.String() != "123456789012345678901234567890" {
		t.Errorf("big is %T", m["big"])
	}
	if _, ok := m["huge"].(float64); !ok {
		t.Errorf("huge is %T", m["huge"])
	}
	if l := m["l"].([]any); l[0] != 1 || l[1].(map[string]any)["a"] != true {
		t.Errorf("list is %v", l)
	}
}

func TestATokenWithoutClaimsHasNone(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "opaque", "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn"} {
		if m := jq.Claims(token.Parse(raw)); m != nil {
			t.Errorf("%q has %v", raw, m)
		}
	}
}
