-- A session is two texts of its account, its tokens and its other facts: every list of accounts
-- reads all of it. The table sessions holds only why a session ended.
ALTER TABLE accounts ADD COLUMN tokens TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN facts TEXT NOT NULL DEFAULT '';
UPDATE accounts SET (tokens, facts) = (SELECT tokens, (SELECT group_concat(octet_length(value) || ':' || value, '' ORDER BY id)
  FROM json_each(json_array(generation, started, refreshed, refreshes, proven, clock, has_clock, pending, ended, renewal_ended, measured, retry,
    rejected, rejected_by, rejection_renewed, rejection_asked))) FROM sessions WHERE account_id = accounts.id)
  WHERE id IN (SELECT account_id FROM sessions);

CREATE TABLE endings (
  account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  final      TEXT NOT NULL,
  box        BLOB NOT NULL
) STRICT;
INSERT INTO endings SELECT account_id, final, box FROM sessions WHERE final <> '';
DROP TABLE sessions;
ALTER TABLE endings RENAME TO sessions;

CREATE TRIGGER sessions_insert AFTER INSERT ON sessions BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER sessions_update AFTER UPDATE ON sessions BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER sessions_delete AFTER DELETE ON sessions BEGIN INSERT INTO writes VALUES (OLD.account_id, NULL); END;
