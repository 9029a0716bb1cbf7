-- Where the runs of the history were sent. It is sealed, since a server may have named a
-- part of it, and lies apart, so that a listing need not read the sealed run.
CREATE TABLE calls (
  run_id     TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  box        BLOB NOT NULL
) STRICT;

CREATE TRIGGER calls_key_insert BEFORE INSERT ON calls
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER calls_key_update BEFORE UPDATE OF box ON calls
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;
