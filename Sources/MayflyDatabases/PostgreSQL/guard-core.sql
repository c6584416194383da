-- Mayfly guard for PostgreSQL 13-18, module core, version 2.
--
-- What it is: the functions through which alone the Mayfly broker acts on this server. The broker's account
-- may execute them and nothing else, so what they refuse, a stolen broker cannot do. They make short-lived
-- login roles (mf_<tag>_...) that are members of group roles you allow here, and end those roles again.
--
-- Run it once per server with psql, as a superuser, on the writable server:  psql -f this-file
-- It makes the database `mayfly` with one schema of the same name, in one transaction, and the broker's
-- account when missing. It fails if the schema exists. Afterwards give the account its password
-- (\password, never a plain CREATE ROLE ... PASSWORD, which the server's log and statistics would keep) and see
-- that pg_hba.conf asks for it (scram-sha-256).
--
-- To change what is allowed later, edit the tables as a superuser in the database `mayfly`; it takes effect at once:
--   INSERT INTO mayfly.allowed_group VALUES ('orders_readonly');      DELETE ... takes it away (living leases stay,
--   INSERT INTO mayfly.allowed_setting VALUES ('statement_timeout');  but are not renewed)
--   INSERT INTO mayfly.allowed_owner VALUES ('orders_owner', false);  leases may create in its name; true: though it owns data
--   UPDATE mayfly.guard SET max_ttl_seconds = 14400, max_live = 500, max_issues_per_minute = 120;
--   UPDATE mayfly.guard SET statements = true;                   the broker may read what leases have run (pg_stat_statements)
--   DELETE FROM mayfly.lease WHERE ended_at < now() - interval '1 year';         the register is kept until you do
-- To end overdue roles when the broker is dead, let any scheduler call SELECT * FROM mayfly.end_overdue() each minute:
--   GRANT CONNECT ON DATABASE mayfly TO x; GRANT USAGE ON SCHEMA mayfly TO x;
--   GRANT EXECUTE ON FUNCTION mayfly.end_overdue() TO x;
-- Who is behind a role: SELECT * FROM mayfly.who;
-- A group role should own nothing: on 13-15 a lease can SET ROLE to it and leave things in its name.
-- Upgrades (mayflyd guard print DATABASE --upgrade) take the sections "changes", "functions" and "rights" of this file:
-- tables, and with them living leases, are never made anew. To remove it: mayflyd guard print DATABASE --uninstall
--
-- Functions that take a batch take one JSON array of flat objects with exactly the keys named, 500 at most, and
-- answer each member in order: sqlstate 00000 means done. A member that fails is undone alone. Codes of our own:
--   MF001 an argument is malformed                   MF008 too late: expired, or a verifier past its 5 minutes or used
--   MF002 the group is not allowed or missing        MF009 the role can still log in or has sessions
--   MF003 the group has a power no lease may have    MF010 the setting is not allowed
--   MF004 not a role of this guard                   MF011 this server is read-only (a standby)
--   MF005 the TTL is over the ceiling                MF012 the role is locked
--   MF006 too many live roles                        MF013 the transaction is not READ COMMITTED
--   MF007 too many issues in this minute             MF017 the owner is not allowed, or owns data already
-- Others are the server's own (42710: made before, differently).

\set ON_ERROR_STOP on
SET search_path = pg_catalog, pg_temp;
SET ROLE NONE;
SELECT 'CREATE DATABASE mayfly TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C'''
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mayfly') \gexec
\connect mayfly
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE NONE;        -- as whoever logged in, whatever role the database gives sessions to begin with
SET LOCAL client_min_messages = warning;
DO $$   -- its owner can drop it, and chose how it sorts and compares text
BEGIN
    IF NOT (SELECT o.rolsuper OR o.rolname = session_user FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba
             WHERE d.datname = current_database()) THEN
        RAISE 'the database mayfly was there before, and belongs to somebody who is no superuser and does not run this'
            USING HINT = 'see what it is, and drop it';
    END IF;
END $$;
REVOKE ALL ON DATABASE mayfly FROM PUBLIC;
ALTER DATABASE mayfly SET jit = off;             -- compiling these small queries takes longer than running them
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA mayfly;
DO $$   -- nor may those whom default privileges name go in
DECLARE stray text;
BEGIN
    FOR stray IN SELECT format('REVOKE ALL ON SCHEMA mayfly FROM %s CASCADE', coalesce(quote_ident(r.rolname), 'PUBLIC'))
                   FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
                  WHERE n.nspname = 'mayfly' AND a.grantee <> n.nspowner LOOP
        EXECUTE stray;
    END LOOP;
END $$;

-- section: tables
------------------------------------------------------------------------------------------------------- tables
-- As version 1 made them; what came later is in the section "changes".

CREATE TABLE mayfly.guard (                      -- one row; the DBA may change the ceilings
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    guard_version int NOT NULL,
    installation text NOT NULL CHECK (installation ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tag text NOT NULL CHECK (tag ~ '^[a-z0-9]{1,5}$'),
    broker text NOT NULL,
    max_ttl_seconds int NOT NULL CHECK (max_ttl_seconds BETWEEN 1 AND 31622400),
    max_live int NOT NULL CHECK (max_live BETWEEN 1 AND 1000000),
    max_issues_per_minute int NOT NULL CHECK (max_issues_per_minute BETWEEN 1 AND 1000000));

CREATE TABLE mayfly.allowed_group (name text PRIMARY KEY);
CREATE TABLE mayfly.allowed_setting (name text PRIMARY KEY);

-- Issues in the running minute. Its one row is also the lock that makes the ceilings hold between connections.
CREATE TABLE mayfly.issued (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    minute timestamptz NOT NULL,
    count int NOT NULL);
INSERT INTO mayfly.issued VALUES (true, now(), 0);

CREATE TABLE mayfly.lease (                      -- the register: every role this guard made
    lease uuid PRIMARY KEY,
    role text NOT NULL,
    role_oid oid NOT NULL,
    system_identifier bigint NOT NULL,           -- rows that a restore brought from another cluster are ignored
    groups text[] NOT NULL,
    settings text[] NOT NULL,                    -- as the catalogue had them after issue
    verifier_sha256 bytea NOT NULL,
    requester text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    first_session_at timestamptz,
    locked_at timestamptz,
    locked_in xid8,                              -- the transaction that locked it last: it is dropped in a later one
    attempted_at timestamptz,                    -- by end_overdue, for its turns
    ended_at timestamptz);
CREATE INDEX lease_live ON mayfly.lease (system_identifier) WHERE ended_at IS NULL;
CREATE INDEX lease_oid ON mayfly.lease (role_oid);

-- section: changes
------------------------------------------------------------------------------------------------------ changes
-- What the tables got since version 1, for living registers too, so each statement may be repeated: ALTER TABLE ... ADD
-- COLUMN IF NOT EXISTS ... DEFAULT ..., CREATE TABLE IF NOT EXISTS ...

-- In whose name leases may create: their sessions begin with SET ROLE to it, and have all of its powers. So it may own
-- nothing yet, unless ddl_as_owner says that leases are meant to work on what it owns.
CREATE TABLE IF NOT EXISTS mayfly.allowed_owner (name text PRIMARY KEY, ddl_as_owner boolean NOT NULL);

-- Whether the broker may read what leases have run (`statements`). A DBA says so.
ALTER TABLE mayfly.guard ADD COLUMN IF NOT EXISTS statements boolean NOT NULL DEFAULT false;

ALTER TABLE mayfly.lease
    ADD COLUMN IF NOT EXISTS connection_limit int,              -- NULL for roles made before
    ADD COLUMN IF NOT EXISTS owner text,                        -- in whose name its sessions create
    ADD COLUMN IF NOT EXISTS issued_in xid8,                    -- by which transaction: what its owner has since is younger
    ADD COLUMN IF NOT EXISTS found text NOT NULL DEFAULT '';    -- at its end, of what it was not given: powers, memberships

-- No more live than that: ended ones are not taken off before it is counted anew. NULL: not counted yet.
ALTER TABLE mayfly.issued ADD COLUMN IF NOT EXISTS live_at_most int;

-- section: functions
------------------------------------------------------------------------------- arguments (nobody may call these)

-- Reads a file: in a query it stands in a SELECT of its own, so as not to be asked for each row.
CREATE FUNCTION mayfly.cluster() RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT system_identifier FROM pg_control_system()';

-- The members of a batch. Refuses what is not a batch, and a transaction whose snapshot may be old: the
-- caller could otherwise have the group's powers judged as they were when it began.
CREATE FUNCTION mayfly.members(batch jsonb, writes boolean) RETURNS TABLE (ordinal int, member jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    IF batch IS NULL OR jsonb_typeof(batch) <> 'array' THEN
        RAISE 'the batch is not an array' USING ERRCODE = 'MF001';
    ELSIF jsonb_array_length(batch) > 500 THEN
        RAISE 'the batch has more than 500 members' USING ERRCODE = 'MF001';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(batch) e GROUP BY e ->> 'lease' HAVING count(e ->> 'lease') > 1) THEN
        RAISE 'the batch names a lease twice' USING ERRCODE = 'MF001';
    ELSIF writes AND (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) THEN
        RAISE 'this server is read-only' USING ERRCODE = 'MF011';
    ELSIF writes AND current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'the transaction is not READ COMMITTED' USING ERRCODE = 'MF013';
    END IF;
    RETURN QUERY SELECT e.n::int, e.value FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n;
END $$;

-- A member has exactly the keys of `shape`, each of the JSON type named there (so never null).
CREATE FUNCTION mayfly.check_shape(member jsonb, shape jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF jsonb_typeof(member) <> 'object' THEN
        RAISE 'a member is not an object' USING ERRCODE = 'MF001';
    ELSIF EXISTS (SELECT FROM jsonb_each(member) m FULL JOIN jsonb_each_text(shape) s USING (key)
                   WHERE jsonb_typeof(m.value) IS DISTINCT FROM s.value) THEN
        RAISE 'a member must have exactly these keys and types: %', shape USING ERRCODE = 'MF001';
    ELSIF member ->> 'lease' !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        RAISE 'the lease is not a lowercase UUID' USING ERRCODE = 'MF001';
    END IF;
END $$;

CREATE FUNCTION mayfly.whole_number(value jsonb, low int, high int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    IF value::numeric < low OR value::numeric > high OR value::numeric <> trunc(value::numeric) THEN
        RAISE 'not a whole number between % and %', low, high USING ERRCODE = 'MF001';
    END IF;
    RETURN value::numeric::int;
END $$;

-- Text that people will read: bounded, on one line, without characters that hide or reorder other text.
CREATE FUNCTION mayfly.check_text(value text, what text, most int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF length(value) > most OR value ~ E'[\u0001-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\U000E0000-\U000E007F]' THEN
        RAISE 'the % is longer than % or has control characters', what, most USING ERRCODE = 'MF001';
    END IF;
END $$;

-- A SCRAM verifier in full: whatever the server does not take for one, it would store or hash as a plain password.
-- Iterations are bounded, as the server computes them once when the role is made.
CREATE FUNCTION mayfly.check_verifier(verifier text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF verifier !~ ('^SCRAM-SHA-256[$]([1-9][0-9]{0,4}|100000):'
                 || '([A-Za-z0-9+/]{4}){1,16}([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)[$]'
                 || '[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$') THEN
        RAISE 'the verifier is not SCRAM-SHA-256 with 1 to 100000 iterations' USING ERRCODE = 'MF001';
    END IF;
END $$;

CREATE FUNCTION mayfly.check_ttl(value jsonb) RETURNS interval LANGUAGE plpgsql AS $$
DECLARE most int := (SELECT max_ttl_seconds FROM mayfly.guard);
BEGIN
    IF most IS NULL OR value::numeric > most THEN   -- NULL: the row of the ceilings is gone
        RAISE 'the TTL is over the ceiling of % seconds', most USING ERRCODE = 'MF005';
    END IF;
    RETURN make_interval(secs => mayfly.whole_number(value, 1, most));
END $$;

-- Groups are allowed by name, and neither they nor anything above them may hold a power that outlives or exceeds a
-- lease: attributes, predefined roles, the right to hand memberships on, this guard. Judged anew at each renewal,
-- as somebody may have granted the group more since. `roles` is where the walk up begins.
CREATE FUNCTION mayfly.check_powers(roles oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE culprit text;
BEGIN
    WITH RECURSIVE up (oid, admin) AS (
        SELECT unnest(roles), false
         UNION
        SELECT m.roleid, m.admin_option FROM up JOIN pg_auth_members m ON m.member = up.oid)
    SELECT coalesce(r.rolname, up.oid::text) INTO culprit FROM up LEFT JOIN pg_roles r ON r.oid = up.oid
     WHERE r.oid IS NULL OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
        OR r.oid < 16384 OR up.admin OR has_function_privilege(r.oid, 'mayfly.issue(jsonb)', 'EXECUTE') LIMIT 1;
    IF culprit IS NOT NULL THEN
        RAISE 'role % has, or is reached with, a power no lease may have', culprit USING ERRCODE = 'MF003';
    END IF;
END $$;

-- The groups of which a narrowed group (module narrowing) holds a part, as its comment says; NULL for what is none, and for one
-- that was not compared with them within five minutes, can log in or is a member of something. Who could write such a comment
-- may make roles anyway.
CREATE FUNCTION mayfly.bases_of(group_name text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    prefix text := (SELECT format('mayfly narrowed installation=%s compared=', g.installation) FROM mayfly.guard g);
    said text := (SELECT shobj_description(r.oid, 'pg_authid') FROM pg_roles r
                   WHERE r.rolname = group_name AND group_name ~ ('^mfn_' || (SELECT tag FROM mayfly.guard) || '_[0-9a-f]{32}$')
                     AND NOT r.rolcanlogin AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid));
BEGIN
    IF starts_with(said, prefix)
       AND substr(said, length(prefix) + 1, 20)::timestamptz BETWEEN clock_timestamp() - interval '5 minutes' AND clock_timestamp() THEN
        RETURN (SELECT nullif(array_agg(b), '{}')
                  FROM jsonb_array_elements_text(substr(said, length(prefix) + 25)::jsonb -> 'bases') b);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mayfly.check_groups(groups text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    g text;
    allowed text;
    group_oid oid;
BEGIN
    FOREACH g IN ARRAY groups LOOP
        FOREACH allowed IN ARRAY coalesce(mayfly.bases_of(g), ARRAY[g]) LOOP
            SELECT r.oid INTO group_oid FROM mayfly.allowed_group a JOIN pg_roles r ON r.rolname = a.name WHERE a.name = allowed;
            IF NOT FOUND THEN
                RAISE 'group % is not allowed or does not exist', allowed USING ERRCODE = 'MF002';
            END IF;
            PERFORM mayfly.check_powers(ARRAY[group_oid]);
        END LOOP;
        IF g <> allowed THEN
            PERFORM mayfly.check_powers(ARRAY[(SELECT r.oid FROM pg_roles r WHERE r.rolname = g)]);
        END IF;
    END LOOP;
END $$;

-- `owner` may give its name to what leases create.
CREATE FUNCTION mayfly.check_owner(owner text, is_new boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    allowed mayfly.allowed_owner;
    culprit text;
    owner_oid oid := (SELECT r.oid FROM pg_roles r WHERE r.rolname = $1);
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        RAISE 'leases create in an owner''s name only where a superuser owns the guard' USING ERRCODE = 'MF017';
    END IF;
    SELECT * INTO allowed FROM mayfly.allowed_owner a WHERE a.name = $1;
    IF NOT FOUND OR owner_oid IS NULL THEN
        RAISE 'owner % is not allowed or does not exist', owner USING ERRCODE = 'MF017';
    END IF;
    PERFORM mayfly.check_powers(ARRAY[owner_oid]);
    -- What the roles above it own, it can do anything with too. At a renewal what it owns itself is not looked at: the lease
    -- was issued to make that, and what was given to it meanwhile its sessions can use already, renewed or not.
    IF NOT allowed.ddl_as_owner THEN
        WITH RECURSIVE up (oid) AS (
            SELECT owner_oid
             UNION
            SELECT m.roleid FROM up JOIN pg_auth_members m ON m.member = up.oid)
        SELECT up.oid::regrole::text INTO culprit FROM up
         WHERE (is_new OR up.oid <> owner_oid)
           AND EXISTS (SELECT FROM pg_shdepend s WHERE s.deptype = 'o' AND s.refclassid = 'pg_authid'::regclass
                          AND s.refobjid = up.oid) LIMIT 1;
        IF culprit IS NOT NULL THEN
            RAISE 'owner % has objects already, which % owns: a lease could do with them what an owner can', owner, culprit
                USING ERRCODE = 'MF017';
        END IF;
    END IF;
END $$;

------------------------------------------------------------------------- what is ours (nobody may call these)

CREATE FUNCTION mayfly.comment_prefix(lease uuid) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT format('mayfly installation=%s lease=%s until=', g.installation, $1) FROM mayfly.guard g);
END $$;

-- Anyone may read it (\du+). The requester comes last, so that it cannot forge the rest; the reason is not in it.
CREATE FUNCTION mayfly.write_comment(l mayfly.lease) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COMMENT ON ROLE %I IS %L', l.role, mayfly.comment_prefix(l.lease)
        || to_char(l.valid_until, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' requester=' || l.requester);
END $$;

-- Who holds rows of the register. Which ones cannot be told: of a subtransaction's there is no lock to see. A prepared transaction
-- has no pid.
CREATE FUNCTION mayfly.register_holders() RETURNS SETOF pg_locks LANGUAGE sql AS $$
    SELECT k.* FROM pg_locks k WHERE k.granted AND k.locktype = 'relation' AND k.mode IN ('RowShareLock', 'RowExclusiveLock')
       AND k.relation = 'mayfly.lease'::regclass AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
$$;

-- Ends the transactions of the broker's account with these pids, if they are idle or last longer than a call of its: a thief of the
-- account could otherwise keep leases from being locked. Three seconds is long for one that only computes (a batch of 50
-- verifiers); one that waits for others may take longer. An advisory lock is no call's of ours.
CREATE FUNCTION mayfly.end_calls(pids int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(a.pid) FROM mayfly.guard g JOIN pg_stat_activity a ON a.usename = g.broker
      WHERE a.pid = ANY (pids) AND a.pid <> pg_backend_pid()
        AND a.xact_start < clock_timestamp() - CASE WHEN a.state LIKE 'idle in transaction%' THEN interval '500 milliseconds'
                                                    WHEN a.wait_event_type = 'Lock' AND a.wait_event <> 'advisory' THEN interval '20 seconds'
                                                    ELSE interval '3 seconds' END;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN;                                      -- the guard's owner may not: then nobody ends them
END $$;

-- The register's row of a lease, locked; waits for it up to two seconds, longer than a thief may be idle. It does not queue for it:
-- one after the other could stand before us.
CREATE FUNCTION mayfly.locked_row(id uuid) RETURNS mayfly.lease LANGUAGE plpgsql AS $$
DECLARE
    l mayfly.lease;
    until timestamptz := clock_timestamp() + interval '2 seconds';
BEGIN
    LOOP
        SELECT * INTO l FROM mayfly.lease x WHERE x.lease = id AND x.system_identifier = (SELECT mayfly.cluster()) FOR UPDATE SKIP LOCKED;
        IF FOUND OR NOT EXISTS (SELECT FROM mayfly.lease x WHERE x.lease = id AND x.system_identifier = (SELECT mayfly.cluster())) THEN
            RETURN l;
        ELSIF clock_timestamp() > until THEN
            RAISE 'another transaction holds the register''s row of the lease' USING ERRCODE = '55P03';
        END IF;
        PERFORM mayfly.end_calls(ARRAY(SELECT h.pid FROM mayfly.register_holders() h));
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;

-- The register's row of a lease, locked against our own other calls when `for_change`.
CREATE FUNCTION mayfly.registered(id text, for_change boolean) RETURNS mayfly.lease LANGUAGE plpgsql AS $$
DECLARE l mayfly.lease;
BEGIN
    IF for_change THEN
        l := mayfly.locked_row(id::uuid);
    ELSE
        SELECT * INTO l FROM mayfly.lease x WHERE x.lease = id::uuid AND x.system_identifier = (SELECT mayfly.cluster());
    END IF;
    IF l.lease IS NULL THEN
        RAISE 'lease % is not in the register', id USING ERRCODE = 'MF004';
    END IF;
    RETURN l;
END $$;

-- How the catalogue and the register agree. `foreign` means a person must look: renamed, or its comment changed.
CREATE FUNCTION mayfly.standing(l mayfly.lease) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN l.ended_at IS NOT NULL THEN 'ended'
                WHEN r.oid IS NULL OR NOT (r.named OR r.commented) THEN 'gone'    -- dropped; perhaps its OID was reused
                WHEN r.named AND r.commented THEN 'live'
                ELSE 'foreign' END
      FROM (SELECT) AS one LEFT JOIN LATERAL (
            SELECT p.oid, p.rolname = l.role AS named,
                   starts_with(coalesce(shobj_description(p.oid, 'pg_authid'), ''), mayfly.comment_prefix(l.lease)) AS commented
              FROM pg_roles p WHERE p.oid = l.role_oid) AS r ON true
$$;

-- Its role in the catalogue, by name and OID; NULL when it is gone. A role that was renamed is nobody's to touch.
CREATE FUNCTION mayfly.catalogued(l mayfly.lease) RETURNS pg_roles LANGUAGE plpgsql AS $$
DECLARE r pg_roles;
BEGIN
    SELECT * INTO r FROM pg_roles p WHERE p.oid = l.role_oid;
    IF r.rolname <> l.role AND mayfly.standing(l) = 'foreign' THEN
        RAISE 'role % was renamed to %', l.role, r.rolname USING ERRCODE = 'MF004';
    ELSIF r.rolname <> l.role THEN
        r := NULL;
    END IF;
    RETURN r;
END $$;

-- Whether a backend with the lease's OID is the lease's. While the role exists its name says so, whenever the backend
-- started: a connection may be opened before the role is made, and authenticate after. Those that outlived DROP ROLE are
-- told by the time from others whose role got the OID anew; authentication_timeout is at most 10 minutes.
CREATE FUNCTION mayfly.belongs(l mayfly.lease, role name, started timestamptz) RETURNS boolean LANGUAGE sql AS $$
    SELECT CASE WHEN role IS NOT NULL THEN role = l.role
                ELSE started >= l.created_at - interval '10 minutes'
                     AND (l.ended_at IS NULL OR started < l.ended_at + interval '1 minute') END
$$;

CREATE FUNCTION mayfly.backends(l mayfly.lease) RETURNS TABLE (pid int) LANGUAGE sql AS $$
    SELECT a.pid FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
     WHERE a.usesysid = l.role_oid AND mayfly.belongs(l, r.rolname, a.backend_start)
$$;

CREATE FUNCTION mayfly.settings_of(role oid) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(s.setdatabase || ' ' || c ORDER BY 1, s.setdatabase || ' ' || c), '{}')
              FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setrole = $1);
END $$;

-- NULL where the guard's owner may not read it (a managed service without superuser).
CREATE FUNCTION mayfly.verifier_sha256_of(role oid) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
    IF NOT has_table_privilege('pg_authid', 'SELECT') THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT sha256(convert_to(coalesce(a.rolpassword, ''), 'UTF8')) FROM pg_authid a WHERE a.oid = $1);
END $$;

-- What hangs on a role: [{database, kind, count}], and prepared transactions with the statement for a DBA.
CREATE FUNCTION mayfly.dependents(l mayfly.lease) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg(x.entry), '[]') FROM (
        SELECT jsonb_build_object('database', d.datname, 'kind', k.kind, 'count', count(*)) AS entry
          FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid,
               LATERAL (SELECT CASE WHEN s.classid = 'pg_default_acl'::regclass THEN 'default_acl'
                    ELSE CASE s.deptype WHEN 'o' THEN 'owner' WHEN 'a' THEN 'acl' WHEN 'r' THEN 'policy'
                                        WHEN 'i' THEN 'initacl' ELSE s.deptype::text END END) AS k (kind)
         WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = l.role_oid GROUP BY d.datname, k.kind
         UNION ALL
        SELECT jsonb_build_object('database', p.database, 'kind', 'prepared', 'count', 1, 'gid', p.gid,
                                  'statement', 'ROLLBACK PREPARED ' || quote_literal(p.gid))
          FROM pg_prepared_xacts p WHERE p.owner = l.role) AS x
$$;

----------------------------------------------------------------------------------------------------- issue

-- Whether a log setting of a role would have the server log less than it does without: the role's own beats that of the server and of
-- any database, which only a superuser sets. What the server has is seen here by the broker's session; where that is set for the
-- broker or this database, it counts all the same. What cannot be read counts as most.
CREATE FUNCTION mayfly.logs_less(option text, value text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT s.reset_val FROM pg_settings s WHERE s.name = option
                      UNION ALL
                     SELECT substr(c, length(option) + 2) FROM pg_db_role_setting d, unnest(d.setconfig) c
                      WHERE d.setrole = 0 AND starts_with(c, option || '=')) AS x (now),
             LATERAL (SELECT lower(btrim(x.now))) AS n (now)
         WHERE CASE option WHEN 'log_statement'
                    THEN array_position('{none,ddl,mod,all}', value) < coalesce(array_position('{none,ddl,mod,all}', n.now), 4)
                    ELSE value::int > CASE WHEN n.now ~ '^-' THEN 2147483647 WHEN n.now ~ '^[0-9]{1,9}$' THEN n.now::int
                                           WHEN n.now ~ '^[0-9]{1,9} *(ms|s|min|h|d)$' THEN extract(epoch FROM n.now::interval) * 1000 ELSE 0 END END)
$$;

-- Makes one login role, not yet a member of anything, and its row in the register. Groups in `judged` were found to be
-- allowed and without powers in this call.
CREATE FUNCTION mayfly.make_role(member jsonb, judged text[]) RETURNS mayfly.lease LANGUAGE plpgsql AS $$
DECLARE
    l mayfly.lease;
    option text;
    value text;
    connections int := mayfly.whole_number(member -> 'connection_limit', 1, 1000);
    ttl interval := mayfly.check_ttl(member -> 'ttl_seconds');
    verifier text := member ->> 'verifier';
BEGIN
    l.lease := member ->> 'lease';
    l.role := member ->> 'role';
    l.system_identifier := mayfly.cluster();
    l.requester := member ->> 'requester';
    l.reason := member ->> 'reason';
    l.groups := ARRAY(SELECT jsonb_array_elements_text(member -> 'groups'));
    l.owner := member ->> 'owner';
    l.issued_in := pg_current_xact_id();
    l.found := '';
    IF l.role !~ ('^mf_' || (SELECT tag FROM mayfly.guard) || '_[a-z0-9]{1,8}_[a-z2-7]{13}$') THEN
        RAISE 'the role name is not one of this installation' USING ERRCODE = 'MF001';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(member -> 'groups') e WHERE jsonb_typeof(e) <> 'string')
       OR EXISTS (SELECT FROM jsonb_each(member -> 'settings') e WHERE jsonb_typeof(e.value) <> 'string')
       OR cardinality(l.groups) NOT BETWEEN 1 AND 16 THEN
        RAISE 'groups are 1 to 16 strings, settings are strings' USING ERRCODE = 'MF001';
    END IF;
    PERFORM mayfly.check_verifier(verifier);
    PERFORM mayfly.check_text(l.requester, 'requester', 200);
    PERFORM mayfly.check_text(l.reason, 'reason', 2000);
    IF NOT l.groups <@ judged THEN
        PERFORM mayfly.check_groups(l.groups);
    END IF;
    IF l.owner IS NOT NULL THEN
        PERFORM mayfly.check_owner(l.owner, true);
    END IF;
    l.created_at := clock_timestamp();
    l.valid_until := l.created_at + ttl;
    l.connection_limit := connections;

    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT '
        'CONNECTION LIMIT %s PASSWORD %L VALID UNTIL %L', l.role, connections, verifier, l.valid_until);
    l.role_oid := (SELECT r.oid FROM pg_roles r WHERE r.rolname = l.role);
    PERFORM mayfly.write_comment(l);

    -- ALTER ROLE ... SET is checked with the definer's rights: only what a session may set for itself anyway.
    FOR option, value IN SELECT * FROM jsonb_each_text(member -> 'settings') LOOP
        IF option IN ('role', 'session_authorization') OR option LIKE '%libraries'
           OR NOT EXISTS (SELECT FROM mayfly.allowed_setting a JOIN pg_settings s ON s.name = a.name
                           WHERE a.name = option
                             -- ... and what makes the server log statements, which it cannot undo. Never what ends that.
                             AND (s.context = 'user' OR option = 'log_statement' AND value IN ('ddl', 'mod', 'all')
                                  OR option = 'log_min_duration_statement' AND value ~ '^[0-9]{1,9}$')) THEN
            RAISE 'setting % is not allowed', option USING ERRCODE = 'MF010';
        ELSIF option IN ('log_statement', 'log_min_duration_statement') AND mayfly.logs_less(option, value) THEN
            RAISE 'setting % would have the server log less of this role than of others', option USING ERRCODE = 'MF010';
        END IF;
        PERFORM mayfly.check_text(value, 'value of ' || option, 1000);
        EXECUTE format('ALTER ROLE %I SET %I TO %s', l.role, option,
            CASE WHEN option IN ('search_path', 'temp_tablespaces')      -- lists of names
                 THEN (SELECT string_agg(quote_literal(e), ', ') FROM regexp_split_to_table(value, ' *, *') e)
                 ELSE quote_literal(value) END);
    END LOOP;
    IF l.owner IS NOT NULL THEN
        -- ALTER ROLE ... SET role, which the server does not let a definer's function say.
        UPDATE pg_db_role_setting s SET setconfig = s.setconfig || ('role=' || l.owner)
         WHERE s.setrole = l.role_oid AND s.setdatabase = 0;
        IF NOT FOUND THEN
            INSERT INTO pg_db_role_setting VALUES (0, l.role_oid, ARRAY['role=' || l.owner]);
        END IF;
    END IF;
    l.settings := mayfly.settings_of(l.role_oid);
    l.verifier_sha256 := sha256(convert_to(verifier, 'UTF8'));
    INSERT INTO mayfly.lease SELECT l.*;
    RETURN l;
END $$;

-- How many roles more may live, and be made within this minute; below zero when there are too many already. Counts the live only
-- when there might be no room for `wanted`, so that it costs the same however many there are. `alone`: the row of mayfly.issued
-- is ours, and those wanted stand in the register.
CREATE FUNCTION mayfly.room(wanted int, alone boolean, OUT live int, OUT minute int) LANGUAGE plpgsql AS $$
DECLARE others int;
BEGIN
    SELECT g.max_live - i.live_at_most,
           g.max_issues_per_minute - CASE WHEN i.minute BETWEEN clock_timestamp() - interval '1 minute'
                                               AND clock_timestamp() THEN i.count ELSE 0 END
      INTO live, minute FROM mayfly.guard g, mayfly.issued i;
    IF live IS NULL OR live < wanted THEN
        others := (SELECT count(*) FROM mayfly.lease x WHERE x.ended_at IS NULL AND x.system_identifier = (SELECT mayfly.cluster()))
                  - CASE WHEN alone THEN wanted ELSE 0 END;
        live := (SELECT g.max_live - others FROM mayfly.guard g);
        IF alone THEN
            UPDATE mayfly.issued SET live_at_most = others;
        END IF;
    END IF;
END $$;

CREATE FUNCTION mayfly.check_room(live int, minute int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF live IS NULL OR minute IS NULL THEN
        RAISE 'the ceilings are not known: mayfly.guard or mayfly.issued has lost its row' USING ERRCODE = 'MF006';
    ELSIF minute < 1 THEN
        RAISE 'the ceiling of issues per minute is reached' USING ERRCODE = 'MF007';
    ELSIF live < 1 THEN
        RAISE 'the ceiling of live roles is reached' USING ERRCODE = 'MF006';
    END IF;
END $$;

-- [{lease, role, verifier, groups: [..], ttl_seconds, connection_limit, settings: {name: value}, requester, reason}],
-- and `owner` where its sessions create in the name of one. Makes roles. To repeat a member that was done (a reply was lost) answers as it did then.
CREATE FUNCTION mayfly.issue(batch jsonb)
RETURNS TABLE (ordinal int, lease text, role_oid oid, valid_until timestamptz, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    made mayfly.lease[] := '{}';
    fresh int[] := '{}';
    code text[] := '{}';
    note text[] := '{}';
    judged text[] := '{}';
    granted int := 0;
    live_room int;
    minute_room int;
BEGIN
    -- Make the roles. Hashing takes milliseconds each: other connections do theirs at the same time.
    FOR m IN SELECT * FROM mayfly.members(batch, true) LOOP
        made[m.ordinal] := NULL; code[m.ordinal] := '00000'; note[m.ordinal] := '';
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string", "role": "string", "verifier": "string",
                "groups": "array", "ttl_seconds": "number", "connection_limit": "number", "settings": "object",
                "requester": "string", "reason": "string"}'::jsonb
                || CASE WHEN m.member ? 'owner' THEN '{"owner": "string"}'::jsonb ELSE '{}' END);
            SELECT * INTO l FROM mayfly.lease x WHERE x.lease = (m.member ->> 'lease')::uuid;
            IF FOUND THEN
                IF mayfly.standing(l) <> 'live' OR l.role <> m.member ->> 'role'
                   OR l.verifier_sha256 <> sha256(convert_to(m.member ->> 'verifier', 'UTF8')) THEN
                    RAISE 'the lease was issued before, with another role or verifier, or is over' USING ERRCODE = '42710';
                END IF;
            ELSE
                IF live_room IS NULL THEN
                    SELECT * INTO live_room, minute_room FROM mayfly.room(jsonb_array_length(batch), false);
                END IF;
                PERFORM mayfly.check_room(live_room - cardinality(fresh), minute_room - cardinality(fresh));
                l := mayfly.make_role(m.member, judged);
                judged := judged || l.groups;
                fresh := fresh || m.ordinal;
            END IF;
            made[m.ordinal] := l;
        EXCEPTION WHEN OTHERS THEN
            code[m.ordinal] := SQLSTATE; note[m.ordinal] := SQLERRM;
        END;
    END LOOP;

    -- From here on one connection at a time: count, then grant. What is over a ceiling is undone.
    IF fresh <> '{}' THEN
        UPDATE mayfly.issued i SET (minute, count) = (SELECT clock_timestamp(), 0)
         WHERE i.minute NOT BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp();
        PERFORM FROM mayfly.issued FOR UPDATE;
        SELECT * INTO live_room, minute_room FROM mayfly.room(cardinality(fresh), true);
    END IF;
    FOREACH ordinal IN ARRAY fresh LOOP
        l := made[ordinal];
        BEGIN
            PERFORM mayfly.check_room(live_room - granted, minute_room - granted);
            EXECUTE format('GRANT %s TO %I%s', (SELECT string_agg(quote_ident(x), ', ') FROM unnest(l.groups) x), l.role,
                -- Since 16: the group's privileges, but not SET ROLE to it, which would leave objects in its name.
                CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT TRUE, SET FALSE' END);
            IF l.owner IS NOT NULL THEN
                EXECUTE format('GRANT %I TO %I%s', l.owner, l.role,
                    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' END);
            END IF;
            granted := granted + 1;
        EXCEPTION WHEN OTHERS THEN
            code[ordinal] := SQLSTATE; note[ordinal] := SQLERRM;
        END;
        IF code[ordinal] <> '00000' THEN
            made[ordinal] := NULL;
            EXECUTE format('DROP ROLE %I', l.role);
            DELETE FROM mayfly.lease x WHERE x.lease = l.lease;
        END IF;
    END LOOP;
    IF granted > 0 THEN
        UPDATE mayfly.issued SET count = count + granted, live_at_most = live_at_most + granted;
    END IF;

    RETURN QUERY SELECT e.n::int, e.value ->> 'lease', (made[e.n]).role_oid, (made[e.n]).valid_until, code[e.n], note[e.n]
      FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n;
END $$;

------------------------------------------------------------------------------------------- during the lease

-- [{lease, ttl_seconds}]: moves the expiry out, never in, and never beyond the ceiling counted from creation.
CREATE FUNCTION mayfly.renew(batch jsonb)
RETURNS TABLE (ordinal int, lease text, valid_until timestamptz, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    r pg_roles;
    until timestamptz;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, true) LOOP
        code := '00000'; note := ''; until := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string", "ttl_seconds": "number"}');
            l := mayfly.registered(m.member ->> 'lease', true);
            r := mayfly.catalogued(l);
            until := greatest(l.valid_until, clock_timestamp() + mayfly.check_ttl(m.member -> 'ttl_seconds'));
            IF r.oid IS NULL OR l.ended_at IS NOT NULL THEN
                RAISE 'the role is gone' USING ERRCODE = 'MF004';
            ELSIF NOT r.rolcanlogin OR l.locked_at IS NOT NULL THEN
                RAISE 'the role is locked' USING ERRCODE = 'MF012';
            ELSIF l.valid_until <= clock_timestamp() THEN
                RAISE 'the lease has expired' USING ERRCODE = 'MF008';
            ELSIF until > l.created_at + make_interval(secs => (SELECT max_ttl_seconds FROM mayfly.guard)) THEN
                RAISE 'the expiry would be over the ceiling, counted from creation' USING ERRCODE = 'MF005';
            END IF;
            PERFORM mayfly.check_groups(l.groups);
            PERFORM mayfly.check_powers(ARRAY[r.oid]);     -- also what somebody else granted to it
            IF l.owner IS NOT NULL THEN
                PERFORM mayfly.check_owner(l.owner, false);
            END IF;
            EXECUTE format('ALTER ROLE %I VALID UNTIL %L', l.role, until);
            l.valid_until := until;
            PERFORM mayfly.write_comment(l);
            UPDATE mayfly.lease x SET valid_until = until WHERE x.lease = l.lease;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; until := NULL;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', until, code, note;
    END LOOP;
END $$;

-- [{lease, verifier}]: a new password for a credential whose reply was lost. Within 5 minutes, and only while
-- nobody has used the old one.
CREATE FUNCTION mayfly.replace_verifier(batch jsonb)
RETURNS TABLE (ordinal int, lease text, valid_until timestamptz, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    r pg_roles;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, true) LOOP
        code := '00000'; note := ''; l := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string", "verifier": "string"}');
            PERFORM mayfly.check_verifier(m.member ->> 'verifier');
            l := mayfly.registered(m.member ->> 'lease', true);
            r := mayfly.catalogued(l);
            IF r.oid IS NULL OR l.ended_at IS NOT NULL THEN
                RAISE 'the role is gone' USING ERRCODE = 'MF004';
            ELSIF NOT r.rolcanlogin OR l.locked_at IS NOT NULL THEN
                RAISE 'the role is locked' USING ERRCODE = 'MF012';
            ELSIF least(l.valid_until, l.created_at + interval '5 minutes') <= clock_timestamp() THEN
                RAISE 'the 5 minutes are over' USING ERRCODE = 'MF008';
            ELSIF l.first_session_at IS NOT NULL OR EXISTS (SELECT FROM mayfly.backends(l)) THEN
                RAISE 'the role has been used' USING ERRCODE = 'MF008';
            END IF;
            EXECUTE format('ALTER ROLE %I PASSWORD %L', l.role, m.member ->> 'verifier');
            UPDATE mayfly.lease x SET verifier_sha256 = sha256(convert_to(m.member ->> 'verifier', 'UTF8'))
             WHERE x.lease = l.lease;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; l := NULL;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', l.valid_until, code, note;
    END LOOP;
END $$;

-- Live sessions of our roles. Remembers that a role was used (not on a standby).
CREATE FUNCTION mayfly.sessions()
RETURNS TABLE (lease text, role text, pid int, backend_start timestamptz, database text, client_addr text,
               client_port int, application_name text, state text, state_change timestamptz, ssl boolean)
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean THEN
        UPDATE mayfly.lease x SET first_session_at = clock_timestamp()
          FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
         WHERE x.role_oid = a.usesysid AND x.first_session_at IS NULL AND x.system_identifier = (SELECT mayfly.cluster())
           AND mayfly.belongs(x, r.rolname, a.backend_start);
    END IF;
    RETURN QUERY SELECT l.lease::text, l.role, a.pid, a.backend_start, a.datname::text, host(a.client_addr),
                        a.client_port, a.application_name, a.state, a.state_change, coalesce(s.ssl, false)
      FROM pg_stat_activity a JOIN mayfly.lease l ON l.role_oid = a.usesysid AND l.system_identifier = (SELECT mayfly.cluster())
      LEFT JOIN pg_roles r ON r.oid = a.usesysid LEFT JOIN pg_stat_ssl s ON s.pid = a.pid
     WHERE mayfly.belongs(l, r.rolname, a.backend_start);
END $$;

-- How many sessions of this server were ended by somebody other than their client, since its statistics began: two looks
-- between which that is the same had none. NULL where the server does not count them (before 15).
CREATE FUNCTION mayfly.cut_sessions() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('server_version_num')::int < 150000 THEN
        RETURN NULL;
    END IF;
    PERFORM pg_stat_clear_snapshot();
    RETURN (SELECT sum(d.sessions_killed + d.sessions_fatal) FROM pg_stat_database d);
END $$;

-- One look at what `sessions` tells, with more of each, and with what tells how those ended that are not there any more.
-- Nothing of what they run: who steals the broker's account reads no statement of anybody's here. Times in seconds since 1970.
CREATE FUNCTION mayfly.watch() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    cut_before bigint := mayfly.cut_sessions();
    seen jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'lease', s.lease, 'role', s.role, 'number', s.pid, 'started', extract(epoch FROM s.backend_start),
               'database', s.database, 'client_addr', s.client_addr, 'client_port', s.client_port,
               'application', s.application_name, 'state', s.state, 'state_since', extract(epoch FROM s.state_change),
               'transaction_since', extract(epoch FROM a.xact_start), 'tls', s.ssl, 'tls_version', t.version, 'cipher', t.cipher)), '[]')
      INTO seen
      FROM mayfly.sessions() s JOIN pg_stat_activity a ON a.pid = s.pid AND a.backend_start = s.backend_start
      LEFT JOIN pg_stat_ssl t ON t.pid = s.pid
     WHERE a.backend_type <> 'parallel worker';
    RETURN jsonb_build_object('now', extract(epoch FROM clock_timestamp()), 'sessions', seen,
        'server_started', extract(epoch FROM pg_postmaster_start_time()), 'cut_before', cut_before, 'cut_after', mayfly.cut_sessions());
END $$;

-- [{lease}] -> what the lease's role has run, as pg_stat_statements of this database has it, where the DBA allows that; for
-- ended leases too. A JSON list of those with most calls, most rows and most time (200 of each), how many there are in all, and
-- since when it counts; source: pg_stat_statements; pg_stat_statements_in_part where its sessions may have run statements in another
-- role's name, which are counted as that one's, and so as nobody's: from the beginning where they create in an owner's name, and
-- before 16 after SET ROLE to a group; or why there is nothing: not_allowed, no_extension (CREATE EXTENSION in this database),
-- not_loaded. The extension is run only where a superuser owns it.
CREATE FUNCTION mayfly.statements(batch jsonb)
RETURNS TABLE (ordinal int, lease text, source text, since timestamptz, statements text, total bigint, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    place text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace JOIN pg_roles r ON r.oid = e.extowner
                    WHERE e.extname = 'pg_stat_statements' AND r.rolsuper);
    named text := (SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident(coalesce(place, '')) || '.pg_stat_statements')
                                   AND a.attname = 'total_exec_time') THEN 'total_exec_time' ELSE 'total_time' END);
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, false) LOOP
        code := '00000'; note := ''; source := 'pg_stat_statements'; since := NULL; statements := NULL; total := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', false);
            IF NOT (SELECT g.statements FROM mayfly.guard g) THEN
                source := 'not_allowed';
            ELSIF place IS NULL THEN
                source := 'no_extension';
            ELSIF current_setting('pg_stat_statements.max', true) IS NULL THEN
                source := 'not_loaded';
            ELSE
                IF l.owner IS NOT NULL OR current_setting('server_version_num')::int < 160000 THEN
                    source := 'pg_stat_statements_in_part';
                END IF;
                -- Each once, whether it was run of itself or in a function.
                EXECUTE format('WITH ran AS (
                        SELECT s.queryid, s.dbid, min(s.query) AS query, sum(s.calls) AS calls, sum(s.rows) AS rows, sum(s.%I) AS milliseconds
                          FROM %I.pg_stat_statements s WHERE s.userid = $1 GROUP BY s.queryid, s.dbid),
                    ranked AS (
                        SELECT r.*, least(row_number() OVER (ORDER BY r.calls DESC, r.queryid), row_number() OVER (ORDER BY r.rows DESC, r.queryid),
                                          row_number() OVER (ORDER BY r.milliseconds DESC, r.queryid)) AS place FROM ran r)
                    SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', r.queryid::text, ''database'', d.datname, ''text'', left(r.query, 2001),
                               ''length'', length(r.query), ''calls'', r.calls, ''rows'', r.rows, ''milliseconds'', r.milliseconds))
                               FILTER (WHERE r.place <= 200), ''[]'')::text, count(*)
                      FROM ranked r LEFT JOIN pg_database d ON d.oid = r.dbid', named, place) INTO statements, total USING l.role_oid;
                IF to_regprocedure(format('%I.pg_stat_statements_info()', place)) IS NOT NULL THEN
                    EXECUTE format('SELECT i.stats_reset FROM %I.pg_stat_statements_info() i', place) INTO since;
                END IF;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM;
        END;
        ordinal := m.ordinal; lease := m.member ->> 'lease'; sqlstate := code; message := note;
        RETURN NEXT;
    END LOOP;
