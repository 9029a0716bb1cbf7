-- Whether the signatures of an account's tokens are verified whenever their claims are shown.
ALTER TABLE accounts ADD COLUMN verify INTEGER NOT NULL DEFAULT 0;
