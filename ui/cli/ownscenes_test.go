//go:build unix

package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"tokenring/session/emulator"
	"tokenring/ui/keymap"
)

// ownScenes are keys for what the demo has not: a vault that locks, suites, codes.
var ownScenes = map[string]struct {
	ring  func(tr *cliTest, called *atomic.Int64) // makes the ring, and counts the calls of its servers
	first string                                  // what is shown at the start
	steps []step
}{
	"a vault that locks": {func(tr *cliTest, _ *atomic.Int64) {
		delete(tr.env, "TOKENRING_KEY")
		tr.runs("correct horse\n", "vault", "init", "--passphrase", "--stdin")
	}, "U unlocks", []step{
		{keymap.Vault, "U", shows("▌ Passphrase")},
		{"", "correct horse", shows("*****")},
		{"", "enter", hides("Unlock the vault")},
		{"", "", without("U unlocks")},
		{keymap.Palette, ":", shows("a command or an account")},
		{"", "lock", shows("2 of ")},
		{keymap.Lock, "enter", shows("U unlocks")},
		{keymap.Vault, "U", shows("▌ Passphrase")},
		{keymap.Close, "esc", hides("▌ Passphrase")},
		{keymap.Vault, "U", shows("Passphrase")},
		{"", "correct horse", shows("*****")},
		{"", "enter", hides("▌ Passphrase")},
		{"", "", present("the vault is open")},
	}},
	"suites": {suites, "admin@edge", []step{
		{keymap.Test, "t", moves("about")},
		{keymap.RequestAddToSuite, "s", shows("into which suite?")},
		{"", "deep", hides("smoke")},
		{"", "enter", effect{"the request in the file", func(s *terminal, _ string) bool {
			text, err := os.ReadFile(filepath.Join(s.cmd.Dir, "..", "tokenring.yaml"))
			return err == nil && strings.Contains(string(text), "name: about")
		}}},
		{keymap.Login, "l", sends(1)},
		{"", "", without("Log in")},
		{keymap.Matrix, "M", shows("which suite?")},
		{"", "smoke", hides("deep")},
		{keymap.Accept, "enter", shows("Approve this file?")},
		{keymap.Confirm, "y", sends(1)},
		{"", "", present("1/1")},
		{keymap.MatrixRun, "t", sends(1)},
		{"", "", present("1/1")},
		{keymap.MatrixChoose, "s", shows("which suite?")},
		{keymap.Close, "esc", hides("which suite?")},
	}},
	"a server that fails": {func(tr *cliTest, called *atomic.Int64) {
		var fails atomic.Bool
		core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: time.Now})
		tr.add(tr.counted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if fails.Load() {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			core.ServeHTTP(w, r)
		}), called))
		fails.Store(true)
	}, "admin@edge", []step{
		{keymap.Login, "l", shows("did not go through")},
		{keymap.Again, "r", sends(1)},
		{"", "", present("did not go through")},
		{keymap.EditAccount, "e", shows("Edit admin@edge")},
		{"", "esc", hides("Edit admin@edge")},
	}},
	"a code for another device": {issuer("device"), "me@work", []step{
		{keymap.Login, "l", shows("Log in at this address")},
		{keymap.CopyURL, "u", copies("http://127.0.0.1")},
		{keymap.CopyCode, "c", copies("WDJB-MJHT")},
	}},
	"a code of a browser": {issuer("browser"), "me@work", []step{
		{keymap.Login, "l", shows("/authorize")},
		{keymap.FormCopy, "ctrl+y", copies("http://127.0.0.1")},
	}},
}
