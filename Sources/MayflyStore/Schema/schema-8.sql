-- The state of one installation, version 8: the signed approvals that were used, each once and for ever.

CREATE TABLE approvals (
    authority   TEXT NOT NULL,                        -- its name in the configuration
    id          TEXT NOT NULL,                        -- the approval's own, `jti`
    request     TEXT NOT NULL REFERENCES requests (id),
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (authority, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER approvals_stay BEFORE DELETE ON approvals BEGIN
    SELECT RAISE(ABORT, 'a used approval is never forgotten');
END;
CREATE TRIGGER approvals_keep BEFORE UPDATE ON approvals BEGIN
    SELECT RAISE(ABORT, 'a used approval is never changed');
END;
