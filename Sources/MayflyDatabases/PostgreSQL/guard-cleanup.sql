-- Mayfly guard for PostgreSQL 13-18, module cleanup, version 2.
--
-- What it is: the one function with which the Mayfly broker may take away what an ended lease's role left in THIS
-- database: privileges granted to it, its default privileges, its place in policies. Never an object: where the role
-- owns one (a table, a function, ...), nothing is touched and the objects are listed, for a person to reassign.
-- It touches only roles of this installation, which it knows by name, OID and comment (the register of module core
-- lies in another database), and only when they can no longer log in and have no session.
--
-- Install module core first, then this one in each database in which a lease may leave something, as a superuser, on
-- the writable server:  psql -d DATABASE -f this-file      It fails if the schema mayfly_cleanup exists.
-- Upgrades and removal: as for module core.
--
-- The batch is one JSON array of flat objects with exactly the keys named, 500 at most; each member is answered in
-- order (sqlstate 00000 means done) and fails alone. Codes, as in module core: MF001 malformed, MF004 not a role of
-- this guard, MF009 can still log in or has sessions or prepared transactions, MF011 read-only, MF013 not READ COMMITTED.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
CREATE SCHEMA mayfly_cleanup;

-- section: tables
CREATE TABLE mayfly_cleanup.guard (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    guard_version int NOT NULL,
    installation text NOT NULL CHECK (installation ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tag text NOT NULL CHECK (tag ~ '^[a-z0-9]{1,5}$'),
    broker text NOT NULL);

-- section: changes
-- section: functions
-- A member's role when it is ours and over; NULL when there is no role of that name and OID. Nobody may call it.
CREATE FUNCTION mayfly_cleanup.ended_role(member jsonb) RETURNS pg_roles LANGUAGE plpgsql AS $$
DECLARE
    g mayfly_cleanup.guard;
    r pg_roles;
BEGIN
    SELECT * INTO g FROM mayfly_cleanup.guard;
    IF jsonb_typeof(member) <> 'object' OR EXISTS (SELECT FROM jsonb_each(member) m
          FULL JOIN (VALUES ('lease', 'string'), ('role', 'string'), ('role_oid', 'number')) s (key, type) USING (key)
         WHERE jsonb_typeof(m.value) IS DISTINCT FROM s.type) THEN
        RAISE 'a member must have exactly the keys lease, role (strings) and role_oid (number)' USING ERRCODE = 'MF001';
    ELSIF member ->> 'lease' !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
       OR member ->> 'role' !~ ('^mf_' || g.tag || '_[a-z0-9]{1,8}_[a-z2-7]{13}$')
       OR member ->> 'role_oid' !~ '^[0-9]{1,10}$' THEN
        RAISE 'lease, role or role_oid is malformed' USING ERRCODE = 'MF001';
    END IF;
    SELECT * INTO r FROM pg_roles p WHERE p.rolname = member ->> 'role' AND p.oid = (member ->> 'role_oid')::oid;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF NOT starts_with(coalesce(shobj_description(r.oid, 'pg_authid'), ''),
            format('mayfly installation=%s lease=%s until=', g.installation, member ->> 'lease')) THEN
        RAISE 'role % is not of this lease, its comment says', r.rolname USING ERRCODE = 'MF004';
    ELSIF r.rolcanlogin OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.oid)
       OR EXISTS (SELECT FROM pg_prepared_xacts x WHERE x.owner = r.rolname) THEN
        -- Whoever still acts as the role could make an object between our look and DROP OWNED.
        RAISE 'role % can still log in, or has sessions or prepared transactions', r.rolname USING ERRCODE = 'MF009';
    END IF;
    RETURN r;
END $$;

