-- Mayfly guard for PostgreSQL 13-18, module cleanup, version 2.
--
-- What it is: the functions with which the Mayfly broker may take away what an ended lease's role left in THIS
-- database: privileges granted to it and what it granted on with them, its default privileges, its place in policies,
-- user mappings for it. Never an object: where the role owns one (a table, a function, ...) it stays, and is listed for
-- a person; or, where a profile says `owned_objects: { reassign_to: ... }`, it goes to that role, if you allow it below
-- and the object is plain: a table, sequence, enum, composite type or domain without anything that could run somebody's
-- code with the new owner's rights. It touches only roles of this installation, which it knows by name, OID and comment
-- (the register of module core lies in another database), and only when they can no longer log in and have no session.
--
-- Install module core first, then this one in each database in which a lease may leave something, as a superuser, on
-- the writable server:  psql -d DATABASE -f this-file      It fails if the schema mayfly_cleanup exists.
-- Upgrades and removal: as for module core.
-- To change who may take over what ended roles leave, in this database:
--   INSERT INTO mayfly_cleanup.allowed_owner VALUES ('orders_owner', true, false);
-- What went to whom, and when:  SELECT * FROM mayfly_cleanup.reassigned;
--
-- A batch is one JSON array of flat objects with exactly the keys named, 500 at most; each member is answered in
-- order (sqlstate 00000 means done) and fails alone. Codes, as in module core: MF001 malformed, MF004 not a role of
-- this guard, MF009 can still log in or has sessions or prepared transactions, MF011 read-only, MF013 not READ COMMITTED,
-- MF017 the owner is not allowed or missing, MF003 it has a power, MF018 an event trigger would run somebody's code here.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE NONE;        -- as whoever logged in, whatever role the database gives sessions to begin with
CREATE SCHEMA mayfly_cleanup;
DO $$   -- nor may those whom default privileges name go in
DECLARE stray text;
BEGIN
    FOR stray IN SELECT format('REVOKE ALL ON SCHEMA mayfly_cleanup FROM %s CASCADE', coalesce(quote_ident(r.rolname), 'PUBLIC'))
                   FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
                  WHERE n.nspname = 'mayfly_cleanup' AND a.grantee <> n.nspowner LOOP
        EXECUTE stray;
    END LOOP;
END $$;

