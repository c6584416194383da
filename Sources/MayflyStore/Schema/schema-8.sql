-- The state of one installation, version 8: the signed approvals that were used, each once and for ever.

CREATE TABLE approvals (
    issuer      TEXT NOT NULL,                        -- of the authority, `iss`: its name in the configuration may change
    id          TEXT NOT NULL,                        -- the approval's own, `jti`
    request     TEXT NOT NULL REFERENCES requests (id),
    used_at     INTEGER NOT NULL,
    PRIMARY KEY (issuer, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER approvals_stay BEFORE DELETE ON approvals BEGIN
    SELECT RAISE(ABORT, 'a used approval is never forgotten');
END;
CREATE TRIGGER approvals_keep BEFORE UPDATE ON approvals BEGIN
    SELECT RAISE(ABORT, 'a used approval is never changed');
END;
