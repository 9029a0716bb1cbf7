-- When an account was used last is read with every account.
CREATE INDEX events_of_use ON events (account_id, at) WHERE kind IN ('login', 'request', 'copy', 'reveal');
