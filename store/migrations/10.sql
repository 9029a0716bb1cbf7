-- An account's own way to its servers, and what its definition said of it when the
-- person agreed: JSON, or empty.
ALTER TABLE accounts ADD COLUMN connection TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN definition_connection TEXT NOT NULL DEFAULT '';
