package cli

import (
	"strings"
	"testing"
)

func TestReadingSecrets(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.env["API_PASSWORD"] = "canary"
	for _, tt := range []struct {
		stdin, source, value, says string
		code                       int
	}{
		{"canary \r\n", "-", "canary ", "", ExitOK},
		{"", "-", "", "standard input holds no secret", ExitFailed},
		{strings.Repeat("x", maxSecret+1), "-", "", "larger than 64 KiB", ExitFailed},
		{"", "ask", "", "no terminal", ExitFailed},
		{"", "env:API_PASSWORD", "canary", "", ExitOK},
		{"", "env:NONE", "", "NONE is not set", ExitFailed},
		{"", "cmd:go env GOOS >", "", "no shell", ExitUsage},
		{"", "hunter2", "", "do not pass a secret as an argument", ExitUsage},
		{"", "", "", "do not pass a secret as an argument", ExitUsage},
	} {
		env, _, _ := tr.environment(strings.NewReader(tt.stdin))
		v, err := readSecret(t.Context(), env, "Password", tt.source)
		if v.Reveal() != tt.value || (err == nil) != (tt.says == "") {
			t.Errorf("%s: %q, %v", tt.source, v.Reveal(), err)
			continue
		}
		if err != nil && (!strings.Contains(err.Error(), tt.says) || exitCode(err) != tt.code || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: exit %d, %v, want %q", tt.source, exitCode(err), err, tt.says)
		}
	}
}
