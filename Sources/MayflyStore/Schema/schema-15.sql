-- The state of one installation, version 15: sessions that are counted only, and when somebody looked for them at all.

-- See SessionsLeftOut.swift. A lease's sessions on record one by one are not among them.
CREATE TABLE sessions_left_out (
    lease     TEXT PRIMARY KEY REFERENCES leases (id),
    count     INTEGER NOT NULL,
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sessions_left_out_stay BEFORE DELETE ON sessions_left_out BEGIN
    SELECT RAISE(ABORT, 'sessions that were counted stay counted');
END;
CREATE TRIGGER sessions_left_out_grow BEFORE UPDATE ON sessions_left_out
WHEN NEW.lease <> OLD.lease OR NEW.count < OLD.count BEGIN
    SELECT RAISE(ABORT, 'sessions that were counted stay counted');
END;

-- See WatchedStretch.swift.
CREATE TABLE watched_stretches (
    database  TEXT NOT NULL,
    began_at  INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (database, began_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX watched_stretches_until ON watched_stretches (database, until);
CREATE TRIGGER watched_stretches_stay BEFORE DELETE ON watched_stretches BEGIN
    SELECT RAISE(ABORT, 'what was looked at is never forgotten');
END;
CREATE TRIGGER watched_stretches_keep BEFORE UPDATE ON watched_stretches
WHEN NEW.database <> OLD.database OR NEW.began_at <> OLD.began_at OR NEW.until < OLD.until BEGIN
    SELECT RAISE(ABORT, 'what was looked at is never unsaid');
END;
