-- What came of it that the server rejected the session's token: when and by which
-- call, when that renewed the session last, and when it asked the check last.
ALTER TABLE sessions ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN rejected_by TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN rejection_renewed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN rejection_asked INTEGER NOT NULL DEFAULT 0;
