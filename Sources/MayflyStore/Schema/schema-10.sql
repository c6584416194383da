-- The state of one installation, version 10: requests for a part of a profile's scope, and what groups really give.

ALTER TABLE requests ADD COLUMN narrowing TEXT;       -- JSON, see Narrowing.swift; NULL: all of it
ALTER TABLE leases ADD COLUMN narrowing TEXT;
ALTER TABLE leases ADD COLUMN narrowed_group TEXT;    -- that its role is a member of, once it was made
CREATE TRIGGER requests_keep_narrowing BEFORE UPDATE OF narrowing ON requests BEGIN
    SELECT RAISE(ABORT, 'what a request asked for is never changed');
END;
CREATE TRIGGER leases_keep_narrowing BEFORE UPDATE OF narrowing ON leases BEGIN
    SELECT RAISE(ABORT, 'what a lease began with is never changed');
END;

-- What was read in a server of what its groups give, each content once. See PrivilegeReading.swift.
CREATE TABLE privilege_snapshots (
    hash  TEXT PRIMARY KEY,                           -- SHA-256 of the body
    body  TEXT NOT NULL                               -- JSON
) STRICT, WITHOUT ROWID;
CREATE TRIGGER privilege_snapshots_stay BEFORE DELETE ON privilege_snapshots BEGIN
    SELECT RAISE(ABORT, 'what was read is never forgotten');
END;
CREATE TRIGGER privilege_snapshots_keep BEFORE UPDATE ON privilege_snapshots BEGIN
    SELECT RAISE(ABORT, 'what was read is never changed');
END;

-- From when on, and until when at least, a set of groups gave that: a lease's are those of its groups over its life.
CREATE TABLE privilege_readings (
    number        INTEGER PRIMARY KEY,
    database      TEXT NOT NULL,
    groups        TEXT NOT NULL,                      -- JSON, sorted
    hash          TEXT NOT NULL REFERENCES privilege_snapshots (hash),
    read_at       INTEGER NOT NULL,                   -- for the first time
    confirmed_at  INTEGER NOT NULL                    -- for the last
) STRICT;
CREATE INDEX privilege_readings_of_groups ON privilege_readings (database, groups, number);
CREATE TRIGGER privilege_readings_stay BEFORE DELETE ON privilege_readings BEGIN
    SELECT RAISE(ABORT, 'what was read is never forgotten');
END;
CREATE TRIGGER privilege_readings_keep
BEFORE UPDATE OF number, database, groups, hash, read_at ON privilege_readings BEGIN
    SELECT RAISE(ABORT, 'what was read is never changed');
END;
