-- The state of one installation, version 17: pages of what servers' logs say of leases, and a measure for each kind of it.

ALTER TABLE logged_totals ADD COLUMN others TEXT NOT NULL DEFAULT '{}';            -- JSON: lines of each kind that is no statement
ALTER TABLE logged_totals ADD COLUMN logins_left_out INTEGER NOT NULL DEFAULT 0;
-- What of that which was left out is in the log, and since when.
ALTER TABLE logged_totals ADD COLUMN said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logged_totals ADD COLUMN logins_said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logged_totals ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0;
UPDATE logged_totals SET said = left_out;

-- `line` is below zero where another line of that number came first.
CREATE INDEX logged_of_lease ON logged_lines (lease, number);
-- Whether it is of no statement. (An index on the JSON would need a schema that is trusted.)
ALTER TABLE logged_lines ADD COLUMN is_event INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER logged_lines_keep;
UPDATE logged_lines SET is_event = 1
WHERE json_extract(body, '$.what') IN ('authorized', 'disconnected', 'login_failed', 'cut');
CREATE TRIGGER logged_lines_keep BEFORE UPDATE ON logged_lines BEGIN
    SELECT RAISE(ABORT, 'what a server logged is never changed');
END;
CREATE INDEX logged_events ON logged_lines (lease, number) WHERE is_event = 1;