END $$;

--------------------------------------------------------------------- the end: lock, terminate, (clean up), drop
-- Each is a call, and so a commit, of its own; each may be repeated.

CREATE FUNCTION mayfly.powers_of(role oid) RETURNS TABLE (power text) LANGUAGE sql AS $$
    SELECT x.power FROM pg_roles r, LATERAL (VALUES (r.rolsuper, 'SUPERUSER'), (r.rolcreaterole, 'CREATEROLE'),
               (r.rolcreatedb, 'CREATEDB'), (r.rolreplication, 'REPLICATION'), (r.rolbypassrls, 'BYPASSRLS')) x (has, power)
     WHERE r.oid = role AND x.has
$$;

-- What a role has that this guard did not give it: somebody altered it, or granted it something. Empty when nothing.
CREATE FUNCTION mayfly.found_on(l mayfly.lease) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('; ',
        (SELECT string_agg(p.power, ', ' ORDER BY p.power) FROM mayfly.powers_of(l.role_oid) p),
        'member of ' || (SELECT string_agg(m.roleid::regrole::text, ', ' ORDER BY 1) FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = l.role_oid AND r.rolname <> ALL (array_remove(l.groups || l.owner, NULL))),
        'granted to ' || (SELECT string_agg(m.member::regrole::text, ', ' ORDER BY 1) FROM pg_auth_members m
            WHERE m.roleid = l.role_oid AND m.member <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)),
        -- Nobody owns a slot. One keeps the server's log of changes until it is dropped.
        CASE WHEN EXISTS (SELECT FROM mayfly.powers_of(l.role_oid) p WHERE p.power IN ('SUPERUSER', 'REPLICATION')) THEN
            'perhaps one of the replication slots ' || (SELECT string_agg(quote_ident(s.slot_name), ', ' ORDER BY 1)
                                                        FROM pg_replication_slots s) END)
