-- The state of one installation, version 7: second factors.
-- Nothing is ever deleted: a removed enrolment stays, without its secret.

CREATE TABLE mfa_enrolments (
    number       INTEGER PRIMARY KEY,                  -- the order of arrival
    id           TEXT NOT NULL UNIQUE,
    person       TEXT NOT NULL,
    uid          INTEGER NOT NULL,                     -- the identity that made it
    user         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'active', 'removed')),
    secret       BLOB,                                 -- sealed with the key file, see SealingKey.swift
    confirmed_at INTEGER,
    removed_at   INTEGER,
    last_step    INTEGER,                              -- of 30 seconds since 1970: it and all before it are used up
    last_used_at INTEGER,
    failures     INTEGER NOT NULL,
    lockouts     INTEGER NOT NULL,
    locked_until INTEGER,
    CHECK ((state = 'removed') = (removed_at IS NOT NULL)),
    CHECK ((state = 'removed') = (secret IS NULL)),
    CHECK (state <> 'active' OR (confirmed_at IS NOT NULL AND last_step IS NOT NULL))
) STRICT;
-- One of each person's, and one that each uid made.
CREATE UNIQUE INDEX mfa_of_person ON mfa_enrolments (person) WHERE state <> 'removed';
CREATE UNIQUE INDEX mfa_of_uid ON mfa_enrolments (uid) WHERE state <> 'removed';

CREATE TRIGGER mfa_stays BEFORE DELETE ON mfa_enrolments BEGIN
    SELECT RAISE(ABORT, 'enrolments are never deleted');
END;
CREATE TRIGGER mfa_keeps BEFORE UPDATE OF number, id, person, uid, user, created_at ON mfa_enrolments BEGIN
    SELECT RAISE(ABORT, 'what an enrolment began with is never changed');
END;
CREATE TRIGGER mfa_goes_on BEFORE UPDATE OF last_step ON mfa_enrolments
WHEN OLD.last_step IS NOT NULL AND NEW.last_step IS NOT OLD.last_step
    AND ifnull(NEW.last_step <= OLD.last_step, TRUE) BEGIN
    SELECT RAISE(ABORT, 'a used code is never made good again');
END;
CREATE TRIGGER mfa_never_back BEFORE UPDATE OF state ON mfa_enrolments
WHEN OLD.state = 'active' AND NEW.state = 'pending' BEGIN
    SELECT RAISE(ABORT, 'an enrolment that was confirmed stays so');
END;
CREATE TRIGGER mfa_ends BEFORE UPDATE ON mfa_enrolments WHEN OLD.state = 'removed' BEGIN
    SELECT RAISE(ABORT, 'an enrolment that was removed is never changed');
END;
