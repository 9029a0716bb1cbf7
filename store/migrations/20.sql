-- Finds also what was deleted at a time that no clock shows, which is below 0.
DROP INDEX accounts_deleted;
DROP INDEX requests_deleted;
CREATE INDEX accounts_deleted ON accounts (deleted) WHERE deleted <> 0;
CREATE INDEX requests_deleted ON requests (deleted) WHERE deleted <> 0;