$$;

-- Takes away what the role is a member of, who is a member of it (before 16 a role may grant itself away), and who is a
-- member of something by it: what it leaves behind, such as a definer-rights function, can then do nothing, also while it
-- cannot be dropped.
-- Where the guard's owner is no superuser it is a member itself, by which it may end the role: since 16 the server says so.
-- Since 16 whoever grants a group, an issue too, holds it until the transaction ends: that is waited for, all in all a
-- second in a call, so that one who holds it for long does not keep the rest of a batch from being locked. Which were held is
-- the answer; the others are taken all the same.
CREATE FUNCTION mayfly.take_memberships(role oid) RETURNS oid[] LANGUAGE plpgsql AS $$
DECLARE
    m record;
    held oid[] := '{}';
BEGIN
    FOR m IN SELECT x.roleid, x.member, x.grantor FROM pg_auth_members x
              WHERE (x.member = role OR x.roleid = role OR x.grantor = role)
                AND NOT (x.roleid = role AND x.member = (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)) LOOP
        PERFORM set_config('lock_timeout', greatest(10, 1000 - extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000)::int
                                           || 'ms', true);
        BEGIN
            EXECUTE format('REVOKE %s FROM %s', m.roleid::regrole, m.member::regrole)
                || CASE WHEN current_setting('server_version_num')::int >= 160000
                        THEN format(' GRANTED BY %s CASCADE', m.grantor::regrole) ELSE '' END;
        EXCEPTION
            WHEN insufficient_privilege THEN NULL;    -- a superuser's doing: that keeps nobody from locking the role
            WHEN lock_not_available THEN held := held || m.roleid;
        END;
    END LOOP;
    RETURN held;
