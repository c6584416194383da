-- The state of one installation, version 12: what leases' sessions have run. See StatementSummary.swift.

CREATE TABLE statement_summaries (
    lease  TEXT PRIMARY KEY REFERENCES leases (id),
    body   TEXT NOT NULL                              -- JSON; its SHA-256 is in the log with each change
) STRICT, WITHOUT ROWID;
CREATE TRIGGER statement_summaries_stay BEFORE DELETE ON statement_summaries BEGIN
    SELECT RAISE(ABORT, 'what was run is never forgotten');
END;
