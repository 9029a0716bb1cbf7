-- A database as the first schema wrote it. It never changes: every later
-- program must read it.

CREATE TABLE meta (
  name  TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT;

CREATE TABLE accounts (
  id          TEXT PRIMARY KEY NOT NULL,
  name        TEXT NOT NULL UNIQUE,
  definition  TEXT NOT NULL,
  login       TEXT NOT NULL,
  attach      TEXT NOT NULL,
  environment TEXT NOT NULL,
  guard       TEXT NOT NULL,
  fields      TEXT NOT NULL,
  secrets     TEXT NOT NULL,
  keep_alive  INTEGER NOT NULL,
  relogin     INTEGER NOT NULL,
  allow_http  INTEGER NOT NULL,
  base_url    TEXT NOT NULL,
  origin      TEXT NOT NULL,
  origins     TEXT NOT NULL,
  grants      TEXT NOT NULL,
  created     INTEGER NOT NULL,
  updated     INTEGER NOT NULL
) STRICT;

CREATE INDEX accounts_listed ON accounts (name COLLATE NOCASE, name);

CREATE TABLE sealed (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  origin     TEXT NOT NULL,
  origins    TEXT NOT NULL,
  box        BLOB NOT NULL,
  PRIMARY KEY (account_id, name)
) STRICT;

CREATE TABLE sessions (
  account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  tokens     TEXT NOT NULL,
  started    INTEGER NOT NULL,
  refreshed  INTEGER NOT NULL,
  refreshes  INTEGER NOT NULL,
  proven     INTEGER NOT NULL,
  clock      INTEGER NOT NULL,
  has_clock  INTEGER NOT NULL,
  final      TEXT NOT NULL,
  pending    INTEGER NOT NULL
) STRICT;

CREATE TABLE requests (
  id             TEXT PRIMARY KEY NOT NULL,
  account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  method         TEXT NOT NULL,
  path           TEXT NOT NULL,
  updated        INTEGER NOT NULL,
  sealed_name    TEXT NOT NULL,
  sealed_origin  TEXT NOT NULL,
  sealed_origins TEXT NOT NULL,
  box            BLOB NOT NULL
) STRICT;
CREATE INDEX requests_of ON requests (account_id, name);

-- The box stands last, so that a listing never walks over it.
CREATE TABLE runs (
  seq            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
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
CREATE INDEX runs_of ON runs (account_id, at, seq, box_size);
CREATE INDEX runs_at ON runs (at);

-- No reference to accounts: that an account was deleted is an event too.
CREATE TABLE events (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT NOT NULL,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  ok         INTEGER NOT NULL,
  text       TEXT NOT NULL
) STRICT;
CREATE INDEX events_of ON events (account_id);
CREATE INDEX events_at ON events (at);

PRAGMA application_id = 1953198695;
PRAGMA user_version = 1;
INSERT INTO meta VALUES ('id', CAST('0123456789abcdef0123456789abcdef' AS BLOB));
INSERT INTO accounts VALUES ('a1', 'name of a1', 'directus', 'password', 'bearer', 'prod', 'confirm',
  '{"address":"https://cms.example","username":"ada"}', '["password"]', 1, 1, 1,
  'https://cms.example/api', 'https://cms.example:443', '["https://a.example:443","https://b.example:443"]', '["other"]',
  1773486000123456789, 1773489600123456789);
INSERT INTO sealed VALUES ('a1', 'field:password', 'https://cms.example:443', '["https://a.example:443"]', x'78');
INSERT INTO sessions VALUES ('a1', 7,
  '[{"name":"access","primary":true,"token":true,"received":"2026-03-14T12:00:00.123456789Z","issued_at":"2026-03-14T11:59:59.123456789Z","expires_at":"2026-03-14T12:15:00.123456789Z","source":".claims.exp","idle":3600000000000,"accepted":"2026-03-14T12:00:01.123456789Z","kind":"JWT"},{"name":"refresh","token":true,"received":"2026-03-14T12:00:00.123456789Z","issued_at":"2026-03-14T12:00:00.123456789Z","kind":"opaque"}]',
  1773489600123456789, 1773489660123456789, 3, 1773489601123456789, -7000000000, 1, '', 0);
INSERT INTO requests VALUES ('q1', 'a1', 'list', 'GET', '/items', 1773489600123456789, 'request:q1', 'https://cms.example:443', '', x'78');
INSERT INTO runs VALUES (NULL, 'r1', 'a1', 1773489600123456789, 'list', 'GET', '/items/${.id}', 200, 42000000, 1234, 'passed', '',
  'run:r1', 'https://cms.example:443', '["https://a.example:443"]', 4, CAST('body' AS BLOB));
INSERT INTO events VALUES (NULL, 'a1', 1773489600123456789, 'login', 1, 'logged in');