END $$;

-- Who holds these roles, by a statement about them.
CREATE FUNCTION mayfly.role_holders(roles oid[]) RETURNS SETOF pg_locks LANGUAGE sql AS $$
    SELECT k.* FROM pg_locks k WHERE k.granted AND k.locktype = 'object' AND k.database = 0
       AND k.classid = 'pg_authid'::regclass AND k.objid = ANY (roles)
$$;

-- Ends the sessions of a role, waiting up to a fifth of a second for them.
CREATE FUNCTION mayfly.end_sessions(l mayfly.lease) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR again IN 1 .. 20 LOOP
        PERFORM pg_stat_clear_snapshot();
        PERFORM pg_terminate_backend(b.pid) FROM mayfly.backends(l) b;
        EXIT WHEN NOT FOUND;
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;

-- Login off, memberships and powers gone, and on record what there was of them. A transaction in which the lease changed its own role holds the role's row: its session is
-- ended, and then it is tried once more. False when something still holds it, such as a prepared transaction.
CREATE FUNCTION mayfly.disable(l mayfly.lease) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    held oid[];
    news text := mayfly.found_on(l);
    powers text := (SELECT string_agg(' NO' || p.power, '') FROM mayfly.powers_of(l.role_oid) p);
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    IF news <> '' AND position(news IN l.found) = 0 THEN
        UPDATE mayfly.lease x SET found = concat_ws('; ', nullif(x.found, ''), news) WHERE x.lease = l.lease;
    END IF;
    FOR attempt IN 1 .. 2 LOOP
        held := mayfly.take_memberships(l.role_oid);
        BEGIN
            EXECUTE format('ALTER ROLE %I NOLOGIN%s', l.role, powers);
        EXCEPTION WHEN lock_not_available THEN
            held := held || l.role_oid;
        END;
        IF held = '{}' THEN
            UPDATE mayfly.lease x SET locked_at = coalesce(x.locked_at, clock_timestamp()),
                                      locked_in = pg_current_xact_id() WHERE x.lease = l.lease;
            RETURN true;
        END IF;
        PERFORM mayfly.end_sessions(l);
        PERFORM mayfly.end_calls(ARRAY(SELECT h.pid FROM mayfly.role_holders(held) h));
    END LOOP;
    RETURN false;
