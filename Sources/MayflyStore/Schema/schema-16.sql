-- The state of one installation, version 16: what servers' logs say of leases. See ServerLogSource.swift.

-- Lines, as profiles want them kept.
CREATE TABLE logged_lines (
    number   INTEGER PRIMARY KEY,
    lease    TEXT NOT NULL REFERENCES leases (id),
    backend  TEXT NOT NULL,                           -- the server's name of the session
    line     INTEGER NOT NULL,                        -- its number in that
    at       INTEGER NOT NULL,                        -- by the server's clock
    body     TEXT NOT NULL,                           -- JSON, see LoggedLine.swift; SHA-256 of all that come together is in the log
    UNIQUE (lease, backend, line)
) STRICT;
CREATE TRIGGER logged_lines_keep BEFORE UPDATE ON logged_lines BEGIN
    SELECT RAISE(ABORT, 'what a server logged is never changed');
END;

-- How much there is of each lease, and how much was left out.
CREATE TABLE logged_totals (
    lease     TEXT PRIMARY KEY REFERENCES leases (id),
    lines     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    left_out  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the log of each database's server was read.
CREATE TABLE server_logs (
    database  TEXT PRIMARY KEY,
    cursors   TEXT NOT NULL                           -- JSON, see LogCursor.swift
) STRICT, WITHOUT ROWID;

-- From where sessions are known.
ALTER TABLE sessions ADD COLUMN source TEXT NOT NULL DEFAULT 'look';
