-- Where secrets lie that the store does not hold: a map, by field.
ALTER TABLE accounts ADD COLUMN refs TEXT NOT NULL DEFAULT '';
