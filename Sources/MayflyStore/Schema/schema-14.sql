-- The state of one installation, version 14: signed checkpoints of the audit log, its pruning, and its words.

-- `body` is what was signed, and all that a checkpoint says. See AuditCheckpoint.swift.
CREATE TABLE audit_checkpoints (
    number      INTEGER PRIMARY KEY,                  -- 1, 2, 3, … without a gap
    sequence    INTEGER NOT NULL,                     -- the last audit record that it covers
    body        BLOB NOT NULL,
    signature   BLOB NOT NULL                         -- Ed25519
) STRICT;
CREATE INDEX audit_checkpoints_of_sequence ON audit_checkpoints (sequence);
CREATE TRIGGER audit_checkpoints_stay BEFORE DELETE ON audit_checkpoints BEGIN
    SELECT RAISE(ABORT, 'checkpoints are never deleted');
END;
CREATE TRIGGER audit_checkpoints_keep BEFORE UPDATE ON audit_checkpoints BEGIN
    SELECT RAISE(ABORT, 'checkpoints are never changed');
END;
CREATE TRIGGER audit_checkpoints_grow BEFORE INSERT ON audit_checkpoints
WHEN NEW.number IS NOT (SELECT ifnull(max(number), 0) + 1 FROM audit_checkpoints) BEGIN
    SELECT RAISE(ABORT, 'checkpoints are numbered without a gap');
END;

-- The last record that is not kept any more: everything up to it was pruned, and a checkpoint stands for it.
CREATE TABLE audit_pruned (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    sequence    INTEGER NOT NULL,
    hash        TEXT NOT NULL
) STRICT;
INSERT INTO audit_pruned VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
CREATE TRIGGER audit_pruned_goes_on BEFORE UPDATE ON audit_pruned WHEN NEW.sequence < OLD.sequence BEGIN
    SELECT RAISE(ABORT, 'what was pruned does not come back');
END;
CREATE TRIGGER audit_pruned_is_covered BEFORE UPDATE ON audit_pruned
WHEN NEW.sequence > (SELECT ifnull(max(sequence), 0) FROM audit_checkpoints) BEGIN
    SELECT RAISE(ABORT, 'what no checkpoint covers is not pruned');
END;
CREATE TRIGGER audit_pruned_stays BEFORE DELETE ON audit_pruned BEGIN
    SELECT RAISE(ABORT, 'what was pruned is never forgotten');
END;
DROP TRIGGER audit_stays;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit WHEN OLD.sequence > (SELECT sequence FROM audit_pruned) BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;
DROP TRIGGER audit_concerns_stay;
CREATE TRIGGER audit_concerns_stay BEFORE DELETE ON audit_concerns
WHEN OLD.sequence > (SELECT sequence FROM audit_pruned) BEGIN
    SELECT RAISE(ABORT, 'audit records are never deleted');
END;

-- The words of records, to be searched by. Filled after the commit that writes a record, as it costs more than the record;
-- `audit_indexed` says how far. Nothing is read from here but numbers: what a search shows is the record itself.
CREATE VIRTUAL TABLE audit_text USING fts5 (
    actor, action, outcome, request, lease, database, profile, role, reason, rule, details,
    content = '', tokenize = 'unicode61'
);
CREATE TABLE audit_indexed (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    sequence    INTEGER NOT NULL,
    words       INTEGER NOT NULL                      -- the version of how words are made: see AuditText.swift
) STRICT;
INSERT INTO audit_indexed VALUES (1, 0, 1);
