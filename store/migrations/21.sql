-- Before which time the server wants no renewal of a session (Retry-After), so that it
-- holds for every process.
ALTER TABLE sessions ADD COLUMN retry INTEGER NOT NULL DEFAULT 0;
