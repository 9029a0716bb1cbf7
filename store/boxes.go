package store

import (
	"database/sql"
	"iter"

	"tokenring/session"
)

// boxes lists every table with sealed values, and the expressions for their bindings.
var boxes = []struct{ table, account, name, origin, origins string }{
	{"accounts", "id", "'account'", "''", "''"},
	{"sealed", "account_id", "name", "origin", "origins"},
	{"sessions", "account_id", "'ended'", "''", "''"},
	{"requests", "account_id", "sealed_name", "sealed_origin", "sealed_origins"},
	{"runs", "account_id", "sealed_name", "sealed_origin", "sealed_origins"},
	{"calls", "account_id", "'call'", "''", "''"},
	{"events", "account_id", "'event'", "''", "''"},
	{"claims", "account_id", "'claims'", "''", "''"},
	{"approvals", "''", "'approval:' || file", "''", "''"},
}

// sealedBox is a box in a table, with its row and its binding.
type sealedBox struct {
	row     int64
	binding session.Binding
	sealed  session.Sealed
}

// eachBox reads the boxes of a table with one query each, so that the loop may write to the
// table.
func eachBox(tx *sql.Tx, table string) iter.Seq2[sealedBox, error] {
	return func(yield func(sealedBox, error) bool) {
		for _, t := range boxes {
			for last := int64(0); t.table == table; {
				var one sealedBox
				b, box := &one.binding, []byte(nil)
				err := tx.QueryRow(`SELECT rowid, `+t.account+`, `+t.name+`, `+t.origin+`, `+t.origins+`, box FROM `+t.table+`
					WHERE rowid > ? AND length(box) > 0 ORDER BY rowid LIMIT 1`, last).
					Scan(&last, &b.AccountID, &b.Name, &b.Origin, listColumn{&b.Origins}, boxColumn{&box})
				if err == sql.ErrNoRows {
					break
				}
				one.row, one.sealed = last, session.Sealed{Name: b.Name, Origin: b.Origin, Origins: b.Origins, Box: box}
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// resealTable replaces the boxes of a table with the results of change; nil keeps a box.
func resealTable(tx *sql.Tx, table string, change func(session.Binding, session.Sealed) ([]byte, error)) error {
	for one, err := range eachBox(tx, table) {
		var box []byte
		if err == nil {
			box, err = change(one.binding, one.sealed)
		}
		if err == nil && box != nil {
			_, err = tx.Exec(`UPDATE `+table+` SET box = ? WHERE rowid = ?`, box, one.row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