-- section: tables
CREATE TABLE mayfly_cleanup.guard (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    guard_version int NOT NULL,
    installation text NOT NULL CHECK (installation ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tag text NOT NULL CHECK (tag ~ '^[a-z0-9]{1,5}$'),
    broker text NOT NULL);

-- section: changes
CREATE TABLE IF NOT EXISTS mayfly_cleanup.allowed_owner (
    name text PRIMARY KEY,
    takes_over boolean NOT NULL,                 -- plain objects of ended roles may be given to it
    creates boolean NOT NULL);                   -- leases create in its name: what it owns may be listed

CREATE TABLE IF NOT EXISTS mayfly_cleanup.reassigned (
    lease uuid NOT NULL, role text NOT NULL, kind text NOT NULL, identity text NOT NULL, owner text NOT NULL,
    at timestamptz NOT NULL);

-- section: functions
------------------------------------------------------------------------------- arguments (nobody may call these)

CREATE FUNCTION mayfly_cleanup.members(batch jsonb, writes boolean) RETURNS TABLE (ordinal int, member jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    IF batch IS NULL OR jsonb_typeof(batch) <> 'array' THEN
        RAISE 'the batch is not an array' USING ERRCODE = 'MF001';
    ELSIF jsonb_array_length(batch) > 500 THEN
        RAISE 'the batch has more than 500 members' USING ERRCODE = 'MF001';
    ELSIF writes AND (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) THEN
        RAISE 'this server is read-only' USING ERRCODE = 'MF011';
    ELSIF writes AND current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'the transaction is not READ COMMITTED' USING ERRCODE = 'MF013';
    END IF;
    PERFORM pg_stat_clear_snapshot();
    RETURN QUERY SELECT e.n::int, e.value FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n;
END $$;

-- What we do fires event triggers, as us. Only superusers make them, but others may own the function that is run.
CREATE FUNCTION mayfly_cleanup.check_event_triggers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record;
BEGIN
    SELECT e.evtname, f.rolname INTO t FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
      JOIN pg_roles o ON o.oid = e.evtowner JOIN pg_roles f ON f.oid = p.proowner
     WHERE e.evtenabled <> 'D' AND e.evtevent <> 'login'
       AND NOT (f.rolsuper OR f.rolname = current_user) LIMIT 1;
    IF FOUND THEN
        RAISE E'event trigger % would run code of role % with our rights\nALTER EVENT TRIGGER % DISABLE;',
            quote_ident(t.evtname), quote_ident(t.rolname), quote_ident(t.evtname) USING ERRCODE = 'MF018';
    END IF;
END $$;

-- Who may take objects over: allowed by name, and neither it nor anything above it has a power that what an ended lease
-- left could borrow.
CREATE FUNCTION mayfly_cleanup.check_owner(owner text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    culprit text;
    owner_oid oid;
BEGIN
    SELECT r.oid INTO owner_oid FROM mayfly_cleanup.allowed_owner a JOIN pg_roles r ON r.rolname = a.name
     WHERE a.name = owner AND a.takes_over;
    IF NOT FOUND THEN
        RAISE 'role % may not take over objects, or does not exist', owner USING ERRCODE = 'MF017';
    END IF;
    WITH RECURSIVE up (oid, admin) AS (
        SELECT owner_oid, false
         UNION
        SELECT m.roleid, m.admin_option FROM up JOIN pg_auth_members m ON m.member = up.oid)
    SELECT coalesce(r.rolname, up.oid::text) INTO culprit FROM up LEFT JOIN pg_roles r ON r.oid = up.oid
     WHERE r.oid IS NULL OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
        OR r.oid < 16384 OR up.admin OR has_schema_privilege(r.oid, 'mayfly_cleanup', 'USAGE')
        OR starts_with(r.rolname::text, (SELECT 'mf_' || g.tag || '_' FROM mayfly_cleanup.guard g)) LIMIT 1;
    IF culprit IS NOT NULL THEN
        RAISE 'role % has, or is reached with, a power that no owner of what a lease left may have', culprit
            USING ERRCODE = 'MF003';
    END IF;
    RETURN owner_oid;
END $$;

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

------------------------------------------------------------------ what is plain (nobody may call these)
-- An owner's rights are used without the owner's doing: autovacuum evaluates what an index computes, a write runs
-- defaults, CHECKs and triggers. So an object is plain only if all that hangs together with it is known to run nothing but
-- what the server brought along; whatever is not known here is not plain. Each function says what is in the way, or NULL.

-- An expression of the catalogue (a default, a CHECK, what an index computes): built-in functions that always answer the
-- same, and those few that defaults are made of. Others that are built in would run text as SQL (query_to_xml).
CREATE FUNCTION mayfly_cleanup.in_expression(tree text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(
        (SELECT 'an expression of a kind that is not known: ' || lower(n.m[1]) FROM regexp_matches(tree, '\{([A-Z_]+)', 'g') n (m)
          WHERE n.m[1] NOT IN ('CONST', 'VAR', 'FUNCEXPR', 'OPEXPR', 'BOOLEXPR', 'NULLTEST', 'BOOLEANTEST', 'RELABELTYPE',
                'COERCEVIAIO', 'CASE', 'CASEEXPR', 'WHEN', 'CASEWHEN', 'CASETESTEXPR', 'ARRAY', 'ARRAYEXPR', 'SCALARARRAYOPEXPR',
                'COALESCE', 'COALESCEEXPR', 'MINMAX', 'MINMAXEXPR', 'SQLVALUEFUNCTION', 'DISTINCTEXPR', 'NULLIFEXPR',
                'ARRAYCOERCEEXPR', 'COLLATE', 'COLLATEEXPR', 'SUBSCRIPTINGREF') LIMIT 1),
        (SELECT 'an expression that calls ' || coalesce(u.oid::regprocedure::text, u.oid::text)
           FROM (SELECT n.m[1]::oid FROM regexp_matches(tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid) ([0-9]+)', 'g') n (m)
                  UNION
                 SELECT o.oprcode FROM regexp_matches(tree, ':opno ([0-9]+)', 'g') n (m)
                   LEFT JOIN pg_operator o ON o.oid = n.m[1]::oid) AS u (oid) LEFT JOIN pg_proc p ON p.oid = u.oid
          WHERE u.oid IS DISTINCT FROM 0 AND NOT coalesce(p.oid < 16384 AND p.pronamespace = 'pg_catalog'::regnamespace
                AND (p.provolatile = 'i' OR p.proname IN ('now', 'transaction_timestamp', 'statement_timestamp',
                     'clock_timestamp', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'random', 'nextval', 'date', 'time', 'timetz',
                     'timestamp', 'timestamptz')), false) LIMIT 1),
        -- To text by a type's own output, and nothing from text: reg* types look names up, others' input is not known here.
        (SELECT 'an expression that reads text as ' || n.m[1]::oid::regtype
           FROM regexp_matches(tree, ':resulttype ([0-9]+) :resultcollid', 'g') n (m)      -- of COERCEVIAIO alone
          WHERE n.m[1]::oid NOT IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) LIMIT 1))
$$;

-- What depends on an object besides what is `known`: an internal part of it, or named by its class.
CREATE FUNCTION mayfly_cleanup.in_dependents(class oid, object oid, known oid[]) RETURNS text LANGUAGE sql AS $$
    SELECT i.type || ' ' || i.identity || ' depends on it'
      FROM pg_depend d, LATERAL pg_identify_object(d.classid, d.objid, 0) i
     WHERE d.refclassid = class AND d.refobjid = object AND d.classid <> ALL (known) LIMIT 1
$$;

-- A type that a column may have: built in, or an enum, a composite type or a domain without code, or an array of such.
CREATE FUNCTION mayfly_cleanup.in_type(type oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t pg_type;
    reason text;
BEGIN
    SELECT * INTO t FROM pg_type p WHERE p.oid = type;
    IF t.oid < 16384 THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = type) THEN
        RETURN mayfly_cleanup.in_type(t.typelem);
    ELSIF t.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c') THEN
        SELECT mayfly_cleanup.in_type(a.atttypid) INTO reason FROM pg_attribute a
         WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
           AND mayfly_cleanup.in_type(a.atttypid) IS NOT NULL LIMIT 1;
    ELSIF t.typtype = 'd' THEN
        reason := CASE WHEN EXISTS (SELECT FROM pg_constraint c WHERE c.contypid = type AND c.contype <> 'n')
                       THEN 'the domain ' || type::regtype || ' has a CHECK' END;
        reason := coalesce(reason, mayfly_cleanup.in_type(t.typbasetype), mayfly_cleanup.in_expression(t.typdefaultbin::text));
    ELSIF t.typtype <> 'e' OR t.typtype IS NULL THEN
        RETURN 'the type ' || type::regtype || ' is not a plain one';
    END IF;
    -- Functions, casts and operators on it could be taken for what it brings along.
    RETURN coalesce(reason, (SELECT mayfly_cleanup.in_dependents('pg_type'::regclass, x.oid,
            CASE WHEN x.oid = type THEN ARRAY['pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_type'::regclass]::oid[]
                 ELSE ARRAY['pg_class'::regclass, 'pg_attrdef'::regclass]::oid[] END)
        FROM (VALUES (type), (t.typarray)) AS x (oid) WHERE x.oid <> 0
         ORDER BY 1 NULLS LAST LIMIT 1),
        (SELECT 'the type ' || d.objid::regtype || ' depends on it' FROM pg_depend d WHERE d.refclassid = 'pg_type'::regclass
            AND d.refobjid = type AND d.classid = 'pg_type'::regclass AND d.objid <> t.typarray LIMIT 1));
END $$;

-- Who else may do what leads to code that runs with the owner's rights, or may give privileges on.
CREATE FUNCTION mayfly_cleanup.in_grants(acl aclitem[], owner oid) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s has %s on it%s', CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END,
                  a.privilege_type, CASE WHEN a.is_grantable THEN ' and may give it on' ELSE '' END)
      FROM aclexplode(acl) a WHERE a.grantee <> owner AND (a.is_grantable
           OR a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE')) LIMIT 1
$$;

CREATE FUNCTION mayfly_cleanup.in_table(t pg_class, new_owner oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    reason text;
    parts oid[] := ARRAY(SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = t.oid);
BEGIN
    IF t.relpersistence = 't' THEN
        RETURN 'it is temporary, of a session that crashed: the server removes it by itself';
    ELSIF t.relispartition OR EXISTS (SELECT FROM pg_inherits i WHERE t.oid IN (i.inhrelid, i.inhparent)) THEN
        RETURN 'it inherits or is inherited from';
    ELSIF EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid) THEN
        RETURN 'it has a trigger or a foreign key';
    ELSIF EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = t.oid) THEN
        RETURN 'it has a rule';
    ELSIF t.relrowsecurity OR t.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid) THEN
        RETURN 'it has row-level security';
    ELSIF t.reloftype <> 0 OR t.relam >= 16384 THEN
        RETURN 'it is of a type, or of an access method that is not built in';
    END IF;
    reason := (SELECT 'it has a constraint of a kind that is not plain: ' || quote_ident(c.conname) FROM pg_constraint c
                WHERE c.conrelid = t.oid AND c.contype NOT IN ('c', 'p', 'u', 'n') LIMIT 1);
    -- What it computes.
    reason := coalesce(reason, (SELECT min(mayfly_cleanup.in_expression(x.tree)) FROM (
        SELECT d.adbin::text FROM pg_attrdef d WHERE d.adrelid = t.oid
         UNION ALL SELECT c.conbin::text FROM pg_constraint c WHERE c.conrelid = t.oid AND c.conbin IS NOT NULL
         UNION ALL SELECT i.indexprs::text FROM pg_index i WHERE i.indrelid = t.oid AND i.indexprs IS NOT NULL
         UNION ALL SELECT i.indpred::text FROM pg_index i WHERE i.indrelid = t.oid AND i.indpred IS NOT NULL
         UNION ALL SELECT to_jsonb(s) ->> 'stxexprs' FROM pg_statistic_ext s        -- since 14
                    WHERE s.stxrelid = t.oid AND to_jsonb(s) ->> 'stxexprs' IS NOT NULL) AS x (tree)));
    -- What its columns are of, and who may do what.
    reason := coalesce(reason, (SELECT min(coalesce(mayfly_cleanup.in_type(a.atttypid), mayfly_cleanup.in_grants(a.attacl, t.relowner)))
        FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
        mayfly_cleanup.in_grants(t.relacl, t.relowner));
    -- What it and its parts use: nothing but each other, their schema, types (seen above) and sequences that go with it.
    reason := coalesce(reason, (SELECT 'it uses ' || i.type || ' ' || i.identity
        FROM (SELECT 'pg_class'::regclass::oid, t.oid UNION ALL SELECT 'pg_class'::regclass, unnest(parts)
               UNION ALL SELECT 'pg_attrdef'::regclass, d.oid FROM pg_attrdef d WHERE d.adrelid = t.oid
               UNION ALL SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint c WHERE c.conrelid = t.oid
               UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext s WHERE s.stxrelid = t.oid) AS x (class, object)
        JOIN pg_depend d ON d.classid = x.class AND d.objid = x.object,
             LATERAL pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) i
       WHERE d.refclassid NOT IN ('pg_namespace'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass)
         AND NOT (d.refclassid = 'pg_class'::regclass AND (d.refobjid = t.oid OR d.refobjid = ANY (parts)
             OR EXISTS (SELECT FROM pg_class s WHERE s.oid = d.refobjid AND s.relkind = 'S'
                  AND (s.relowner = new_owner OR new_owner = 0 AND s.relowner = t.relowner AND mayfly_cleanup.in_grants(s.relacl, s.relowner) IS NULL
                       OR EXISTS (SELECT FROM pg_depend c WHERE c.classid = 'pg_class'::regclass AND c.objid = s.oid
                                     AND c.refclassid = 'pg_class'::regclass AND c.refobjid = t.oid AND c.deptype IN ('a', 'i'))))))
       LIMIT 1));
    -- What uses it: views, functions, publications and whatever else is not a part of it.
    RETURN coalesce(reason,
        mayfly_cleanup.in_dependents('pg_class'::regclass, t.oid, ARRAY['pg_class'::regclass, 'pg_attrdef'::regclass,
            'pg_constraint'::regclass, 'pg_type'::regclass, 'pg_statistic_ext'::regclass]::oid[]),
        (SELECT 'a foreign key refers to it' FROM pg_constraint c WHERE c.confrelid = t.oid LIMIT 1),
        (SELECT min(mayfly_cleanup.in_dependents('pg_type'::regclass, x.oid,
                    CASE WHEN x.oid = t.reltype THEN ARRAY['pg_type'::regclass]::oid[] ELSE '{}' END))
           FROM pg_type y, LATERAL (VALUES (y.oid), (y.typarray)) AS x (oid) WHERE y.oid = t.reltype AND x.oid <> 0),
        (SELECT 'the type ' || d.objid::regtype || ' depends on it' FROM pg_depend d, pg_type y
          WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid = t.reltype AND d.classid = 'pg_type'::regclass
            AND y.oid = t.reltype AND d.objid <> y.typarray LIMIT 1));
END $$;

-- Why an object may not be given to `new_owner` (0: to anybody); NULL when it is plain.
CREATE FUNCTION mayfly_cleanup.objection(class oid, object oid, new_owner oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    c pg_class;
    tree text;
BEGIN
    IF class = 'pg_class'::regclass THEN
        SELECT * INTO c FROM pg_class x WHERE x.oid = object;
        RETURN CASE WHEN c.relkind = 'r' THEN mayfly_cleanup.in_table(c, new_owner)
                    WHEN c.relkind = 'S' AND c.relpersistence <> 't' THEN mayfly_cleanup.in_grants(c.relacl, c.relowner)
                    ELSE 'it is not a plain table or sequence' END;
    ELSIF class = 'pg_type'::regclass THEN
        RETURN coalesce(mayfly_cleanup.in_type(object),
            (SELECT mayfly_cleanup.in_grants(t.typacl, t.typowner) FROM pg_type t WHERE t.oid = object));
    ELSIF class = 'pg_statistic_ext'::regclass THEN
        SELECT to_jsonb(s) ->> 'stxexprs' INTO tree FROM pg_statistic_ext s WHERE s.oid = object;
        RETURN CASE WHEN tree IS NOT NULL THEN mayfly_cleanup.in_expression(tree) END;
    ELSIF class = 'pg_largeobject'::regclass THEN
        RETURN 'large objects are not given on';
    END IF;
    RETURN 'it runs code, or decides on other objects';
END $$;

-- Whether a role owns anything here that does not go with it, whatever it is: DROP OWNED would drop it.
CREATE FUNCTION mayfly_cleanup.owns(owner oid) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
                    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = owner AND s.deptype = 'o'
                      AND d.datname = current_database()
                      AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass))
