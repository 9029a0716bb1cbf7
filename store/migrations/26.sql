-- Nothing shows when an account or a request was written.
ALTER TABLE accounts DROP COLUMN created;
ALTER TABLE accounts DROP COLUMN updated;
ALTER TABLE requests DROP COLUMN updated;
