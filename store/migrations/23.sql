-- Few logins fail, and every list of accounts looks for those that did.
CREATE INDEX events_of_failure ON events (account_id, id) WHERE kind = 'login' AND ok = 0;