$$;

-- What a role owns here, besides what goes with the role: default privileges and user mappings. `alter` is how its owner is
-- changed, without the new one's name.
CREATE FUNCTION mayfly_cleanup.owned_by(owner oid, most int)
RETURNS TABLE (class oid, object oid, kind text, identity text, "alter" text) LANGUAGE sql AS $$
    SELECT s.classid, s.objid, i.type, i.identity,
           CASE WHEN i.type = 'extension' THEN format('REASSIGN OWNED BY %s TO ', owner::regrole)
                ELSE format('ALTER %s %s OWNER TO ', upper(CASE i.type WHEN 'statistics object' THEN 'statistics'
                     WHEN 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE i.type END), i.identity) END
      FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid, LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) i
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = owner AND s.deptype = 'o'
       AND d.datname = current_database() AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
       AND NOT EXISTS (SELECT FROM pg_depend c JOIN pg_class q ON q.oid = c.objid AND q.relkind = 'S'
                        WHERE s.classid = 'pg_class'::regclass AND c.classid = s.classid AND c.objid = s.objid
                          AND c.refclassid = s.classid AND c.deptype IN ('a', 'i'))      -- a column's sequence goes with its table
     ORDER BY CASE WHEN s.classid = 'pg_class'::regclass THEN (SELECT CASE c.relkind WHEN 'S' THEN 0 ELSE 2 END
                                                               FROM pg_class c WHERE c.oid = s.objid)
                   WHEN s.classid = 'pg_type'::regclass THEN 1 ELSE 3 END, s.classid, s.objid
     LIMIT most
