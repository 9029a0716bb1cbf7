package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokenring/session"
)

// boxColumns lists every column of bytes in the schema, apart from the values of meta.
func boxColumns(t *testing.T, s *Store) map[string]bool {
	t.Helper()
	rows, err := s.db.Query(`SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'BLOB' AND m.name <> 'meta'`)
	check(t, err)
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		check(t, rows.Scan(&name))
		found[name] = true
	}
	return found
}

// A new column of sealed values fails this test until it is in boxes, and has triggers.
func TestEveryBoxIsListedAndGuarded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	columns := boxColumns(t, s)
	for _, b := range boxes {
		if !columns[b.table+".box"] {
			t.Errorf("%s has no boxes", b.table)
		}
		delete(columns, b.table+".box")
		for _, event := range []string{"insert", "update"} {
			var sql string
			err := s.db.QueryRow(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?`, b.table+"_"+event).Scan(&sql)
			if err != nil || !strings.Contains(sql, "NEW.box") {
				t.Errorf("%s has no trigger for the box of an %s: %q, %v", b.table, event, sql, err)
			}
		}
	}
	if len(columns) > 0 {
		t.Errorf("no list has %v", columns)
	}
}

// keyed returns a box of the key whose id ends with c.
func keyed(name string, c byte) session.Sealed {
	id := fmt.Sprintf("%8c", c)
	return boxed(name, "\x02"+id+"ciphertext of "+name)
}

func TestABoxOfAnOldKeyIsRefused(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	a := newAccount("a1")
	check(t, s.PutAccount(ctx, a, []session.Sealed{keyed("field:password", 'o')}))
	check(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{keyed("token:access", 'o')}))
	check(t, s.Reseal(ctx, []byte("record"), []byte(keyed("", 'n').Box[1:9]), func(b session.Binding, old session.Sealed) ([]byte, error) {
		return keyed(b.Name, 'n').Box, nil
	}))
	if record, err := s.Meta(ctx, "vault"); err != nil || string(record) != "record" {
		t.Errorf("the record is %q, %v", record, err)
	}
	if n, err := s.CountBoxes(ctx); err != nil || n != 2 {
		t.Errorf("%d boxes, %v", n, err)
	}
	run, request := newRun("r1", "a1", noon), &session.SavedRequest{ID: "q1", AccountID: "a1", Sealed: keyed("request:q1", 'o')}
	run.Sealed = keyed("run:r1", 'o')
	for name, err := range map[string]error{
		"an account": s.PutAccount(ctx, a, []session.Sealed{keyed("field:password", 'o')}),
		"a session":  s.PutSession(ctx, newSession("a1", 2), 1, []session.Sealed{keyed("token:access", 'o')}),
		"a run":      s.AddRuns(ctx, run),
		"a request":  s.PutRequest(ctx, request),
		"a project":  s.PutApproval(ctx, "file", keyed("approval:file", 'o').Box),
	} {
		if err == nil {
			t.Errorf("%s was stored with the old key", name)
			continue
		}
		wantErr(t, err, ErrKeyChanged)
	}
	run.Sealed, request.Sealed = keyed("run:r1", 'n'), keyed("request:q1", 'n')
	check(t, s.AddRuns(ctx, run))
	check(t, s.PutRequest(ctx, request))
	check(t, s.PutSession(ctx, newSession("a1", 2), 1, []session.Sealed{keyed("token:access", 'n')}))
}

// A failing change leaves everything as it was.
func TestResealIsOneTransaction(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	check(t, s.PutAccount(ctx, newAccount("a1"), []session.Sealed{keyed("field:a", 'o'), keyed("field:b", 'o')}))
	n := 0
	err := s.Reseal(ctx, []byte("record"), keyed("", 'n').Box[1:9], func(b session.Binding, _ session.Sealed) ([]byte, error) {
		if n++; n == 2 {
			return nil, context.Canceled
		}
		return keyed(b.Name, 'n').Box, nil
	})
	wantErr(t, err, context.Canceled)
	sealed, err := s.Sealed(ctx, "a1", "")
	check(t, err)
	for i, name := range []string{"field:a", "field:b"} {
		if string(sealed[i].Box) != string(keyed(name, 'o').Box) {
			t.Errorf("%s is %q", name, sealed[i].Box)
		}
	}
	for _, name := range []string{"vault", keyIDName} {
		if value, err := s.Meta(ctx, name); value != nil || err != nil {
			t.Errorf("%s is %q, %v", name, value, err)
		}
	}
}

// An exchange that runs would seal its result with the old key.
func TestResealWaitsForExchanges(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	withAccount(t, s, "a2")
	unlock, err := s.Lock(ctx, "a2")
	check(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Reseal(ctx, []byte("record"), []byte("12345678"), nil) }()
	select {
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(3 * rekeyTry):
	}
	first, err := s.Lock(ctx, "a1") // is not held meanwhile
	check(t, err)
	first()
	unlock()
	check(t, <-ended)
	short, cancel := context.WithTimeout(ctx, 2*rekeyTry)
	defer cancel()
	unlock, err = s.Lock(ctx, "a1")
	check(t, err)
	defer unlock()
	check(t, s.DeleteAccount(ctx, "a1")) // it has boxes too
	err = s.Reseal(short, nil, nil, nil)
	wantErr(t, err, ErrBusy)
	if !strings.Contains(err.Error(), `"name of a1"`) {
		t.Errorf("the error is %v", err)
	}
}

// TestAResetKeepsTheAccountsThatAreShown without their sessions, and no other, whenever it was deleted.
func TestAResetKeepsTheAccountsThatAreShown(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for i, id := range []string{"a1", "a2", "a3"} {
		withAccount(t, s, id)
		check(t, s.PutSession(t.Context(), newSession(id, 1), 0, nil))
		if i > 0 {
			check(t, s.DeleteAccount(t.Context(), id))
		}
	}
	_, err := s.db.ExecContext(t.Context(), `UPDATE accounts SET deleted = -1 WHERE id = 'a3'`) // by another program
	check(t, err)
	check(t, s.Reset(t.Context(), []byte("{}"), []byte("12345678")))
	all, err := collect(t.Context(), s, func(id *string) []any { return []any{id} }, `SELECT id FROM accounts`)
	if check(t, err); fmt.Sprint(all) != "[a1]" {
		t.Errorf("left are %v", all)
	}
	if storedSession(t, s, "a1") != nil {
		t.Error("a session without tokens is left")
	}
}
