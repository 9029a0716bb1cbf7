package store

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
)

// clearColumns lists every column that can hold text, and why what is written to it
// may be read without the key, or that it is sealed. A server's words are sealed.
var clearColumns = map[string]string{
	"meta.name":  "ours",
	"meta.value": "ours: the id, and the wrapped key",

	"accounts.id":          "ours",
	"accounts.name":        "typed, and listed",
	"accounts.definition":  "chosen, and listed",
	"accounts.login":       "chosen",
	"accounts.attach":      "chosen",
	"accounts.environment": "typed, and listed",
	"accounts.guard":       "chosen, and listed",
	"accounts.fields":      "typed; fields that are no secret",
	"accounts.secrets":     "names of fields",
	"accounts.refs":        "typed: where secrets are, not what they are",
	"accounts.base_url":    "made of the fields, and listed",
	"accounts.origin":      "made of the fields, and listed",
	"accounts.origins":     "agreed to",
	"accounts.grants":      "ids",
	"accounts.tokens":      "names, times and kinds of tokens, for the lists",
	"accounts.facts":       "times and numbers of the session; method and path of a rejected request, with secrets masked",
	"accounts.box":         "sealed",

	"accounts.connection":            "typed: paths, certificates, and the proxy without its password",
	"accounts.definition_connection": "of the definition",

	"sealed.account_id": "an id",
	"sealed.name":       "a name of the definition",
	"sealed.origin":     "of the account",
	"sealed.origins":    "of the account",
	"sealed.box":        "sealed",

	"sessions.account_id": "an id",
	"sessions.final":      "only says that there is a reason",
	"sessions.box":        "sealed: the reason",

	"requests.id":             "ours",
	"requests.account_id":     "an id",
	"requests.name":           "typed, and listed with its secrets masked",
	"requests.method":         "typed, and listed",
	"requests.path":           "typed, and listed with its secrets masked",
	"requests.sealed_name":    "ours",
	"requests.sealed_origin":  "empty",
	"requests.sealed_origins": "empty",
	"requests.box":            "sealed",

	"runs.id":             "ours",
	"runs.account_id":     "an id",
	"runs.actor":          "anonymous, or the account's",
	"runs.name":           "that of the request",
	"runs.method":         "that of the request",
	"runs.path":           "that of the request",
	"runs.verdict":        "a word of ours",
	"runs.error":          "empty: it is in the box",
	"runs.sealed_name":    "ours",
	"runs.sealed_origin":  "empty",
	"runs.sealed_origins": "empty",
	"runs.box":            "sealed",

	"calls.account_id": "an id",
	"calls.box":        "sealed: where a run was sent",

	"events.account_id": "an id",
	"events.kind":       "a word of ours",
	"events.text":       "empty: it is in the box",
	"events.box":        "sealed",

	"claims.account_id": "an id",
	"claims.box":        "sealed: what tokens said",

	"changes.account_id": "an id",

	"approvals.file": "a path of this machine",
	"approvals.box":  "sealed",
}

func TestEveryColumnOfTextIsListed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	type column struct{ table, name string }
	found, err := collect(t.Context(), s, func(c *column) []any { return []any{&c.table, &c.name} },
		`SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type <> 'INTEGER'`)
	check(t, err)
	seen := map[string]bool{}
	for _, c := range found {
		name := c.table + "." + c.name
		seen[name] = true
		if clearColumns[name] == "" {
			t.Errorf("%s is not listed: say why it may be read without the key, or seal it", name)
		}
		sealed := strings.HasPrefix(clearColumns[name], "sealed")
		listed := slices.ContainsFunc(boxes, func(b struct{ table, account, name, origin, origins string }) bool { return b.table == c.table })
		if sealed != (c.name == "box") || sealed && !listed {
			t.Errorf("%s: %s; sealed values are in columns named box, and their tables in boxes", name, clearColumns[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(clearColumns)) {
		if !seen[name] {
			t.Errorf("%s is gone", name)
		}
	}
}

// TestALockedRingKeepsNoWords writes and reads words with the vault locked.
func TestALockedRingKeepsNoWords(t *testing.T) {
	t.Parallel()
	const words = "the words of a server"
	ctx, s := t.Context(), newStore(t)
	v := withVault(t, s)
	withAccount(t, s, "a1")
	write := func(generation int64) {
		check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: noon, Kind: session.EventRefresh, Text: words}))
		check(t, s.PutSession(ctx, newSession("a1", generation), generation-1, nil))
		check(t, s.EndSession(ctx, "a1", generation, words))
	}
	read := func() (event, reason string) {
		events, err := s.Events(ctx, "a1", 1)
		check(t, err)
		if e := events[0]; e.Kind != session.EventRefresh || e.OK || !e.At.Equal(noon) {
			t.Errorf("the event is %+v", e)
		}
		r, err := s.Account(ctx, "a1")
		check(t, err)
		return events[0].Text, r.Session.EndedReason
	}
	write(1)
	if event, reason := read(); event != words || reason != words {
		t.Errorf("with the key: %q and %q", event, reason)
	}
	v.Lock()
	if event, reason := read(); event != session.SealedText || reason != session.SealedText {
		t.Errorf("locked: %q and %q", event, reason)
	}
	write(2)
	if event, reason := read(); event != "" || reason != reasonMark {
		t.Errorf("written while locked: %q and %q", event, reason)
	}
	noFileHolds(t, s.Dir(), map[string][]byte{"the text": []byte(words)})
}

// TestADamagedTextIsNamed damages the box of each sealed text, and what the open vault
// reads in its place.
func TestADamagedTextIsNamed(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	v := withVault(t, s)
	withAccount(t, s, "a1")
	check(t, s.AddEvent(ctx, &session.Event{AccountID: "a1", At: noon, Kind: session.EventRefresh, Text: "words"}))
	check(t, s.PutSession(ctx, newSession("a1", 1), 0, nil))
	check(t, s.EndSession(ctx, "a1", 1, "words"))
	run := newRun("r1", "a1", noon)
	run.Target = "/items/7"
	check(t, s.AddRuns(ctx, run))
	for _, table := range []string{"events", "sessions", "calls"} {
		_, err := s.db.Exec(`UPDATE ` + table + ` SET box = CAST(box || x'00' AS BLOB)`)
		check(t, err)
	}
	read := func() map[string]string {
		events, err := s.Events(ctx, "a1", 1)
		check(t, err)
		rec, err := s.Account(ctx, "a1")
		check(t, err)
		runs, err := s.Runs(ctx, session.RunQuery{})
		check(t, err)
		return map[string]string{"event": events[0].Text, "reason": rec.Session.EndedReason, "target": runs[0].Target}
	}
	for name, text := range read() {
		if text != session.DamagedText {
			t.Errorf("a damaged %s reads %q", name, text)
		}
	}
	v.Lock()
	for name, text := range read() {
		if text != session.SealedText {
			t.Errorf("locked, the %s reads %q", name, text)
		}
	}
}
