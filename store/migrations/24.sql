-- A call has the number of its run as its key: the id of the run needed a second index, which
-- was written in random order. A call is written with its run, which notes the account.
CREATE TABLE calls_by_run (
  seq        INTEGER PRIMARY KEY REFERENCES runs (seq) ON DELETE CASCADE,
  account_id TEXT NOT NULL,
  box        BLOB NOT NULL
) STRICT;
INSERT INTO calls_by_run SELECT seq, calls.account_id, calls.box FROM calls JOIN runs ON id = run_id;
DROP TABLE calls;
ALTER TABLE calls_by_run RENAME TO calls;

CREATE TRIGGER calls_insert AFTER INSERT ON calls
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;
CREATE TRIGGER calls_update AFTER UPDATE ON calls BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
