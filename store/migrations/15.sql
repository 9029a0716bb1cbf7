-- The newest run is the last one that was written. Its time is of a clock that may have
-- been wrong.

DROP INDEX runs_of;
CREATE INDEX runs_of ON runs (account_id, seq, box_size);
