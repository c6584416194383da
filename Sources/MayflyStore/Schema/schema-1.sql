-- The state of one installation, version 1. Times are milliseconds since 1970, UTC.
-- Nothing is ever deleted from requests, leases and audit: history is the product.

CREATE TABLE requests (
    number      INTEGER PRIMARY KEY,                  -- the order of arrival
    id          TEXT NOT NULL UNIQUE,
    profile     TEXT NOT NULL,
    uid         INTEGER NOT NULL,
    user        TEXT NOT NULL,
    ttl         INTEGER,                              -- seconds
    reason      TEXT,
    ticket      TEXT,
    created_at  INTEGER NOT NULL,
    rule        TEXT,
    state       TEXT NOT NULL
        CHECK (state IN ('pending', 'approved', 'issued', 'denied', 'withdrawn', 'expired')),
    lease       TEXT UNIQUE
) STRICT;
CREATE INDEX requests_of_uid ON requests (uid);

CREATE TABLE leases (
    number          INTEGER PRIMARY KEY,              -- the order of arrival
    id              TEXT NOT NULL UNIQUE,
    request         TEXT NOT NULL UNIQUE REFERENCES requests (id),
    database        TEXT NOT NULL,
    engine          TEXT NOT NULL,
    profile         TEXT NOT NULL,
    uid             INTEGER NOT NULL,
    user            TEXT NOT NULL,
    reason          TEXT,
    ticket          TEXT,
    role            TEXT NOT NULL UNIQUE,             -- never reused
    groups          TEXT NOT NULL,                    -- JSON array
    created_at      INTEGER NOT NULL,
    ends_latest_at  INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    state           TEXT NOT NULL
        CHECK (state IN ('creating', 'active', 'revoking', 'locked', 'revoked', 'failed')),
    role_oid        INTEGER,
    valid_until     INTEGER,
    ended_at        INTEGER,
    end_reason      TEXT,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER,
    obstacle        TEXT,                             -- JSON object
    claim_owner     TEXT,
    claim_until     INTEGER,
    -- When something is to be done, and nobody else is at it; null once the lease has ended.
    due_at          INTEGER GENERATED ALWAYS AS (
        CASE
            WHEN state IN ('revoked', 'failed') THEN NULL
            WHEN state = 'active' THEN max(expires_at, ifnull(claim_until, expires_at))
            ELSE max(ifnull(next_attempt_at, created_at),
                     ifnull(claim_until, ifnull(next_attempt_at, created_at)))
        END) VIRTUAL,
    CHECK ((state IN ('revoked', 'failed')) = (ended_at IS NOT NULL)),
    CHECK ((claim_owner IS NULL) = (claim_until IS NULL))
) STRICT;
-- These hold live leases only: a million that have ended cost them nothing.
CREATE INDEX leases_due ON leases (database, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX leases_live ON leases (number) WHERE due_at IS NOT NULL;
CREATE INDEX leases_live_of_uid ON leases (uid) WHERE due_at IS NOT NULL;
CREATE INDEX leases_counted ON leases (profile, uid) WHERE state IN ('creating', 'active');
CREATE INDEX leases_of_uid ON leases (uid);

-- How many leases are in each state, kept by triggers.
CREATE TABLE lease_counts (
    profile     TEXT NOT NULL,
    state       TEXT NOT NULL,
    database    TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (profile, state, database)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER leases_count_new AFTER INSERT ON leases BEGIN
    INSERT INTO lease_counts VALUES (NEW.profile, NEW.state, NEW.database, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER leases_count_moved AFTER UPDATE OF state ON leases WHEN NEW.state <> OLD.state BEGIN
    UPDATE lease_counts SET count = count - 1
        WHERE profile = OLD.profile AND state = OLD.state AND database = OLD.database;
    INSERT INTO lease_counts VALUES (NEW.profile, NEW.state, NEW.database, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- The hash-chained log. `body` is the canonical encoding, which the hash is taken over (SHA-256), and all that a
-- record says; the other columns repeat parts of it to be searched by, and are compared when the chain is walked.
CREATE TABLE audit (
    sequence    INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor_uid   INTEGER,
    action      TEXT NOT NULL,
    lease       TEXT,
    body        BLOB NOT NULL,
    hash        TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_action ON audit (action);
CREATE INDEX audit_lease ON audit (lease) WHERE lease IS NOT NULL;

-- The last record, so that a log which was cut off at its end is noticed.
CREATE TABLE audit_head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    sequence    INTEGER NOT NULL,
    hash        TEXT NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
CREATE TRIGGER audit_head_moves AFTER INSERT ON audit BEGIN
    UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash;
END;

-- Which uids a record is about: who did it, and whose request or lease it was done to.
CREATE TABLE audit_concerns (
    uid         INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    PRIMARY KEY (uid, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
    uid         INTEGER NOT NULL,
    key         TEXT NOT NULL,
    request     TEXT NOT NULL REFERENCES requests (id),
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (uid, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_used_at ON idempotency (used_at);

CREATE TABLE memos (
    key         TEXT PRIMARY KEY,
    value       BLOB NOT NULL                         -- UTF-8
) STRICT, WITHOUT ROWID;

-- Against our own mistakes. Who can write the file can drop these: that the chain then breaks is what tells.
CREATE TRIGGER requests_stay BEFORE DELETE ON requests BEGIN
    SELECT RAISE(ABORT, 'requests are never deleted');
END;
CREATE TRIGGER leases_stay BEFORE DELETE ON leases BEGIN
    SELECT RAISE(ABORT, 'leases are never deleted');
END;
CREATE TRIGGER leases_keep BEFORE UPDATE OF
    number, id, request, database, engine, profile, uid, user, reason, ticket, role, groups, created_at,
    ends_latest_at ON leases BEGIN
    SELECT RAISE(ABORT, 'what a lease began with is never changed');
END;
CREATE TRIGGER leases_end BEFORE UPDATE ON leases WHEN OLD.state IN ('revoked', 'failed') BEGIN
    SELECT RAISE(ABORT, 'a lease that has ended is never changed');
END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;
CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit records are never changed');
END;
CREATE TRIGGER audit_grows BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT sequence + 1 FROM audit_head) BEGIN
    SELECT RAISE(ABORT, 'audit records are numbered without a gap');
END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN
    SELECT RAISE(ABORT, 'the head of the audit log is never deleted');
END;
CREATE TRIGGER audit_concerns_stay BEFORE DELETE ON audit_concerns BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;
