-- The state of one installation, version 3: requests that people decide, persons beside uids, and leases whose end an
-- extension moves.

ALTER TABLE requests ADD COLUMN person TEXT NOT NULL DEFAULT '';      -- whom quotas and four eyes count
ALTER TABLE requests ADD COLUMN identity TEXT NOT NULL DEFAULT '';    -- which of their identities asked
ALTER TABLE requests ADD COLUMN course TEXT;                          -- JSON object: terms, votes, moments
ALTER TABLE requests ADD COLUMN due_at INTEGER;                       -- escalation or expiry; null when nothing is due
UPDATE requests SET person = 'uid:' || uid, identity = 'uid:' || uid;
CREATE INDEX requests_of_person ON requests (person, profile);
CREATE INDEX requests_by_person ON requests (person, created_at);
-- These hold requests that wait only: a million that have ended cost them nothing.
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_waiting ON requests (number) WHERE due_at IS NOT NULL;
CREATE INDEX requests_waiting_of_person ON requests (person) WHERE due_at IS NOT NULL;

CREATE TRIGGER requests_keep BEFORE UPDATE OF
    number, id, profile, uid, user, ttl, reason, ticket, created_at, rule, person, identity ON requests BEGIN
    SELECT RAISE(ABORT, 'what a request began with is never changed');
END;
CREATE TRIGGER requests_end BEFORE UPDATE ON requests
WHEN OLD.state IN ('issued', 'denied', 'withdrawn', 'expired') BEGIN
    SELECT RAISE(ABORT, 'a request that has ended is never changed');
END;

-- The table of leases is made anew: the column `request` was unique, and an approved request whose lease could not be
-- made may be redeemed again. That there is never a second lease that was made, an index sees to.
CREATE TABLE leases_3 (
    number          INTEGER PRIMARY KEY,              -- the order of arrival
    id              TEXT NOT NULL UNIQUE,
    request         TEXT NOT NULL REFERENCES requests (id),
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
    tethered        INTEGER NOT NULL DEFAULT 0 CHECK (tethered IN (0, 1)),
    person          TEXT NOT NULL,
    identity        TEXT NOT NULL,
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
INSERT INTO leases_3
    SELECT number, id, request, database, engine, profile, uid, user, reason, ticket, role, groups, created_at,
           ends_latest_at, expires_at, state, role_oid, valid_until, ended_at, end_reason, attempts, next_attempt_at,
           obstacle, claim_owner, claim_until, tethered, 'uid:' || uid, 'uid:' || uid
    FROM leases;
DROP TABLE leases;
ALTER TABLE leases_3 RENAME TO leases;

CREATE UNIQUE INDEX leases_of_request ON leases (request) WHERE state <> 'failed';
CREATE INDEX leases_due ON leases (database, (attempts > 0), due_at) WHERE due_at IS NOT NULL;
CREATE INDEX leases_live ON leases (number) WHERE due_at IS NOT NULL;
CREATE INDEX leases_live_of_uid ON leases (uid) WHERE due_at IS NOT NULL;
CREATE INDEX leases_live_of_person ON leases (person) WHERE due_at IS NOT NULL;
CREATE INDEX leases_counted ON leases (profile, person) WHERE state IN ('creating', 'active', 'locked');
CREATE INDEX leases_of_uid ON leases (uid);
CREATE INDEX leases_ended_of_person ON leases (person, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX leases_tethered ON leases (number) WHERE tethered = 1 AND state = 'active';

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
CREATE TRIGGER leases_stay BEFORE DELETE ON leases BEGIN
    SELECT RAISE(ABORT, 'leases are never deleted');
END;
CREATE TRIGGER leases_keep BEFORE UPDATE OF
    number, id, request, database, engine, profile, uid, user, reason, ticket, role, groups, created_at, person,
    identity ON leases BEGIN
    SELECT RAISE(ABORT, 'what a lease began with is never changed');
END;
-- An extension moves it, nothing takes it back.
CREATE TRIGGER leases_end_later BEFORE UPDATE OF ends_latest_at ON leases
WHEN NEW.ends_latest_at < OLD.ends_latest_at BEGIN
    SELECT RAISE(ABORT, 'what a lease was given is never taken back');
END;
CREATE TRIGGER leases_end BEFORE UPDATE ON leases WHEN OLD.state IN ('revoked', 'failed') BEGIN
    SELECT RAISE(ABORT, 'a lease that has ended is never changed');
END;
