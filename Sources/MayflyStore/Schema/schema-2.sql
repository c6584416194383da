-- The state of one installation, version 2: leases that end with the connection of their holder.

ALTER TABLE leases ADD COLUMN tethered INTEGER NOT NULL DEFAULT 0 CHECK (tethered IN (0, 1));
CREATE INDEX leases_tethered ON leases (number) WHERE tethered = 1 AND state = 'active';
