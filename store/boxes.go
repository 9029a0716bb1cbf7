package store

import (
	"database/sql"

	"tokenring/session"
)

// boxes lists every column that holds sealed values, by its table, with the
// expressions for what a value is bound to.
var boxes = []struct{ table, account, name, origin, origins string }{
	{"accounts", "id", "'account'", "''", "''"},
	{"sealed", "account_id", "name", "origin", "origins"},
	{"sessions", "account_id", "'ended'", "''", "''"},
	{"requests", "account_id", "sealed_name", "sealed_origin", "sealed_origins"},
	{"runs", "account_id", "sealed_name", "sealed_origin", "sealed_origins"},
	{"calls", "account_id", "'call'", "''", "''"},
	{"events", "account_id", "'event'", "''", "''"},
	{"approvals", "''", "'approval:' || file", "''", "''"},
}

// resealTable replaces the boxes of a table by what change returns for them; nil leaves
// one as it is.
func resealTable(tx *sql.Tx, table string, change func(session.Binding, session.Sealed) ([]byte, error)) error {
	for _, t := range boxes {
		if t.table != table {
			continue
		}
		for last := int64(0); ; {
			var b session.Binding
			var box []byte
			err := tx.QueryRow(`SELECT rowid, `+t.account+`, `+t.name+`, `+t.origin+`, `+t.origins+`, box FROM `+t.table+`
				WHERE rowid > ? AND length(box) > 0 ORDER BY rowid LIMIT 1`, last).
				Scan(&last, &b.AccountID, &b.Name, &b.Origin, listColumn{&b.Origins}, boxColumn{&box})
			if err == sql.ErrNoRows {
				break
			}
			if err != nil {
				return err
			}
			box, err = change(b, session.Sealed{Name: b.Name, Origin: b.Origin, Origins: b.Origins, Box: box})
			if err == nil && box != nil {
				_, err = tx.Exec(`UPDATE `+t.table+` SET box = ? WHERE rowid = ?`, box, last)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
