-- What the tokens of an account's last sessions said, sealed, for comparisons. The tokens
-- themselves are not kept.
CREATE TABLE claims (
  seq        INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  at         INTEGER NOT NULL,
  box        BLOB NOT NULL
) STRICT;
CREATE INDEX claims_of ON claims (account_id, seq);
CREATE TRIGGER claims_insert AFTER INSERT ON claims BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER claims_update AFTER UPDATE ON claims BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
