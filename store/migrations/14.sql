-- One trigger for each kind of write notes the account and refuses a box of an old key, in
-- place of two: every process that opens the ring parses them all. They write to a view,
-- whose trigger says once what both mean. A box that stays as it is passes.

DROP TRIGGER accounts_key_insert;
DROP TRIGGER accounts_key_update;
DROP TRIGGER sealed_key_insert;
DROP TRIGGER sealed_key_update;
DROP TRIGGER sessions_key_insert;
DROP TRIGGER sessions_key_update;
DROP TRIGGER requests_key_insert;
DROP TRIGGER requests_key_update;
DROP TRIGGER runs_key_insert;
DROP TRIGGER runs_key_update;
DROP TRIGGER events_key_insert;
DROP TRIGGER events_key_update;
DROP TRIGGER approvals_key_insert;
DROP TRIGGER approvals_key_update;
DROP TRIGGER calls_key_insert;
DROP TRIGGER calls_key_update;
DROP TRIGGER accounts_noted_insert;
DROP TRIGGER accounts_noted_update;
DROP TRIGGER accounts_noted_delete;
DROP TRIGGER sessions_noted_insert;
DROP TRIGGER sessions_noted_update;
DROP TRIGGER sessions_noted_delete;
DROP TRIGGER events_noted_insert;
DROP TRIGGER events_noted_update;
DROP TRIGGER events_noted_delete;
DROP TRIGGER requests_noted_insert;
DROP TRIGGER requests_noted_update;
DROP TRIGGER requests_noted_delete;
DROP TRIGGER runs_noted_insert;
DROP TRIGGER runs_noted_update;
DROP TRIGGER approvals_noted_insert;
DROP TRIGGER approvals_noted_update;
DROP TRIGGER approvals_noted_delete;
DROP TRIGGER meta_noted_insert;
DROP TRIGGER meta_noted_update;
DROP TRIGGER meta_noted_delete;
DROP TRIGGER sealed_noted_insert;
DROP TRIGGER sealed_noted_update;
DROP TRIGGER sealed_noted_delete;

CREATE VIEW writes AS SELECT account_id, NULL AS box FROM changes;
CREATE TRIGGER writes_insert INSTEAD OF INSERT ON writes BEGIN
  SELECT RAISE(ABORT, 'sealed with an old key')
    WHERE length(NEW.box) > 0 AND substr(NEW.box, 2, 8) <> (SELECT value FROM meta WHERE name = 'key_id');
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER accounts_insert AFTER INSERT ON accounts BEGIN INSERT INTO writes VALUES (NEW.id, NEW.box); END;
CREATE TRIGGER accounts_update AFTER UPDATE ON accounts BEGIN INSERT INTO writes VALUES (NEW.id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER accounts_delete AFTER DELETE ON accounts BEGIN INSERT INTO writes VALUES (OLD.id, NULL); END;
CREATE TRIGGER sealed_insert AFTER INSERT ON sealed BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER sealed_update AFTER UPDATE ON sealed BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER sealed_delete AFTER DELETE ON sealed BEGIN INSERT INTO writes VALUES (OLD.account_id, NULL); END;
CREATE TRIGGER sessions_insert AFTER INSERT ON sessions BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER sessions_update AFTER UPDATE ON sessions BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER sessions_delete AFTER DELETE ON sessions BEGIN INSERT INTO writes VALUES (OLD.account_id, NULL); END;
CREATE TRIGGER requests_insert AFTER INSERT ON requests BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER requests_update AFTER UPDATE ON requests BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER requests_delete AFTER DELETE ON requests BEGIN INSERT INTO writes VALUES (OLD.account_id, NULL); END;
CREATE TRIGGER runs_insert AFTER INSERT ON runs BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER runs_update AFTER UPDATE ON runs BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER calls_insert AFTER INSERT ON calls BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER calls_update AFTER UPDATE ON calls BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER events_insert AFTER INSERT ON events BEGIN INSERT INTO writes VALUES (NEW.account_id, NEW.box); END;
CREATE TRIGGER events_update AFTER UPDATE ON events BEGIN INSERT INTO writes VALUES (NEW.account_id, nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER events_delete AFTER DELETE ON events BEGIN INSERT INTO writes VALUES (OLD.account_id, NULL); END;
CREATE TRIGGER approvals_insert AFTER INSERT ON approvals BEGIN INSERT INTO writes VALUES ('', NEW.box); END;
CREATE TRIGGER approvals_update AFTER UPDATE ON approvals BEGIN INSERT INTO writes VALUES ('', nullif(NEW.box, OLD.box)); END;
CREATE TRIGGER approvals_delete AFTER DELETE ON approvals BEGIN INSERT INTO writes VALUES ('', NULL); END;
CREATE TRIGGER meta_insert AFTER INSERT ON meta BEGIN INSERT INTO writes VALUES ('', NULL); END;
CREATE TRIGGER meta_update AFTER UPDATE ON meta BEGIN INSERT INTO writes VALUES ('', NULL); END;
CREATE TRIGGER meta_delete AFTER DELETE ON meta BEGIN INSERT INTO writes VALUES ('', NULL); END;
