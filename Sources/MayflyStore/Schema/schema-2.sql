-- The state of one installation, version 2: leases that end with the connection of their holder; ends that failed
-- before apart from those that are due for the first time; and locked leases that count against the quotas too.

ALTER TABLE leases ADD COLUMN tethered INTEGER NOT NULL DEFAULT 0 CHECK (tethered IN (0, 1));
CREATE INDEX leases_tethered ON leases (number) WHERE tethered = 1 AND state = 'active';

DROP INDEX leases_due;
CREATE INDEX leases_due ON leases (database, (attempts > 0), due_at) WHERE due_at IS NOT NULL;

DROP INDEX leases_counted;
CREATE INDEX leases_counted ON leases (profile, uid) WHERE state IN ('creating', 'active', 'locked');
