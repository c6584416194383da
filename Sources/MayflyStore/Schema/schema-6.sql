-- The state of one installation, version 6: where those stand who read the audit log on, and leases whose requester was
-- warned of their end.

CREATE TABLE cursors (
    exporter    TEXT PRIMARY KEY,
    sequence    INTEGER NOT NULL                      -- the last audit record that is dealt with
) STRICT, WITHOUT ROWID;
CREATE TRIGGER cursors_go_on BEFORE UPDATE ON cursors WHEN NEW.sequence < OLD.sequence BEGIN
    SELECT RAISE(ABORT, 'what was exported is not taken back');
END;

-- The end that is on record as near; a lease whose end was moved is warned about again.
ALTER TABLE leases ADD COLUMN warned_of INTEGER;
CREATE INDEX leases_unwarned ON leases (expires_at) WHERE state = 'active' AND warned_of IS NOT expires_at;
