-- Since when a session has no token that can be used (ended), and since when nothing
-- can renew it though its tokens live on (renewal_ended). final is the reason of either.
ALTER TABLE sessions ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN renewal_ended INTEGER NOT NULL DEFAULT 0;
-- What the server's clock was compared with: our clock at the last measure.
ALTER TABLE sessions ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET ended = max(started, refreshed, 1) WHERE final != '';
