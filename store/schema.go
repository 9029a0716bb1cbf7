package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"path/filepath"
)

// applicationID marks a database as ours in the header of its file ("tkrg").
const applicationID = 0x746b7267

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the steps from an empty database to the newest schema: the first makes
// version 1, and so on. Published steps never change.
func migrations() []string {
	var steps []string
	for {
		step, err := migrationFiles.ReadFile(fmt.Sprintf("migrations/%d.sql", len(steps)+1))
		if err != nil {
			return steps
		}
		steps = append(steps, string(step))
	}
}

// newestSchema returns how many steps migrations returns, without reading them.
func newestSchema() int {
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return len(files)
}

// prepareSchema migrates the database to the newest schema with what steps returns, and reads its id.
func (s *Store) prepareSchema(ctx context.Context, newest int, steps func() []string) error {
	version, err := s.schemaVersion(ctx, newest)
	if err != nil || version < newest {
		err = s.migrate(ctx, steps())
	}
	if err != nil {
		return err
	}
	id, err := s.Meta(ctx, "id")
	if err == nil && id == nil {
		err = damagedError(s.path, "its id is missing")
	}
	s.id = string(id)
	return err
}

// schemaVersion reads the version. It returns an error for a database of a newer tokenring or
// another program.
func (s *Store) schemaVersion(ctx context.Context, newest int) (int, error) {
	var version, app, tables int
	// One query over the pragmas as tables takes twice as long.
	err := s.row(ctx, []any{&version}, `PRAGMA user_version`)
	if err == nil {
		err = s.row(ctx, []any{&app}, `PRAGMA application_id`)
	}
	if err == nil && app == 0 {
		err = s.row(ctx, []any{&tables}, `SELECT count(*) FROM sqlite_schema`)
	}
	switch {
	case err != nil:
		return 0, err
	case app != applicationID && (app != 0 || version != 0 || tables != 0):
		return 0, damagedError(s.path, "another program made it")
	case app == applicationID && version == 0:
		return 0, damagedError(s.path, "its schema has no number")
	case version < 0:
		return 0, damagedError(s.path, fmt.Sprintf("its schema has the number %d", version))
	case version > newest:
		return 0, fmt.Errorf("%s was %w (schema %d, this version supports %d) and was not changed; update tokenring",
			s.path, ErrNewer, version, newest)
	}
	return version, nil
}

// migrate copies the database and runs the missing steps in one transaction. If several
// processes start at once, one of them migrates. It reads the version again under the lock,
// because a database that another process is creating may look foreign between two reads.
func (s *Store) migrate(ctx context.Context, steps []string) error {
	release, err := s.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer release()
	if version, err := s.schemaVersion(ctx, len(steps)); err != nil || version == len(steps) {
		return err
	}
	// The mode is permanent and cannot be set in a transaction.
	if _, err := s.db.ExecContext(ctx, `PRAGMA journal_mode(WAL)`); err != nil {
		return s.explain(err)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
			return err
		}
		if err := s.keepCopy(ctx, version); err != nil {
			return fmt.Errorf("keep a copy before the store is migrated to schema %d: %w", len(steps), err)
		}
		for ; version < len(steps); version++ {
			if _, err := tx.Exec(steps[version]); err != nil {
				return fmt.Errorf("migrate the store to schema %d: %w", version+1, err)
			}
			if version == 0 {
				if err := initialize(tx); err != nil {
					return err
				}
			}
		}
		_, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, version))
		return err
	})
}

// lockSchema acquires the lock for creating and migrating the database.
func (s *Store) lockSchema(ctx context.Context) (release func(), err error) {
	release, err = lockFile(ctx, filepath.Join(s.dir, locksName, "schema.lock"))
	if err != nil {
		return nil, fmt.Errorf("migrate the store: %w", err)
	}
	return release, nil
}

// initialize marks a new database as ours and writes its id.
func initialize(tx *sql.Tx) error {
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)); err != nil {
		return err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('id', ?)`, []byte(hex.EncodeToString(id[:])))
	return err
}
