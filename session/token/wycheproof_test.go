package token

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// defensible are the vectors that are judged otherwise, and why.
var defensible = map[string]string{
	"signature 346": "the key is for PS256 alone (RFC 7517 section 4.4)", "signature 350": "the same",
	"signature 347": `the key is for "ES521", which is no algorithm`, "signature 351": "the same",
	"signature 372": "a character that is not base64url is not skipped (RFC 7515 section 2)", "signature 373": "the same",
	"signature 367": "its bytes are those of 357, which is valid", "signature 370": "the same",
	"crypto 17": "a JWS may be written as JSON (RFC 7515 section 7.2), which the token says of itself; only a JWT may not",
}

// TestWycheproof runs the JOSE vectors of Project Wycheproof (testdata/wycheproof, Apache-2.0).
func TestWycheproof(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"signature", "key", "crypto"} {
		data, err := os.ReadFile(filepath.Join("testdata", "wycheproof", "json_web_"+name+"_test.json"))
		if err != nil {
			t.Fatal(err)
		}
		var set struct {
			TestGroups []struct {
				Public, Private json.RawMessage
				Tests           []struct {
					TcID            int
					Comment, Result string
					JWS             json.RawMessage
				}
			}
		}
		if err := json.Unmarshal(data, &set); err != nil {
			t.Fatal(err)
		}
		for _, g := range set.TestGroups {
			keys, err := ParseKeys(firstOf(g.Public, g.Private))
			for _, v := range g.Tests {
				if len(v.JWS) == 0 { // encrypted
					continue
				}
				raw := string(v.JWS)
				if v.JWS[0] == '"' {
					raw, _ = text(v.JWS)
				}
				got := Verification{}
				if err == nil {
					got = Verify(raw, keys)
				}
				differs := (got.Verdict == Valid) != (v.Result == "valid")
				if _, known := defensible[fmt.Sprint(name, " ", v.TcID)]; differs != known {
					t.Errorf("%s %d, %s: %s, want %s: %s %v\n%.300s", name, v.TcID, v.Comment, got.Verdict, v.Result, got.Reason, err, raw)
				}
			}
		}
	}
}

func firstOf(a, b json.RawMessage) json.RawMessage {
	if len(a) > 0 {
		return a
	}
	return b
}