END $$;

-- [{lease}] -> state locked | gone. No new session from its commit on; live ones go on until terminated. The message says
-- what was found on the role that it was not given. 55P03: something holds the role, or a group that it is a member of;
-- what can be taken is gone all the same: its login, and the other memberships.
CREATE FUNCTION mayfly.lock(batch jsonb)
RETURNS TABLE (ordinal int, lease text, state text, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    outcome text;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, true) LOOP
        code := '00000'; note := ''; outcome := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', true);
            IF (mayfly.catalogued(l)).oid IS NULL THEN
                outcome := 'gone';
                IF l.ended_at IS NULL AND l.found NOT LIKE '%dropped by somebody else' THEN
                    UPDATE mayfly.lease x SET found = concat_ws('; ', nullif(x.found, ''), 'dropped by somebody else')
                     WHERE x.lease = l.lease;
                END IF;
            ELSE
                outcome := CASE WHEN mayfly.disable(l) THEN 'locked' END;
            END IF;
            IF outcome IS NULL THEN
                code := '55P03'; note := 'another transaction holds the role, perhaps a prepared one, or a group of it';
            ELSE
                note := (SELECT x.found FROM mayfly.lease x WHERE x.lease = l.lease);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; outcome := NULL;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', outcome, code, note;
    END LOOP;
