package token

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// defensible are the vectors of the signature set that are judged otherwise, and why.
var defensible = map[int]string{
	346: "the key is for PS256 alone (RFC 7517 section 4.4)", 350: "the same",
	347: `the key is for "ES521", which is no algorithm`, 351: "the same",
	372: "a character that is not base64url is not skipped (RFC 7515 section 2)", 373: "the same",
	367: "its bytes are those of 357, which is valid", 370: "the same",
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
				if _, known := defensible[v.TcID]; differs != (known && name == "signature") {
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