$$;

-------------------------------------------------------------------------------------------- for the broker

-- [{lease, role, role_oid, owner}] -> what the plain objects of an ended role are that were given to `owner`, now or by an
-- earlier call, 200 at a time. Each is locked, looked at and given on by itself; what is not plain stays.
CREATE FUNCTION mayfly_cleanup.reassign(batch jsonb)
RETURNS TABLE (ordinal int, lease text, reassigned jsonb, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    o record;
    r pg_roles;
    new_owner oid;
    given jsonb;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly_cleanup.members(batch, true) LOOP
        code := '00000'; note := ''; given := '[]';
        BEGIN
            r := mayfly_cleanup.ended_role(m.member - 'owner');
            IF jsonb_typeof(m.member -> 'owner') IS DISTINCT FROM 'string' THEN
                RAISE 'the owner is not a string' USING ERRCODE = 'MF001';
            END IF;
            new_owner := mayfly_cleanup.check_owner(m.member ->> 'owner');
            PERFORM mayfly_cleanup.check_event_triggers(), set_config('lock_timeout', '200ms', true);
            FOR o IN SELECT * FROM mayfly_cleanup.owned_by(r.oid, 200) LOOP
                CONTINUE WHEN mayfly_cleanup.objection(o.class, o.object, new_owner) IS NOT NULL;
                BEGIN
                    -- From here on nobody changes it, and it is what it is called.
                    IF o.kind = 'table' THEN
                        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', o.identity);
                    END IF;
                    EXECUTE o."alter" || quote_ident(m.member ->> 'owner');
                    IF mayfly_cleanup.objection(o.class, o.object, new_owner) IS NOT NULL
                       OR (pg_identify_object(o.class, o.object, 0)).identity IS DISTINCT FROM o.identity
                       OR EXISTS (SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
                                   WHERE s.classid = o.class AND s.objid = o.object AND s.deptype = 'o' AND s.refobjid <> new_owner) THEN
                        RAISE '% was changed meanwhile', o.identity;
                    END IF;
                    INSERT INTO mayfly_cleanup.reassigned VALUES ((m.member ->> 'lease')::uuid, r.rolname, o.kind, o.identity,
                                                                  m.member ->> 'owner', clock_timestamp());
                EXCEPTION WHEN OTHERS THEN
                    note := SQLERRM;                       -- undone alone
                END;
            END LOOP;
            -- What stays is for clean to list; the message says what kept the last of it from being given on.
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM;
        END;
        given := (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'identity', x.identity, 'owner', x.owner)
                                            ORDER BY x.at), '[]')
                    FROM mayfly_cleanup.reassigned x WHERE x.lease::text = m.member ->> 'lease');
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', given, code, note;
    END LOOP;
