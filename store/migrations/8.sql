-- Finds the last event of an account that says whether its login failed.
CREATE INDEX events_of_login ON events (account_id, id) WHERE kind IN ('login', 'logout', 'refresh', 'account');
