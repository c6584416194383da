-- The state of one installation, version 9: how the broker acted on the server when it made a lease's role.

ALTER TABLE leases ADD COLUMN mode TEXT NOT NULL DEFAULT 'guard';
