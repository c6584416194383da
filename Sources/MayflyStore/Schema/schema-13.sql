-- The state of one installation, version 13: reports, and what auditors signed off.

-- From which lease, and from which request on a period is to be looked for. They grow at their end only, once for each.
CREATE INDEX leases_ended ON leases (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX requests_created ON requests (created_at);

-- Packs that auditors signed off, as they were then: what was signed can be shown again.
CREATE TABLE sign_offs (
    number      INTEGER PRIMARY KEY,                  -- the order of arrival
    id          TEXT NOT NULL UNIQUE,
    database    TEXT NOT NULL,
    period_from INTEGER NOT NULL,
    period_to   INTEGER NOT NULL,
    sha256      TEXT NOT NULL,                        -- of the pack's bytes
    pack        TEXT NOT NULL,                        -- JSON, the very bytes
    note        TEXT NOT NULL,
    signed_by   TEXT NOT NULL,                        -- JSON object: who
    signed_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_offs_of_database ON sign_offs (database, number);
CREATE TRIGGER sign_offs_stay BEFORE DELETE ON sign_offs BEGIN
    SELECT RAISE(ABORT, 'a sign-off is never deleted');
END;
CREATE TRIGGER sign_offs_keep BEFORE UPDATE ON sign_offs BEGIN
    SELECT RAISE(ABORT, 'a sign-off is never changed');
END;

-- From when on sessions are followed for sure, in milliseconds: of a lease that is older, nobody knows whether it was used.
INSERT INTO memos VALUES ('sessions_followed_since', CAST(CAST(strftime('%s', 'now') AS INTEGER) * 1000 AS BLOB));
