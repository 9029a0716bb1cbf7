package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tokenring/session/private"
)

// copyPattern matches the copies of the database: tokenring.schema1.db holds the last state
// with schema 1.
const copyPattern = "tokenring.schema*.db"

// Copy is a copy of the database from before a migration.
type Copy struct {
	Path string
	Size int64 // bytes
	Made time.Time
}

// Copies lists the copies of the database, the oldest first. It returns an error
// for a copy that others can access.
func (s *Store) Copies() ([]Copy, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, explainFile(s.dir, err)
	}
	var all []Copy
	for _, e := range entries {
		if ok, _ := filepath.Match(copyPattern, e.Name()); !ok {
			continue
		}
		path := filepath.Join(s.dir, e.Name())
		if err := private.File(path, private.Nothing); err != nil {
			return all, err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return all, err
		}
		all = append(all, Copy{Path: path, Size: info.Size(), Made: info.ModTime()})
	}
	slices.SortFunc(all, func(a, b Copy) int { return a.Made.Compare(b.Made) })
	return all, nil
}

// keepCopy copies the database of the given schema to another file in its folder, and replaces
// an earlier copy of that schema. The caller holds a write transaction that has written
// nothing yet, so that the copy is the last state. It does not copy a new database.
func (s *Store) keepCopy(ctx context.Context, schema int) error {
	if schema == 0 {
		return nil
	}
	path := filepath.Join(s.dir, fmt.Sprintf("tokenring.schema%d.db", schema))
	part := path + ".part" // may be left over from a killed process
	if err := os.Remove(part); err != nil && !os.IsNotExist(err) {
		return explainFile(s.dir, err)
	}
	err := s.writeCopy(ctx, part)
	if err == nil {
		err = explainFile(s.dir, os.Rename(part, path))
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

// forgetWords removes the words of servers and the secrets in names and paths from a copy of
// an earlier schema, which holds them in clear.
func forgetWords(ctx context.Context, path string, known secrets) error {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `UPDATE events SET text = '' WHERE text <> '';
		UPDATE sessions SET final = '`+reasonMark+`' WHERE final <> '';
		UPDATE runs SET error = '' WHERE error <> ''`)
	if err == nil {
		err = maskColumns(ctx, db, known)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, `VACUUM; PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	return errors.Join(err, db.Close())
}

func (s *Store) writeCopy(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return explainFile(s.dir, err)
	}
	_, err = s.db.ExecContext(ctx, `VACUUM INTO ?`, path) // on another connection; it takes an empty file
	err = s.explain(err)
	if err == nil {
		err = explainFile(s.dir, f.Sync())
	}
	return errors.Join(err, f.Close())
}
