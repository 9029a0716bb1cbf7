package term

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONMayBeReadOnATerminal(t *testing.T) {
	t.Parallel()
	const nasty = "\x1b[2J\x7f\u009b31m\u202ex\u2066\u200b\u2028\U000e0041\u2800\u3164\u00a0\ufe0f\U000e0100é中🙂"
	var out strings.Builder
	raw := json.RawMessage("{\"a\":\"" + nasty[4:] + "\xff\"}")
	if err := WriteJSON(&out, map[string]any{"text": nasty, nasty[4:]: raw}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x7f\u009b\u202e\u2066\u200b\u2028\U000e0041\u2800\u3164\u00a0\ufe0f\U000e0100") || strings.Contains(out.String(), "\xff") ||
		!strings.Contains(out.String(), "é中🙂") {
		t.Errorf("written as %q", out.String())
	}
	var back struct{ Text string }
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back.Text != nasty {
		t.Errorf("read back as %q, error %v", back.Text, err)
	}
}