END $$;

-- [{lease}] -> how many sessions were told to end, which (a JSON list of pids), and how many are left a tenth of a second later.
-- Also after the role was dropped; writes nothing, so it works on a standby.
CREATE FUNCTION mayfly.terminate(batch jsonb)
RETURNS TABLE (ordinal int, lease text, terminated int, told text, remaining int, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    ended int[] := '{}';
    pids jsonb;
    whose text[] := '{}';
    code text[] := '{}';
    note text[] := '{}';
    target mayfly.lease[] := '{}';
    again int := 10;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    FOR m IN SELECT * FROM mayfly.members(batch, false) LOOP
        code[m.ordinal] := '00000'; note[m.ordinal] := ''; ended[m.ordinal] := NULL; target[m.ordinal] := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', false);
            PERFORM mayfly.catalogued(l);
            pids := (SELECT coalesce(jsonb_agg(b.pid), '[]') FROM mayfly.backends(l) b WHERE pg_terminate_backend(b.pid));
            ended[m.ordinal] := jsonb_array_length(pids);
            whose[m.ordinal] := pids;
            target[m.ordinal] := l;
        EXCEPTION WHEN OTHERS THEN
            code[m.ordinal] := SQLSTATE; note[m.ordinal] := SQLERRM;
        END;
    END LOOP;
    WHILE again > 0 AND EXISTS (SELECT FROM unnest(target) t, LATERAL mayfly.backends(t)) LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
        again := again - 1;
    END LOOP;
    RETURN QUERY SELECT e.n::int, e.value ->> 'lease', ended[e.n], whose[e.n],
                        CASE WHEN ended[e.n] IS NOT NULL THEN (SELECT count(*)::int FROM mayfly.backends(target[e.n])) END,
                        code[e.n], note[e.n]
      FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n;
END $$;

-- [{lease, number, started}] -> whether (1 or 0) that one session was told to end. It must be the lease's as for `terminate`;
-- when it started, in seconds since 1970, tells it from a later one with its pid.
CREATE FUNCTION mayfly.end_session(batch jsonb)
RETURNS TABLE (ordinal int, lease text, terminated int, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    target int;
    ended int;
    code text;
    note text;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    FOR m IN SELECT * FROM mayfly.members(batch, false) LOOP
        code := '00000'; note := ''; ended := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string", "number": "number", "started": "number"}');
            l := mayfly.registered(m.member ->> 'lease', false);
            PERFORM mayfly.catalogued(l);
            -- Found first, then ended: in one condition it might be ended before it is looked at.
            target := (SELECT b.pid FROM mayfly.backends(l) b JOIN pg_stat_activity a ON a.pid = b.pid
                        WHERE b.pid = mayfly.whole_number(m.member -> 'number', 1, 2147483647)
                          AND abs(extract(epoch FROM a.backend_start) - (m.member ->> 'started')::numeric) < 0.002);
            ended := CASE WHEN pg_terminate_backend(target) THEN 1 ELSE 0 END;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', ended, code, note;
    END LOOP;
END $$;

-- Prepared transactions of the broker's account, which never prepares one, that may keep a lease from being locked.
CREATE FUNCTION mayfly.prepared_by_broker(l mayfly.lease) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('database', p.database, 'kind', 'prepared', 'count', 1, 'gid', p.gid,
                                                 'statement', 'ROLLBACK PREPARED ' || quote_literal(p.gid)) ORDER BY p.gid), '[]')
      FROM mayfly.guard g JOIN pg_prepared_xacts p ON p.owner = g.broker
     WHERE l.locked_at IS NULL AND EXISTS (SELECT FROM pg_locks own JOIN (
                       SELECT * FROM mayfly.register_holders() UNION ALL
                       SELECT * FROM mayfly.role_holders(l.role_oid || ARRAY(SELECT r.oid FROM pg_roles r WHERE r.rolname = ANY (l.groups)))) AS h
                       ON h.pid IS NULL AND h.virtualtransaction = own.virtualtransaction
                    WHERE own.pid IS NULL AND own.locktype = 'transactionid' AND own.transactionid = p.transaction)
$$;

-- [{lease}] -> what hangs on the role, and so where clean-up has to run before it can be dropped. The entry `made_for` says
-- in whose name the lease created, and since which transaction: that stays, and is only looked at.
CREATE FUNCTION mayfly.hanging(batch jsonb)
RETURNS TABLE (ordinal int, lease text, hanging jsonb, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    hangs jsonb;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, false) LOOP
        code := '00000'; note := ''; hangs := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', false);
            hangs := CASE WHEN (mayfly.catalogued(l)).oid IS NULL THEN '[]' ELSE mayfly.dependents(l) || mayfly.prepared_by_broker(l) END;
            IF l.owner IS NOT NULL THEN
                hangs := hangs || jsonb_build_object('database', NULL, 'kind', 'made_for', 'count', 0, 'owner', l.owner,
                                                     'since', l.issued_in::text);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', hangs, code, note;
    END LOOP;
END $$;

