-- Who sent a run in place of the account, such as anonymous; '' is the account.
-- The table is made anew, because the box must stay the last column.
CREATE TABLE runs_by_actor (
  seq            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  actor          TEXT NOT NULL,
  at             INTEGER NOT NULL,
  name           TEXT NOT NULL,
  method         TEXT NOT NULL,
  path           TEXT NOT NULL,
  status         INTEGER NOT NULL,
  duration       INTEGER NOT NULL,
  size           INTEGER NOT NULL,
  verdict        TEXT NOT NULL,
  error          TEXT NOT NULL,
  sealed_name    TEXT NOT NULL,
  sealed_origin  TEXT NOT NULL,
  sealed_origins TEXT NOT NULL,
  box_size       INTEGER NOT NULL,
  box            BLOB NOT NULL
) STRICT;
INSERT INTO runs_by_actor
  SELECT seq, id, account_id, '', at, name, method, path, status, duration, size, verdict, error,
    sealed_name, sealed_origin, sealed_origins, box_size, box FROM runs;
DROP TABLE runs;
ALTER TABLE runs_by_actor RENAME TO runs;
CREATE INDEX runs_of ON runs (account_id, at, seq, box_size);
CREATE INDEX runs_at ON runs (at);
