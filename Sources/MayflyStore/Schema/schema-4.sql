-- The state of one installation, version 4: lockdowns, and the duty to review break-glass.

CREATE TABLE lockdowns (
    number      INTEGER PRIMARY KEY,                  -- the order of arrival
    id          TEXT NOT NULL UNIQUE,
    scope       TEXT NOT NULL,                        -- JSON object
    reason      TEXT NOT NULL,
    started_by  TEXT NOT NULL,                        -- JSON object: who
    since       INTEGER NOT NULL,
    until       INTEGER,                              -- ends by itself; null for one that somebody ends
    revokes     INTEGER NOT NULL CHECK (revokes IN (0, 1)),
    ending      TEXT                                  -- JSON object: how it ended; null while it is in force
) STRICT;
-- Asked for by each request: it holds those in force only.
CREATE INDEX lockdowns_in_force ON lockdowns (number) WHERE ending IS NULL;

CREATE TABLE reviews (
    number      INTEGER PRIMARY KEY,                  -- the order of arrival
    id          TEXT NOT NULL UNIQUE,
    lease       TEXT NOT NULL UNIQUE REFERENCES leases (id),
    request     TEXT NOT NULL REFERENCES requests (id),
    person      TEXT NOT NULL,                        -- whose break-glass it was
    requester   TEXT NOT NULL,                        -- JSON object: who
    database    TEXT NOT NULL,
    profile     TEXT NOT NULL,
    rule        TEXT NOT NULL,
    reviewers   TEXT NOT NULL,                        -- JSON array of principals
    suspends    INTEGER NOT NULL CHECK (suspends IN (0, 1)),
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    overdue_at  INTEGER,                              -- when it was first found overdue
    nag_at      INTEGER,                              -- when it is next said that it is overdue; null once it is done
    finding     TEXT,                                 -- JSON object: verdict, note, by whom, when
    CHECK ((nag_at IS NULL) = (finding IS NOT NULL))
) STRICT;
-- These hold reviews that are not done only.
CREATE INDEX reviews_nag ON reviews (nag_at) WHERE nag_at IS NOT NULL;
CREATE INDEX reviews_open_of_person ON reviews (person) WHERE nag_at IS NOT NULL;
CREATE INDEX reviews_open ON reviews (number) WHERE nag_at IS NOT NULL;
CREATE INDEX reviews_of_person ON reviews (person, number);
CREATE INDEX reviews_of_request ON reviews (request);

ALTER TABLE leases ADD COLUMN break_glass INTEGER NOT NULL DEFAULT 0 CHECK (break_glass IN (0, 1));
CREATE TRIGGER leases_keep_kind BEFORE UPDATE OF break_glass ON leases BEGIN
    SELECT RAISE(ABORT, 'what a lease began with is never changed');
END;

CREATE TRIGGER lockdowns_stay BEFORE DELETE ON lockdowns BEGIN
    SELECT RAISE(ABORT, 'lockdowns are never deleted');
END;
CREATE TRIGGER lockdowns_keep BEFORE UPDATE OF
    number, id, scope, reason, started_by, since, until, revokes ON lockdowns BEGIN
    SELECT RAISE(ABORT, 'what a lockdown began with is never changed');
END;
CREATE TRIGGER lockdowns_end BEFORE UPDATE ON lockdowns WHEN OLD.ending IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a lockdown that has ended is never changed');
END;
CREATE TRIGGER reviews_stay BEFORE DELETE ON reviews BEGIN
    SELECT RAISE(ABORT, 'reviews are never deleted');
END;
CREATE TRIGGER reviews_keep BEFORE UPDATE OF
    number, id, lease, request, person, requester, database, profile, rule, reviewers, suspends, created_at, due_at
    ON reviews BEGIN
    SELECT RAISE(ABORT, 'what a review began with is never changed');
END;
CREATE TRIGGER reviews_end BEFORE UPDATE ON reviews WHEN OLD.finding IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a review that is done is never changed');
END;