-- [{lease}] -> state dropped | gone | kept (something hangs on it: sqlstate 2BP01, the message says what). Only after
-- the transaction that locked it has committed: before that somebody could log in behind our look at the sessions.
CREATE FUNCTION mayfly.drop(batch jsonb)
RETURNS TABLE (ordinal int, lease text, state text, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    r pg_roles;
    outcome text;
    code text;
    note text;
BEGIN
    PERFORM pg_stat_clear_snapshot(), set_config('lock_timeout', '100ms', true);
    FOR m IN SELECT * FROM mayfly.members(batch, true) LOOP
        code := '00000'; note := ''; outcome := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', true);
            r := mayfly.catalogued(l);
            IF r.rolcanlogin OR EXISTS (SELECT FROM mayfly.backends(l)) THEN
                RAISE 'the role can still log in or has sessions' USING ERRCODE = 'MF009';
            ELSIF r.oid IS NOT NULL AND coalesce(l.locked_in = pg_current_xact_id(), true) THEN
                RAISE 'the role was not locked, or in this same transaction' USING ERRCODE = 'MF009';
            ELSIF EXISTS (SELECT FROM pg_prepared_xacts p WHERE p.owner = r.rolname) THEN
                RAISE 'prepared transactions are left' USING ERRCODE = '2BP01', DETAIL = mayfly.dependents(l)::text;
            ELSIF r.oid IS NOT NULL THEN
                EXECUTE format('DROP ROLE %I', l.role);
                outcome := 'dropped';
            ELSE
                outcome := 'gone';
            END IF;
            UPDATE mayfly.lease x SET ended_at = coalesce(x.ended_at, clock_timestamp()) WHERE x.lease = l.lease;
        EXCEPTION
            WHEN dependent_objects_still_exist THEN
                GET STACKED DIAGNOSTICS note = PG_EXCEPTION_DETAIL;
                outcome := 'kept'; code := SQLSTATE;
            WHEN OTHERS THEN
                outcome := NULL; code := SQLSTATE; note := SQLERRM;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', outcome, code, note;
    END LOOP;
END $$;

-- For a scheduler, when the broker is dead: each call takes each overdue role a step further. It touches only roles
-- whose name, OID and comment agree with the register, and leaves locked what something hangs on.
CREATE FUNCTION mayfly.end_overdue() RETURNS TABLE (lease text, role text, action text)
LANGUAGE plpgsql AS $$
DECLARE
    l mayfly.lease;
    outcome text;
BEGIN
    PERFORM FROM mayfly.members('[]', true);
    PERFORM pg_stat_clear_snapshot(), set_config('lock_timeout', '100ms', true);
    -- Sessions first, whoever holds the register's rows.
    PERFORM pg_terminate_backend(a.pid)
       FROM pg_stat_activity a JOIN mayfly.lease x ON x.role_oid = a.usesysid LEFT JOIN pg_roles r ON r.oid = a.usesysid
      WHERE x.ended_at IS NULL AND x.valid_until <= clock_timestamp() AND x.system_identifier = (SELECT mayfly.cluster())
        AND mayfly.belongs(x, r.rolname, a.backend_start) AND mayfly.standing(x) <> 'foreign';
    FOR l IN SELECT * FROM mayfly.lease x WHERE x.ended_at IS NULL AND x.valid_until <= clock_timestamp()
              AND x.system_identifier = (SELECT mayfly.cluster()) ORDER BY x.attempted_at NULLS FIRST, x.valid_until
              LIMIT 500 FOR UPDATE SKIP LOCKED LOOP
        UPDATE mayfly.lease x SET attempted_at = clock_timestamp() WHERE x.lease = l.lease;
        BEGIN
            IF mayfly.standing(l) = 'gone' THEN
                UPDATE mayfly.lease x SET ended_at = clock_timestamp() WHERE x.lease = l.lease;
                outcome := 'gone';
            ELSIF mayfly.standing(l) <> 'live' THEN
                outcome := 'foreign';
            ELSIF (mayfly.catalogued(l)).rolcanlogin OR coalesce(l.locked_in = pg_current_xact_id(), true) THEN
                outcome := CASE WHEN mayfly.disable(l) THEN 'locked' ELSE 'held' END;
                PERFORM pg_terminate_backend(b.pid) FROM mayfly.backends(l) b;
            ELSIF EXISTS (SELECT FROM mayfly.backends(l)) THEN
                PERFORM pg_terminate_backend(b.pid) FROM mayfly.backends(l) b;
                outcome := 'terminated';
            ELSIF mayfly.dependents(l) <> '[]' THEN
                outcome := 'kept';
            ELSE
                EXECUTE format('DROP ROLE %I', l.role);
                UPDATE mayfly.lease x SET ended_at = clock_timestamp() WHERE x.lease = l.lease;
                outcome := 'dropped';
            END IF;
        EXCEPTION WHEN OTHERS THEN
            outcome := 'failed: ' || SQLSTATE || ' ' || SQLERRM;
        END;
        RETURN QUERY SELECT l.lease::text, l.role, outcome;
    END LOOP;
END $$;

------------------------------------------------------------------------------------------- what there is

CREATE FUNCTION mayfly.is_altered(l mayfly.lease) RETURNS boolean LANGUAGE sql AS $$
    SELECT mayfly.settings_of(l.role_oid) <> l.settings
        OR coalesce(mayfly.verifier_sha256_of(l.role_oid) <> l.verifier_sha256, false)
$$;

-- Every role of this cluster that is registered and has not ended, and every role that only looks like ours.
-- standing: live; gone (registered, not in the catalogue); foreign (register, OID or comment disagree: a person looks).
-- altered: password or settings are not those issued (a lease may change its own).
CREATE FUNCTION mayfly.roles()
RETURNS TABLE (lease text, role text, role_oid oid, requester text, created_at timestamptz, valid_until timestamptz,
               can_login boolean, altered boolean, ended_at timestamptz, standing text)
LANGUAGE sql AS $$
    SELECT l.lease::text, l.role, l.role_oid, l.requester, l.created_at, l.valid_until,
           coalesce(r.rolcanlogin, false), s.standing <> 'gone' AND mayfly.is_altered(l), l.ended_at, s.standing
      FROM mayfly.lease l CROSS JOIN LATERAL (SELECT mayfly.standing(l)) AS s (standing)
      LEFT JOIN pg_roles r ON r.oid = l.role_oid AND s.standing <> 'gone'
     WHERE l.ended_at IS NULL AND l.system_identifier = (SELECT mayfly.cluster())
     UNION ALL
    SELECT NULL, r.rolname, r.oid, NULL, NULL, r.rolvaliduntil, r.rolcanlogin, NULL, NULL, 'foreign'
      FROM pg_roles r, mayfly.guard g
     WHERE starts_with(r.rolname::text, 'mf_' || g.tag || '_')
       AND NOT EXISTS (SELECT FROM mayfly.lease l WHERE l.role = r.rolname AND l.role_oid = r.oid AND l.ended_at IS NULL
                          AND l.system_identifier = (SELECT mayfly.cluster()))
$$;

CREATE FUNCTION mayfly.is_powerful(role oid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mayfly.check_powers(ARRAY[role]);
    RETURN false;
EXCEPTION WHEN SQLSTATE 'MF003' THEN
    RETURN true;
END $$;

-- What `roles` tells, with more of each: for people, and for the broker's sweep. `hanging` only when asked for: what hangs
-- on it, as for `hanging`. `comment` is what \du+ shows. `used`: somebody has logged in with it.
-- alterations: what was done to a role since it was issued, in words, some with a name or a number: superuser createrole
-- createdb replication bypassrls nologin valid_until connection_limit password settings, member_of ROLE, admin_of ROLE, lacks
-- ROLE, granted_to ROLE, privileges COUNT (of its own), policies COUNT, group_powers ROLE (a group that it was issued with has
-- got a power no lease may have since); and powers: it has, or is reached with, such a power itself. What the guard itself
-- took away is left out.
CREATE FUNCTION mayfly.inspect(with_hanging boolean)
RETURNS TABLE (lease text, role text, role_oid oid, requester text, created_at timestamptz, valid_until timestamptz,
               can_login boolean, standing text, groups text[], alterations text[], sessions int, used boolean,
               comment text, hanging jsonb)
LANGUAGE sql AS $$
    WITH activity (role_oid, sessions) AS MATERIALIZED (
        SELECT a.usesysid, count(*)::int FROM pg_stat_activity a WHERE a.usesysid IS NOT NULL GROUP BY a.usesysid),
    memberships (role_oid, names, admin) AS MATERIALIZED (
        SELECT m.member, array_agg(DISTINCT g.rolname::text), array_agg(DISTINCT g.rolname::text) FILTER (WHERE m.admin_option)
          FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid GROUP BY m.member),
    members (role_oid, names) AS MATERIALIZED (        -- whoever makes a role without being superuser is one, since 16
        SELECT m.roleid, array_agg(DISTINCT u.rolname::text) FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
         WHERE u.rolname <> current_user GROUP BY m.roleid),
    settings (role_oid, list) AS MATERIALIZED (        -- as settings_of has them
        SELECT s.setrole, array_agg(s.setdatabase || ' ' || c ORDER BY s.setdatabase || ' ' || c)
          FROM pg_db_role_setting s, unnest(s.setconfig) c GROUP BY s.setrole),
    named (role_oid, privileges, policies) AS MATERIALIZED (
        SELECT d.refobjid, nullif(count(*) FILTER (WHERE d.deptype = 'a'), 0), nullif(count(*) FILTER (WHERE d.deptype = 'r'), 0)
          FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype IN ('a', 'r') GROUP BY d.refobjid),
    powerful (name) AS MATERIALIZED (                  -- each group is judged once, however many leases have it
        SELECT r.rolname::text
          FROM (SELECT DISTINCT unnest(l.groups) FROM mayfly.lease l
                 WHERE l.ended_at IS NULL AND l.system_identifier = (SELECT mayfly.cluster())) AS given (name)
          JOIN pg_roles r ON r.rolname = given.name WHERE mayfly.is_powerful(r.oid))
    SELECT l.lease::text, l.role, l.role_oid, l.requester, l.created_at, l.valid_until, coalesce(r.rolcanlogin, false),
           s.standing, l.groups,
           CASE WHEN s.standing <> 'live' THEN '{}'
                WHEN r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                     OR EXISTS (SELECT FROM unnest(f.words) w WHERE w ~ '^(member_of|admin_of) ')
                THEN f.words || CASE WHEN mayfly.is_powerful(r.oid) THEN ARRAY['powers'] ELSE '{}' END
                ELSE f.words END,
           coalesce(CASE WHEN r.oid IS NOT NULL THEN a.sessions END, 0),
           l.first_session_at IS NOT NULL OR (r.oid IS NOT NULL AND a.sessions IS NOT NULL),
           shobj_description(r.oid, 'pg_authid'),
           CASE WHEN with_hanging AND r.oid IS NOT NULL THEN mayfly.dependents(l) END
      FROM mayfly.lease l CROSS JOIN LATERAL (SELECT mayfly.standing(l)) AS s (standing)
      LEFT JOIN pg_roles r ON r.oid = l.role_oid AND s.standing <> 'gone'
      LEFT JOIN activity a ON a.role_oid = l.role_oid
      LEFT JOIN memberships m ON m.role_oid = l.role_oid
      LEFT JOIN members g ON g.role_oid = l.role_oid
      LEFT JOIN settings c ON c.role_oid = l.role_oid
      LEFT JOIN named n ON n.role_oid = l.role_oid
      CROSS JOIN LATERAL (SELECT array_remove(ARRAY[
               CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
               CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
               CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
               CASE WHEN NOT r.rolcanlogin AND l.locked_at IS NULL THEN 'nologin' END,
               CASE WHEN r.rolvaliduntil IS DISTINCT FROM l.valid_until THEN 'valid_until' END,
               CASE WHEN r.rolconnlimit <> l.connection_limit THEN 'connection_limit' END,
               CASE WHEN mayfly.verifier_sha256_of(r.oid) <> l.verifier_sha256 THEN 'password' END,
               CASE WHEN coalesce(c.list, '{}') <> l.settings THEN 'settings' END], NULL)
            || ARRAY(SELECT 'member_of ' || x FROM unnest(m.names) x WHERE x <> ALL (l.groups) AND x IS DISTINCT FROM l.owner)
            || ARRAY(SELECT 'admin_of ' || x FROM unnest(m.admin) x)
            || ARRAY(SELECT 'lacks ' || x FROM unnest(l.groups) x
                      WHERE l.locked_at IS NULL AND x <> ALL (coalesce(m.names, '{}')))
            || ARRAY(SELECT 'granted_to ' || x FROM unnest(g.names) x)
            || ARRAY(SELECT 'group_powers ' || p.name FROM powerful p WHERE p.name = ANY (l.groups) AND p.name = ANY (m.names)
                      ORDER BY p.name)
            || array_remove(ARRAY['privileges ' || n.privileges, 'policies ' || n.policies], NULL)) AS f (words)
     WHERE l.ended_at IS NULL AND l.system_identifier = (SELECT mayfly.cluster())
     UNION ALL
    SELECT NULL, r.rolname, r.oid, NULL, NULL, r.rolvaliduntil, r.rolcanlogin, 'foreign', '{}', '{}',
           coalesce(a.sessions, 0), NULL, shobj_description(r.oid, 'pg_authid'), NULL
      FROM mayfly.guard g JOIN pg_roles r ON starts_with(r.rolname::text, 'mf_' || g.tag || '_')
      LEFT JOIN activity a ON a.role_oid = r.oid
     WHERE NOT EXISTS (SELECT FROM mayfly.lease l WHERE l.role = r.rolname AND l.role_oid = r.oid AND l.ended_at IS NULL
                          AND l.system_identifier = (SELECT mayfly.cluster()))
$$;

-- [{lease}] -> what `roles` tells for leases by id, ended ones too.
CREATE FUNCTION mayfly.find(batch jsonb)
RETURNS TABLE (ordinal int, lease text, role text, role_oid oid, requester text, created_at timestamptz,
               valid_until timestamptz, can_login boolean, altered boolean, ended_at timestamptz, standing text,
               sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    l mayfly.lease;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly.members(batch, false) LOOP
        code := '00000'; note := ''; l := NULL;
        BEGIN
            PERFORM mayfly.check_shape(m.member, '{"lease": "string"}');
            l := mayfly.registered(m.member ->> 'lease', false);
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM;
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', l.role, l.role_oid, l.requester, l.created_at,
                            l.valid_until, coalesce(r.rolcanlogin, false), r.oid IS NOT NULL AND mayfly.is_altered(l),
                            l.ended_at, CASE WHEN l.lease IS NOT NULL THEN mayfly.standing(l) END, code, note
          FROM (SELECT) AS one LEFT JOIN pg_roles r ON r.oid = l.role_oid AND mayfly.standing(l) IN ('live', 'foreign');
    END LOOP;
END $$;

CREATE VIEW mayfly.who AS
    SELECT l.role, l.requester, l.reason, mayfly.standing(l) AS standing, l.lease, l.groups, l.created_at, l.valid_until,
           l.first_session_at, l.locked_at, l.ended_at,
           (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = l.role_oid AND l.ended_at IS NULL) AS sessions
      FROM mayfly.lease l ORDER BY l.ended_at DESC NULLS FIRST, l.valid_until;

-- What `mayflyd check` compares: this installation, the functions as they are, and what the broker's account has
-- beyond its job. A guard that was tampered with can lie here: `check --as-dba` re-reads the catalogue itself.
CREATE FUNCTION mayfly.describe() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'guard_version', g.guard_version, 'module', 'core', 'installation', g.installation, 'tag', g.tag,
        'broker', g.broker, 'owner', o.rolname, 'owner_is_superuser', o.rolsuper,
        'server_version_num', current_setting('server_version_num')::int, 'system_identifier', mayfly.cluster()::text,
        'in_recovery', pg_is_in_recovery(),
        'clock', to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'max_ttl_seconds', g.max_ttl_seconds, 'max_live', g.max_live, 'max_issues_per_minute', g.max_issues_per_minute,
        'live', (SELECT count(*) FROM mayfly.lease l WHERE l.ended_at IS NULL AND l.system_identifier = (SELECT mayfly.cluster())),
        'groups', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM mayfly.allowed_group),
        'settings', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM mayfly.allowed_setting),
        'owners', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'ddl_as_owner', o.ddl_as_owner)
                                             ORDER BY o.name), '[]') FROM mayfly.allowed_owner o),
        'functions', (SELECT jsonb_agg(jsonb_build_object('name', p.oid::regprocedure::text,
                'sha256', encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 'owner', p.proowner::regrole::text,
                'security_definer', p.prosecdef, 'config', to_jsonb(p.proconfig),
                'acl', (SELECT coalesce(jsonb_agg(coalesce(r.rolname, 'PUBLIC') ORDER BY r.rolname), '[]')
                          FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                          LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner))
                ORDER BY p.oid::regprocedure::text)
            FROM pg_proc p WHERE p.pronamespace = s.oid),
        'broker_powers', (SELECT jsonb_build_object('superuser', b.rolsuper, 'createrole', b.rolcreaterole,
                'createdb', b.rolcreatedb, 'replication', b.rolreplication, 'bypassrls', b.rolbypassrls,
                'memberships', (SELECT coalesce(jsonb_agg(m.roleid::regrole::text), '[]') FROM pg_auth_members m
                                 WHERE m.member = b.oid))
            FROM pg_roles b WHERE b.rolname = g.broker))
      FROM mayfly.guard g, pg_namespace s JOIN pg_roles o ON o.oid = s.nspowner WHERE s.nspname = 'mayfly'
