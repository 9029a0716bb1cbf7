-- Since the data key was first changed, its id is kept in meta. A process that still
-- holds an older key must not seal anything with it: the id follows the version in
-- each box.

CREATE TRIGGER accounts_key_insert BEFORE INSERT ON accounts
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER accounts_key_update BEFORE UPDATE OF box ON accounts
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER sealed_key_insert BEFORE INSERT ON sealed
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER sealed_key_update BEFORE UPDATE OF box ON sealed
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER sessions_key_insert BEFORE INSERT ON sessions
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER sessions_key_update BEFORE UPDATE OF box ON sessions
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER requests_key_insert BEFORE INSERT ON requests
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER requests_key_update BEFORE UPDATE OF box ON requests
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER runs_key_insert BEFORE INSERT ON runs
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER runs_key_update BEFORE UPDATE OF box ON runs
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER events_key_insert BEFORE INSERT ON events
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER events_key_update BEFORE UPDATE OF box ON events
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER approvals_key_insert BEFORE INSERT ON approvals
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;

CREATE TRIGGER approvals_key_update BEFORE UPDATE OF box ON approvals
  WHEN length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id')
  BEGIN SELECT RAISE(ABORT, 'sealed with an old key'); END;
