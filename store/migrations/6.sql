-- The seal of an account's row: what decides about its credentials.
ALTER TABLE accounts ADD COLUMN box BLOB NOT NULL DEFAULT x'';

-- Words of servers are sealed: the text of an event, and why a session ended. The
-- columns text, final and error hold such words in clear until the ring is unlocked
-- for the first time; afterwards text and error are empty, and final says only that
-- there is a reason.
ALTER TABLE events ADD COLUMN box BLOB NOT NULL DEFAULT x'';
ALTER TABLE sessions ADD COLUMN box BLOB NOT NULL DEFAULT x'';

-- Approvals of project files: the sealed hash of the text that was approved.
CREATE TABLE approvals (
  file TEXT PRIMARY KEY NOT NULL,
  box  BLOB NOT NULL
) STRICT;