$$;

-- section: values
---------------------------------------------------------------------------- this installation: values, then rights

-- The only values that `mayflyd guard print` fills in: SQL literals, ARRAY[...] of literals, plain numbers.
INSERT INTO mayfly.guard (one_row, guard_version, installation, tag, broker, max_ttl_seconds, max_live, max_issues_per_minute) VALUES
    (true, 2, {{installation}}, {{tag}}, {{broker}}, {{max_ttl_seconds}}, {{max_live}}, {{max_issues_per_minute}});
INSERT INTO mayfly.allowed_group SELECT unnest({{groups}}::text[]);
INSERT INTO mayfly.allowed_setting SELECT unnest({{settings}}::text[]);
INSERT INTO mayfly.allowed_owner SELECT unnest({{owners}}::text[]), false;
INSERT INTO mayfly.allowed_owner SELECT unnest({{ddl_owners}}::text[]), true;

-- section: rights
DO $$   -- rights
DECLARE
    broker text := (SELECT broker FROM mayfly.guard);
    f regprocedure;
    stray text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = broker) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', broker);
    ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = broker
                   AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)) THEN
        RAISE 'the broker''s account % has attributes beyond LOGIN: take them away first', broker;
    END IF;
    -- Who is a member of it is the broker, to this guard. (Whoever made the account without being superuser is one, since 16.)
    SELECT string_agg(format('REVOKE %I FROM %I;', broker, u.rolname), ' ') INTO stray
      FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
     WHERE b.rolname = broker AND NOT u.rolsuper AND u.rolname NOT IN (current_user, session_user);
    IF stray IS NOT NULL THEN
        RAISE 'the broker''s account % has members, who could call the guard as it', broker USING HINT = stray;
    END IF;
    -- Default privileges of this database or its roles gave others something on what was just made: nobody meant the guard.
    FOR stray IN
        SELECT format('REVOKE %s ON %s %s FROM %s CASCADE', o.privileges, o.kind, o.name, coalesce(quote_ident(r.rolname), 'PUBLIC'))
          FROM (SELECT 'ALL', 'TABLE', c.oid::regclass::text, c.relowner, c.relacl FROM pg_class c
                 WHERE c.relnamespace = 'mayfly'::regnamespace AND c.relkind IN ('r', 'v', 'S')
                 UNION ALL SELECT 'ALL', 'FUNCTION', p.oid::regprocedure::text, p.proowner, p.proacl FROM pg_proc p
                 WHERE p.pronamespace = 'mayfly'::regnamespace
                 UNION ALL SELECT 'CREATE', 'SCHEMA', n.nspname, n.nspowner, n.nspacl FROM pg_namespace n WHERE n.nspname = 'mayfly')
               AS o (privileges, kind, name, owner, acl), aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE a.grantee <> o.owner GROUP BY o.privileges, o.kind, o.name, r.rolname LOOP
        EXECUTE stray;
    END LOOP;
    -- Every function runs with its owner's rights under settings that the caller cannot choose, for nobody ...
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'mayfly'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = %L '
            'SET TimeZone = %L SET lock_timeout = %L', f, 'ISO', 'UTC', '2s');
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
    -- ... except these, for the broker.
    FOREACH f IN ARRAY ARRAY['mayfly.describe()', 'mayfly.issue(jsonb)', 'mayfly.renew(jsonb)',
        'mayfly.replace_verifier(jsonb)', 'mayfly.sessions()', 'mayfly.watch()', 'mayfly.lock(jsonb)', 'mayfly.terminate(jsonb)',
        'mayfly.end_session(jsonb)', 'mayfly.statements(jsonb)',
        'mayfly.hanging(jsonb)', 'mayfly.drop(jsonb)', 'mayfly.find(jsonb)', 'mayfly.roles()', 'mayfly.inspect(boolean)', 'mayfly.end_overdue()'] LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, broker);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE mayfly TO %I', broker);
    EXECUTE format('GRANT USAGE ON SCHEMA mayfly TO %I', broker);
END $$;
-- section: end
COMMIT;