END $$;

-- [{lease, role, role_oid}] -> state clean (also when the role is gone) | owns (untouched; the first 100 objects, each with
-- what is in the way of giving it on, if anything, and the statement that would).
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
    FOR m IN SELECT * FROM mayfly_cleanup.members(batch, true) LOOP
        code := '00000'; note := ''; outcome := NULL; objects := '[]';
        BEGIN
            r := mayfly_cleanup.ended_role(m.member);
            IF r.oid IS NOT NULL THEN
                SELECT coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'identity', o.identity, 'alter', o."alter",
                           'objection', mayfly_cleanup.objection(o.class, o.object, 0))), '[]') INTO objects
                  FROM mayfly_cleanup.owned_by(r.oid, 100) o;
                outcome := CASE WHEN mayfly_cleanup.owns(r.oid) THEN 'owns' ELSE 'clean' END;
                IF outcome = 'clean' THEN
                    PERFORM mayfly_cleanup.check_event_triggers();
                    PERFORM mayfly_cleanup.take_privileges(r.rolname);
                    EXECUTE format('DROP OWNED BY %I RESTRICT', r.rolname);
                END IF;
            ELSE
                outcome := 'clean';
            END IF;
        EXCEPTION WHEN OTHERS THEN
            outcome := NULL; code := SQLSTATE; note := SQLERRM; objects := '[]';
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', outcome, objects, code, note;
    END LOOP;
