-- The state of one installation, version 5: which identities there are on record, under which persons.

-- Small: a row for each identity, not for each request. By it what somebody did is found also when the configuration
-- called them something else then.
CREATE TABLE identities (
    identity    TEXT NOT NULL,                        -- as in requests and leases
    user        TEXT NOT NULL,                        -- the Unix user; empty for a token's
    person      TEXT NOT NULL,
    PRIMARY KEY (identity, user, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of_user ON identities (user);
INSERT INTO identities SELECT DISTINCT identity, iif(identity = 'uid:' || uid, user, ''), person FROM requests;
CREATE TRIGGER requests_identities AFTER INSERT ON requests BEGIN
    INSERT INTO identities VALUES (NEW.identity, iif(NEW.identity = 'uid:' || NEW.uid, NEW.user, ''), NEW.person)
        ON CONFLICT DO NOTHING;
END;
