-- Which accounts were written, the last one with the highest number; '' is any of them. A
-- process that holds a list finds out with it what others changed.
CREATE TABLE changes (
  seq        INTEGER PRIMARY KEY,
  account_id TEXT NOT NULL UNIQUE
) STRICT;
