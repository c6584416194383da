-- The state of one installation, version 11: the sessions of login roles. See Session.swift.

CREATE TABLE sessions (
    number         INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    lease          TEXT NOT NULL REFERENCES leases (id),
    database       TEXT NOT NULL,
    profile        TEXT NOT NULL,
    role           TEXT NOT NULL,
    requester      TEXT NOT NULL,                     -- JSON
    uid            INTEGER NOT NULL,                  -- of it, to search by
    identity       TEXT NOT NULL,
    user           TEXT NOT NULL,
    host           TEXT NOT NULL,                     -- of a standby; empty for the server that is written to
    server_number  INTEGER NOT NULL,                  -- a backend's pid, or a connection's id
    since          INTEGER NOT NULL,                  -- see SessionKey.swift
    started_at     INTEGER NOT NULL,
    start_known    INTEGER NOT NULL,
    in_database    TEXT,
    address        TEXT,                              -- NULL: a Unix socket
    port           INTEGER,
    application    TEXT,
    encrypted      INTEGER,                           -- NULL: the server does not say
    tls_version    TEXT,
    cipher         TEXT,
    novelties      TEXT NOT NULL,                     -- JSON
    first_seen_at  INTEGER NOT NULL,
    last_seen_at   INTEGER NOT NULL,                  -- kept up to date by its ending only
    ended_at       INTEGER,
    how            TEXT
) STRICT;
CREATE INDEX sessions_open ON sessions (database, number) WHERE ended_at IS NULL;
CREATE INDEX sessions_of_lease ON sessions (lease, number);
CREATE INDEX sessions_of_identity ON sessions (uid, identity, number);
CREATE INDEX sessions_of_database ON sessions (database, number);
CREATE INDEX sessions_of_user ON sessions (user, number);
CREATE INDEX sessions_by_address ON sessions (uid, identity, address);
CREATE INDEX sessions_by_application ON sessions (uid, identity, application);

CREATE TRIGGER sessions_stay BEFORE DELETE ON sessions BEGIN
    SELECT RAISE(ABORT, 'sessions are never deleted');
END;
CREATE TRIGGER sessions_keep BEFORE UPDATE OF
    number, id, lease, database, profile, role, requester, uid, identity, user, host, server_number, since, started_at,
    start_known, in_database, address, port, application, encrypted, tls_version, cipher, novelties, first_seen_at
    ON sessions BEGIN
    SELECT RAISE(ABORT, 'what a session began with is never changed');
END;
CREATE TRIGGER sessions_end BEFORE UPDATE ON sessions WHEN OLD.ended_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a session that has ended is never changed');
END;
