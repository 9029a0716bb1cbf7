-- The index of the list also holds what completion shows of each account.
DROP INDEX accounts_listed;
CREATE INDEX accounts_listed ON accounts (name COLLATE NOCASE, name, environment, definition);