END $$;

-- [{lease, owner, since}] -> what `owner`, in whose name the lease created, has here that was made or altered since the
-- transaction `since`, with who was granted what on it: the first 100. Reads only; one cannot tell who did it.
CREATE FUNCTION mayfly_cleanup.left_behind(batch jsonb)
RETURNS TABLE (ordinal int, lease text, objects jsonb, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    class regclass;
    owner_oid oid;
    found_here jsonb;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly_cleanup.members(batch, false) LOOP
        code := '00000'; note := ''; objects := '[]';
        BEGIN
            IF jsonb_typeof(m.member) <> 'object' OR EXISTS (SELECT FROM jsonb_each(m.member) x
                  FULL JOIN (VALUES ('lease'), ('owner'), ('since')) s (key) USING (key)
                 WHERE s.key IS NULL OR jsonb_typeof(x.value) IS DISTINCT FROM 'string') OR m.member ->> 'since' !~ '^[0-9]{1,19}$' THEN
                RAISE 'a member must have exactly the keys lease, owner and since, strings' USING ERRCODE = 'MF001';
            END IF;
            SELECT r.oid INTO owner_oid FROM mayfly_cleanup.allowed_owner a JOIN pg_roles r ON r.rolname = a.name
             WHERE a.name = m.member ->> 'owner' AND a.creates;
            IF NOT FOUND THEN
                RAISE 'leases do not create for role %, or it does not exist', m.member ->> 'owner' USING ERRCODE = 'MF017';
            END IF;
            FOR class IN SELECT DISTINCT s.classid FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
                 WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = owner_oid AND s.deptype = 'o'
                   AND d.datname = current_database() LOOP
                -- The age of the catalogue's own row says when an object was last made or altered.
                EXECUTE format('SELECT jsonb_agg(x.o) FROM (SELECT jsonb_build_object(''kind'', i.type, ''identity'', i.identity,
                    ''granted'', to_jsonb(c) -> %L) AS o
                    FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN %s c ON c.oid = s.objid,
                         LATERAL pg_identify_object(s.classid, s.objid, 0) i
                   WHERE s.classid = $1 AND s.refclassid = ''pg_authid''::regclass AND s.refobjid = $2 AND s.deptype = ''o''
                     AND d.datname = current_database() AND age(c.xmin) <= age($3) ORDER BY s.objid LIMIT $4) AS x',
                    CASE class WHEN 'pg_class'::regclass THEN 'relacl' WHEN 'pg_proc'::regclass THEN 'proacl'
                         WHEN 'pg_type'::regclass THEN 'typacl' WHEN 'pg_namespace'::regclass THEN 'nspacl'
                         WHEN 'pg_default_acl'::regclass THEN 'defaclacl' WHEN 'pg_largeobject'::regclass THEN 'lomacl' ELSE '' END,
                    CASE class WHEN 'pg_largeobject'::regclass THEN 'pg_largeobject_metadata'::regclass ELSE class END)
                   INTO found_here USING class::oid, owner_oid, ((m.member ->> 'since')::xid8)::xid, 100 - jsonb_array_length(objects);
                objects := objects || coalesce(found_here, '[]');
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; objects := '[]';
        END;
        RETURN QUERY SELECT m.ordinal, m.member ->> 'lease', left_behind.objects, code, note;
    END LOOP;
