package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/project"
	"tokenring/store"
	"tokenring/ui/cli/app"
)

// held is an account whose token lives for left more at noon; 0: of unknown
// life.
func held(name, environment string, noon time.Time, left time.Duration) session.Record {
	t := session.TokenInfo{Name: "token", Primary: true, Token: true, Received: noon.Add(-time.Hour), IssuedAt: noon.Add(-time.Hour)}
	if left != 0 {
		t.ExpiresAt = noon.Add(left)
	}
	rec := free(name)
	rec.Account.Environment, rec.Session = environment, &session.Session{Generation: 1, Tokens: []session.TokenInfo{t}}
	return rec
}

// free is an account without a session.
func free(name string) session.Record {
	return session.Record{Account: session.Account{Name: name, Definition: "token", Login: "paste"}}
}

// hold puts accounts into the ring.
func (tr *cliTest) hold(records ...session.Record) {
	tr.t.Helper()
	s, err := store.Open(tr.t.Context(), store.Options{Dir: tr.env["TOKENRING_HOME"], Now: tr.now})
	if err != nil {
		tr.t.Fatal(err)
	}
	for i := range records {
		a, held := &records[i].Account, records[i].Session
		a.ID = a.Name
		err := s.PutAccount(tr.t.Context(), a, nil)
		if err == nil && held != nil {
			held.AccountID = a.ID
			err = s.PutSession(tr.t.Context(), held, 0, nil)
		}
		if err != nil {
			tr.t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tr.t.Fatal(err)
	}
}

func TestThePrompt(t *testing.T) {
	t.Parallel()
	saved, sliding := held("saved", "", noon, -time.Minute), held("sliding", "", noon, 0)
	saved.Account.Definition, saved.Account.Login = "datarhei-core", "password"
	saved.Session.Tokens = append(saved.Session.Tokens, session.TokenInfo{Name: "refresh", Token: true})
	sliding.Session.Tokens[0].Idle = 118 * time.Minute
	const hostile = "100% `$(id)` \\u! \x1b[31mred"
	tr := newTest(t)
	tr.env["LANG"] = "C.UTF-8"
	tr.hold(
		held("admin@edge", "staging", noon, 9*time.Minute+41*time.Second), held("soon", "prod", noon, 30*time.Second),
		saved, held("dead", "", noon, -time.Minute), sliding, held("opaque", "", noon, 0), free("new"), held(hostile, "", noon, 0),
	)
	for _, tt := range []struct {
		env  string // NAME=VALUE
		args []string
		want string
	}{
		{"", []string{"admin@edge"}, "● admin@edge staging 9m\n"},
		{"", []string{"soon"}, "◐ soon prod 30s\n"},
		{"", []string{"saved"}, "◌ saved expired\n"},
		{"", []string{"dead"}, "○ dead needs login\n"},
		{"", []string{"sliding"}, "● sliding ≥58m\n"},
		{"", []string{"opaque"}, "◇ opaque\n"},
		{"", []string{"new"}, "· new no session\n"},
		{"", []string{"nobody"}, ""},
		{"", nil, ""},
		{"TOKENRING_ACCOUNT=soon", nil, "◐ soon prod 30s\n"},
		{"TOKENRING_ACCOUNT=soon", []string{"saved"}, "◌ saved expired\n"},
		{"LC_ALL=C", []string{"sliding"}, "* sliding >58m\n"},
		{"", []string{"--format", "[{account}] {environment} {state}", "saved"}, "[saved] expired\n"},
		{"", []string{"admin@edge", "--shell", "bash"},
			"\x01\x1b[92m\x02●\x01\x1b[m\x02 admin@edge staging \x01\x1b[92m\x029m\x01\x1b[m\x02\n"},
		{"", []string{"soon", "--shell=zsh"}, "%{\x1b[93m%}◐%{\x1b[m%} soon prod %{\x1b[93m%}30s%{\x1b[m%}\n"},
		{"", []string{"dead", "--shell=fish"}, "\x1b[91m○\x1b[m dead \x1b[91mneeds login\x1b[m\n"},
		{"", []string{"opaque", "--shell=starship"}, "\x1b[95m◇\x1b[m opaque\n"},
		{"NO_COLOR=1", []string{"soon", "--shell=zsh"}, "◐ soon prod 30s\n"},
		{"NO_COLOR=1", []string{hostile, "--shell=zsh"}, "◇ 100%% __(id)_ _u_ ␛[31mred\n"},
		{"NO_COLOR=1", []string{hostile, "--shell=bash"}, "◇ 100% __(id)_ _u_ ␛[31mred\n"},
	} {
		env, out, errs := tr.environment(nil, append([]string{"prompt"}, tt.args...)...)
		env.Now = func() time.Time { return noon }
		env.Getenv = func(name string) string {
			if value, ok := strings.CutPrefix(tt.env, name+"="); ok {
				return value
			}
			return tr.env[name]
		}
		if code := run(env); code != ExitOK || out.String() != tt.want || errs.Len() > 0 {
			t.Errorf("%s %q: exit %d, %q, %q; want %q", tt.env, tt.args, code, out, errs, tt.want)
		}
	}
	for _, args := range [][]string{{"--shell", "cmd"}, {"--format", "{token}"}, {"a", "b"}, {"--frobnicate"}} {
		if out, errs, code := tr.run("", append([]string{"prompt"}, args...)...); code != ExitUsage || out != "" || errs == "" {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
	}
	if out, _, code := tr.run("", "prompt", "--help"); code != ExitOK || !strings.Contains(out, "setopt prompt_subst") {
		t.Errorf("help: exit %d, %q", code, out)
	}
}

func TestAPromptKnowsTheFolder(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.env["LANG"] = "C.UTF-8"
	tr.hold(free("mine"), free("ours"))
	folder := filepath.Join(tr.home, "work", "deep")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	prompt := func() string {
		env, out, errs := tr.environment(nil, "prompt")
		env.Dir = func() (string, error) { return folder, nil }
		if code := run(env); code != ExitOK || errs.Len() > 0 {
			t.Errorf("exit %d, %q", code, errs)
		}
		return out.String()
	}
	file := filepath.Join(tr.home, "work", project.FileName)
	for text, want := range map[string]string{
		"accounts: [ours, mine]\n": "· ours no session\n",
		"accounts: [":              "", // broken: other commands say so
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := prompt(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	tr.env[app.AccountVariable] = "mine"
	if got := prompt(); got != "· mine no session\n" {
		t.Errorf("the variable: %q", got)
	}
}

func TestAPromptWithoutARingIsEmpty(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	if out, errs, code := tr.run("", "prompt", "me"); code != ExitOK || out+errs != "" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(tr.home, "*")); len(left) > 0 {
		t.Errorf("it made %v", left)
	}
}

// TestAPromptFollowsALogin goes from an account over its session to its end.
func TestAPromptFollowsALogin(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.env["LANG"] = "C.UTF-8"
	core := emulatortest.NewDatarhei(emulator.DatarheiOptions{Now: tr.now})
	l, err := emulator.Start(core)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tr.add(l.URL)
	if out, _, code := tr.run("", "prompt", "admin@edge"); code != ExitOK || out != "● admin@edge dev 10m\n" {
		t.Errorf("exit %d, %q", code, out)
	}
}