-- DROP OWNED asks for the role's own privileges, which only a superuser has anyway: another owner of the guard may grant
-- itself the role that it made. That goes with the role. Nobody may call it.
CREATE FUNCTION mayfly_cleanup.take_privileges(role name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_has_role(current_user, role, 'USAGE') THEN
        EXECUTE format('GRANT %I TO %I%s', role, current_user,
            CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT TRUE, SET FALSE' END);
    END IF;
END $$;

-- [{lease, role, role_oid}] -> state clean (also when the role is gone) | owns (untouched; the first 100 objects).
CREATE FUNCTION mayfly_cleanup.clean(batch jsonb)
RETURNS TABLE (ordinal int, lease text, state text, owned jsonb, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    r pg_roles;
    objects jsonb;
    outcome text;
    code text;
    note text;
BEGIN
    IF batch IS NULL OR jsonb_typeof(batch) <> 'array' THEN
        RAISE 'the batch is not an array' USING ERRCODE = 'MF001';
    ELSIF jsonb_array_length(batch) > 500 THEN
        RAISE 'the batch has more than 500 members' USING ERRCODE = 'MF001';
    ELSIF pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN
        RAISE 'this server is read-only' USING ERRCODE = 'MF011';
    ELSIF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'the transaction is not READ COMMITTED' USING ERRCODE = 'MF013';
    END IF;
    PERFORM pg_stat_clear_snapshot();
    FOR m IN SELECT e.value, e.n::int FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n LOOP
        code := '00000'; note := ''; outcome := NULL; objects := '[]';
        BEGIN
            r := mayfly_cleanup.ended_role(m.value);
            IF r.oid IS NOT NULL THEN
                SELECT coalesce(jsonb_agg(jsonb_build_object('kind', o.type, 'identity', o.identity)), '[]') INTO objects
                  FROM (SELECT i.type, i.identity FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid,
                               LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) i
                         WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o'
                           AND d.datname = current_database() AND s.classid <> 'pg_default_acl'::regclass LIMIT 100) AS o;
                IF objects = '[]' THEN
                    PERFORM mayfly_cleanup.take_privileges(r.rolname);
                    EXECUTE format('DROP OWNED BY %I RESTRICT', r.rolname);
                END IF;
            END IF;
            outcome := CASE WHEN objects = '[]' THEN 'clean' ELSE 'owns' END;
        EXCEPTION WHEN OTHERS THEN
            outcome := NULL; code := SQLSTATE; note := SQLERRM; objects := '[]';
        END;
        RETURN QUERY SELECT m.n, m.value ->> 'lease', outcome, objects, code, note;
    END LOOP;
END $$;

-- What `mayflyd check` compares.
CREATE FUNCTION mayfly_cleanup.describe() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'guard_version', g.guard_version, 'module', 'cleanup', 'installation', g.installation, 'tag', g.tag,
        'broker', g.broker, 'owner', o.rolname, 'owner_is_superuser', o.rolsuper, 'database', current_database(),
        'functions', (SELECT jsonb_agg(jsonb_build_object('name', p.oid::regprocedure::text,
                'sha256', encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 'owner', p.proowner::regrole::text,
                'security_definer', p.prosecdef, 'config', to_jsonb(p.proconfig),
                'acl', (SELECT coalesce(jsonb_agg(coalesce(r.rolname, 'PUBLIC') ORDER BY r.rolname), '[]')
                          FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                          LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner))
                ORDER BY p.oid::regprocedure::text)
            FROM pg_proc p WHERE p.pronamespace = s.oid))
      FROM mayfly_cleanup.guard g, pg_namespace s JOIN pg_roles o ON o.oid = s.nspowner
     WHERE s.nspname = 'mayfly_cleanup'
$$;

-- section: values
---------------------------------------------------------------------------- this installation: values, then rights

-- The only values that `mayflyd guard print` fills in: SQL literals.
INSERT INTO mayfly_cleanup.guard (one_row, guard_version, installation, tag, broker) VALUES (true, 2, {{installation}}, {{tag}}, {{broker}});

-- section: rights
DO $$   -- rights
DECLARE
    broker text := (SELECT broker FROM mayfly_cleanup.guard);
    f regprocedure;
BEGIN
    -- Every function runs with its owner's rights under settings that the caller cannot choose, for nobody ...
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'mayfly_cleanup'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = %L '
            'SET TimeZone = %L SET lock_timeout = %L', f, 'ISO', 'UTC', '2s');
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
    -- ... except these, for the broker.
    FOREACH f IN ARRAY ARRAY['mayfly_cleanup.describe()', 'mayfly_cleanup.clean(jsonb)'] LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, broker);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), broker);
    EXECUTE format('GRANT USAGE ON SCHEMA mayfly_cleanup TO %I', broker);
END $$;
-- section: end
COMMIT;
