package cli

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/emulator"
)

// raceDetector is whether this binary was built with the race detector.
var raceDetector bool

// readers lists commands that only read.
var readers = [][]string{
	{"ls"}, {"ls", "--json"}, {"token", "admin@edge"}, {"prompt", "admin@edge"}, {"doctor"},
	{"export"}, {"vault"},
}

// TestNumbersOfTheDatabaseAreNotTrusted sets every integer column, and every number
// within its lists, to extremes. Commands that read may report an error, but not
// panic.
func TestNumbersOfTheDatabaseAreNotTrusted(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.want(ExitOK, "", []string{"request", "admin@edge", "GET", "/v3/process"})
	path := filepath.Join(tr.env["TOKENRING_HOME"], "tokenring.db")
	db := openDatabase(t, path)
	columns := queryTexts(t, db, `SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.type = 'INTEGER'`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ring, err := os.ReadFile(path)
	if err != nil || len(columns) < 15 {
		t.Fatalf("found only the columns %s, %v", columns, err)
	}
	numbers := []int64{math.MinInt64, math.MaxInt64, -1, 2}
	if raceDetector { // which makes SQLite ten times as slow
		numbers = numbers[:2]
	}
	for _, column := range columns {
		for _, n := range numbers {
			tr.readAll(ring, column, n)
		}
	}
	for i := range 16 {
		for _, n := range numbers {
			facts := append([]string{"1"}, make([]string, 15)...)
			facts[i] = fmt.Sprint(n)
			tr.readAll(ring, "accounts.facts", storedList(facts...))
		}
	}
	for _, token := range []string{
		storedList("access", "1", "1", "9999-12-31T23:59:59Z", "", "", "", "", "-9223372036854775808"), storedList("access", "", "", "", "", "", "", "", "9223372036854775807"),
		storedList("access", "", "", "", "", "", "", "", "1e300"), storedList("access", "", "", "0001-01-01T00:00:00Z"), storedList("access", "", "", "soon"), "", "7",
	} {
		tr.readAll(ring, "accounts.tokens", storedList(token))
	}
	for _, text := range []string{"7:access", ":", "access", "-1:", "99999999999999999999:"} {
		tr.readAll(ring, "accounts.tokens", text)
		tr.readAll(ring, "accounts.facts", text)
	}
	for _, column := range []string{"accounts.guard", "accounts.login", "accounts.attach", "accounts.definition", "accounts.environment", "sessions.final",
		"runs.verdict", "events.kind", "accounts.fields", "accounts.origins", "accounts.base_url", "requests.method"} {
		for _, text := range []string{"", "unknown", "null", `{"a":1}`} {
			tr.readAll(ring, column, text)
		}
	}
}

// storedList returns a list as the store writes it.
func storedList(all ...string) (list string) {
	for _, text := range all {
		list += fmt.Sprint(len(text), ":", text)
	}
	return list
}

func queryTexts(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// readAll runs the readers with a value in every row of a column of the ring. An
// error must be explained: no words of the standard library.
func (tr *cliTest) readAll(ring []byte, column string, value any) {
	tr.t.Helper()
	path := filepath.Join(tr.env["TOKENRING_HOME"], "tokenring.db")
	if err := os.WriteFile(path, ring, 0o600); err != nil {
		tr.t.Fatal(err)
	}
	db := openDatabase(tr.t, path)
	table, name, _ := strings.Cut(column, ".")
	_, err := db.Exec(fmt.Sprintf(`UPDATE %s SET %s = ?`, table, name), value)
	if err := errors.Join(err, db.Close()); err != nil {
		if !strings.Contains(err.Error(), "UNIQUE") { // several rows cannot have the same number
			tr.t.Fatal(err)
		}
		return
	}
	for _, args := range readers {
		out, errs, code := tr.run("", args...)
		for _, word := range []string{"sql:", "not a list of texts", "panic", "strconv", "parsing time"} {
			if strings.Contains(out+errs, word) {
				tr.t.Errorf("%s = %v: tokenring %s: exit %d: %s%s", column, value, strings.Join(args, " "), code, out, errs)
			}
		}
	}
}

func openDatabase(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
