-- Every write notes whose it is, also one that another program makes. The clause for a
-- conflict moves an account to the end: OR REPLACE would be overridden by the clause of
-- the statement that fires the trigger.

CREATE TRIGGER accounts_noted_insert AFTER INSERT ON accounts BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER accounts_noted_update AFTER UPDATE ON accounts BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER accounts_noted_delete AFTER DELETE ON accounts BEGIN
  INSERT INTO changes (account_id) VALUES (OLD.id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sessions_noted_insert AFTER INSERT ON sessions BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sessions_noted_update AFTER UPDATE ON sessions BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sessions_noted_delete AFTER DELETE ON sessions BEGIN
  INSERT INTO changes (account_id) VALUES (OLD.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER events_noted_insert AFTER INSERT ON events BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER events_noted_update AFTER UPDATE ON events BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER events_noted_delete AFTER DELETE ON events BEGIN
  INSERT INTO changes (account_id) VALUES (OLD.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER requests_noted_insert AFTER INSERT ON requests BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER requests_noted_update AFTER UPDATE ON requests BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER requests_noted_delete AFTER DELETE ON requests BEGIN
  INSERT INTO changes (account_id) VALUES (OLD.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER runs_noted_insert AFTER INSERT ON runs BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER runs_noted_update AFTER UPDATE ON runs BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER approvals_noted_insert AFTER INSERT ON approvals BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER approvals_noted_update AFTER UPDATE ON approvals BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER approvals_noted_delete AFTER DELETE ON approvals BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER meta_noted_insert AFTER INSERT ON meta BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER meta_noted_update AFTER UPDATE ON meta BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER meta_noted_delete AFTER DELETE ON meta BEGIN
  INSERT INTO changes (account_id) VALUES ('') ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sealed_noted_insert AFTER INSERT ON sealed BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sealed_noted_update AFTER UPDATE ON sealed BEGIN
  INSERT INTO changes (account_id) VALUES (NEW.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;

CREATE TRIGGER sealed_noted_delete AFTER DELETE ON sealed BEGIN
  INSERT INTO changes (account_id) VALUES (OLD.account_id) ON CONFLICT (account_id) DO UPDATE SET seq = (SELECT max(seq) + 1 FROM changes);
END;