END $$;

-- What `mayflyd check` compares.
CREATE FUNCTION mayfly_cleanup.describe() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'guard_version', g.guard_version, 'module', 'cleanup', 'installation', g.installation, 'tag', g.tag,
        'broker', g.broker, 'owner', o.rolname, 'owner_is_superuser', o.rolsuper, 'database', current_database(),
        'owners', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'takes_over', a.takes_over,
                                             'creates', a.creates) ORDER BY a.name), '[]') FROM mayfly_cleanup.allowed_owner a),
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

-- The only values that `mayflyd guard print` fills in: SQL literals, ARRAY[...] of literals.
INSERT INTO mayfly_cleanup.guard (one_row, guard_version, installation, tag, broker) VALUES (true, 2, {{installation}}, {{tag}}, {{broker}});
INSERT INTO mayfly_cleanup.allowed_owner SELECT o, o = ANY ({{takers}}::text[]), o = ANY ({{creators}}::text[])
  FROM (SELECT unnest({{takers}}::text[]) UNION SELECT unnest({{creators}}::text[])) AS x (o);

-- section: rights
DO $$   -- rights
DECLARE
    broker text := (SELECT broker FROM mayfly_cleanup.guard);
    f regprocedure;
    stray text;
BEGIN
    -- Default privileges of this database or its roles gave others something on what was just made: nobody meant the guard.
    FOR stray IN
        SELECT format('REVOKE %s ON %s %s FROM %s CASCADE', o.privileges, o.kind, o.name, coalesce(quote_ident(r.rolname), 'PUBLIC'))
          FROM (SELECT 'ALL', 'TABLE', c.oid::regclass::text, c.relowner, c.relacl FROM pg_class c
                 WHERE c.relnamespace = 'mayfly_cleanup'::regnamespace AND c.relkind IN ('r', 'v', 'S')
                 UNION ALL SELECT 'ALL', 'FUNCTION', p.oid::regprocedure::text, p.proowner, p.proacl FROM pg_proc p
                 WHERE p.pronamespace = 'mayfly_cleanup'::regnamespace
                 UNION ALL SELECT 'CREATE', 'SCHEMA', n.nspname, n.nspowner, n.nspacl FROM pg_namespace n WHERE n.nspname = 'mayfly_cleanup')
               AS o (privileges, kind, name, owner, acl), aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE a.grantee <> o.owner GROUP BY o.privileges, o.kind, o.name, r.rolname LOOP
        EXECUTE stray;
    END LOOP;
    -- Every function runs with its owner's rights under settings that the caller cannot choose, for nobody ...
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'mayfly_cleanup'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = %L '
            'SET TimeZone = %L SET lock_timeout = %L', f, 'ISO', 'UTC', '2s');
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
    -- ... except these, for the broker.
    FOREACH f IN ARRAY ARRAY['mayfly_cleanup.describe()', 'mayfly_cleanup.clean(jsonb)',
        'mayfly_cleanup.reassign(jsonb)', 'mayfly_cleanup.left_behind(jsonb)'] LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, broker);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), broker);
    EXECUTE format('GRANT USAGE ON SCHEMA mayfly_cleanup TO %I', broker);
END $$;
-- section: end
COMMIT;
