package ui_test

import (
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/request"
	"tokenring/ui/uitest/harness"
)

// TestNumbersOfTheDatabaseAreShownOrExplained opens the screen on a database whose
// integer columns have extreme values.
func TestNumbersOfTheDatabaseAreShownOrExplained(t *testing.T) {
	t.Parallel()
	w := harness.New(t)
	w.Server = emulatortest.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now})
	id := w.Login("admin@market")
	must(t, w.Store.AddRuns(t.Context(), &session.RunRecord{ID: "r1", AccountID: id, At: w.Clock.Now(), Name: "list", Method: "GET", Path: "/x",
		Status: 200, Duration: time.Second, Size: 7, Sealed: session.Sealed{Name: "run:r1", Box: []byte("box")}}))
	rec, err := w.Store.Account(t.Context(), id)
	must(t, err)
	must(t, w.Engine.Requests.SaveRequest(t.Context(), &rec.Account, &request.Spec{Name: "listed", Method: "GET", Target: "/x"}))
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.Store.Dir(), "tokenring.db")+"?_pragma=busy_timeout(5000)")
	must(t, err)
	defer db.Close()
	for _, table := range []string{"accounts", "sessions", "requests", "runs", "events"} {
		rows, err := db.Query(`SELECT name FROM pragma_table_info(?) WHERE type = 'INTEGER' AND NOT pk AND name <> 'deleted'`, table) // which hides, whatever the number
		must(t, err)
		var columns []string
		for rows.Next() {
			var name string
			must(t, rows.Scan(&name))
			columns = append(columns, name)
		}
		must(t, rows.Close())
		for _, column := range columns {
			for _, n := range []int64{math.MinInt64, -1, 2, math.MaxInt64} {
				_, err := db.Exec(fmt.Sprintf(`CREATE TABLE kept AS SELECT rowid AS at, %s AS value FROM %s`, column, table))
				must(t, err)
				_, err = db.Exec(fmt.Sprintf(`UPDATE %s SET %s = ?`, table, column), n)
				must(t, err)
				w.Show(120, 36).Fits()
				w.Press("2")
				w.Fits()
				w.Press("3")
				w.Fits()
				w.Sees("sent before", " /x ")
				w.Press("4")
				w.Fits()
				w.Sees("logged in")
				_, err = db.Exec(fmt.Sprintf(`UPDATE %s SET %s = (SELECT value FROM kept WHERE at = %[1]s.rowid); DROP TABLE kept`, table, column))
				must(t, err)
			}
		}
	}
}
