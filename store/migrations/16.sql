-- When an account or a request was deleted, 0 where it was not. It stays for a day, hidden. The name
-- of a deleted account ends in a control character and the id, so that another account may take it.
ALTER TABLE accounts ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

DROP INDEX accounts_listed;
CREATE INDEX accounts_listed ON accounts (name COLLATE NOCASE, name, environment, definition) WHERE deleted = 0;
CREATE INDEX accounts_deleted ON accounts (deleted) WHERE deleted > 0;
CREATE INDEX requests_deleted ON requests (deleted) WHERE deleted > 0;
