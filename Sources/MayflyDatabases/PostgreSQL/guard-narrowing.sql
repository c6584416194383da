-- Mayfly guard for PostgreSQL 13-18, module narrowing, version 2.
--
-- What it is: a lease may ask for less than its profile's groups give, for some tables or columns. It then becomes a member of
-- a NOLOGIN role of its own scope, a *narrowed group* mfn_<tag>_<hash and number>, instead of the groups. Only these functions
-- make, change and drop such roles, and only those whose name and OID are in their register. A narrowed group holds the
-- privileges that the groups themselves hold on the tables and columns named (never what they have from PUBLIC), USAGE on their
-- schemas, CONNECT, and nothing else; its members are leases. What a group loses, its narrowed groups lose too: at the next
-- issue, and within a minute by tend(); at once when you call it, again while it answers `more`:
--   SELECT * FROM mayfly_narrowing.tend();
-- Nothing is ever dropped but the role itself. One in whose name somebody left something (on 13-15 a lease can SET ROLE to it) is
-- used by no new lease: the scope goes on with the next number. `fault` in the table says what it is and how you end it.
--
-- Install module core first, then this one in each database in which leases may be narrowed, as a superuser, on the writable
-- server:  psql -d DATABASE -f this-file      It fails if the schema mayfly_narrowing exists. Then, as a superuser:
--   INSERT INTO mayfly_narrowing.allowed_base VALUES ('orders_readonly');   DELETE ... takes it away (so does core's own list)
--   UPDATE mayfly_narrowing.guard SET max_groups = 100;   -- each is an entry in the ACLs of its tables, which hold some 2,000
--   UPDATE mayfly_narrowing.guard SET max_new_per_minute = 50;                     -- so many are made in a minute
--   INSERT INTO mayfly_narrowing.allowed_view VALUES ('sales.customers_v');        -- a view that shows members no less than others
-- Which there are, and why: TABLE mayfly_narrowing.narrowed;
-- Upgrades: as for module core. To remove it, when no lease is left: call tend() ten minutes after the last,
-- then DROP SCHEMA mayfly_narrowing CASCADE; what is left of \du mfn_* is dropped with DROP OWNED BY and DROP ROLE.
--
-- How core knows them: by their comments, which hold the groups and the time of the last comparison, and which nobody else may
-- write who cannot make roles anyway. Core takes a narrowed group only when each of its groups is allowed there still, and
-- when it was compared with them within the last five minutes.
--
-- Rows answer the members of a batch in order (sqlstate 00000 means done); each fails alone. Codes: those of module core, and
--   MF018 an event trigger would run somebody's code with our rights
--   MF020 no part of what the groups have: no such table or column (or several), none of their privileges, or row-level
--         security that names them or asks who reads, or a view or rule that does, which would tell somebody who is no member of
--         theirs from one who is. What cannot be judged is refused; a DBA who looked at a view may list it (allowed_view)
--
-- Not judged are triggers and column defaults, as they run code of any kind: a table on which a group may write, with a trigger or
-- default that asks who is a member (pg_has_role, has_table_privilege, ...), treats a narrowed lease as somebody who is none.
-- Where that opens something, do not allow the group to be narrowed.

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE NONE;        -- as whoever logged in, whatever role the database gives sessions to begin with
CREATE SCHEMA mayfly_narrowing;
DO $$   -- nor may those whom default privileges name go in
DECLARE stray text;
BEGIN
    FOR stray IN SELECT format('REVOKE ALL ON SCHEMA mayfly_narrowing FROM %s CASCADE', coalesce(quote_ident(r.rolname), 'PUBLIC'))
                   FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
                  WHERE n.nspname = 'mayfly_narrowing' AND a.grantee <> n.nspowner LOOP
        EXECUTE stray;
    END LOOP;
END $$;

-- section: tables
CREATE TABLE mayfly_narrowing.guard (            -- its one row is also the lock that makes callers come one after the other
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    guard_version int NOT NULL,
    installation text NOT NULL CHECK (installation ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    tag text NOT NULL CHECK (tag ~ '^[a-z0-9]{1,5}$'),
    broker text NOT NULL,
    max_groups int NOT NULL DEFAULT 500 CHECK (max_groups BETWEEN 0 AND 1500));

CREATE TABLE mayfly_narrowing.allowed_base (name text PRIMARY KEY);

CREATE TABLE mayfly_narrowing.narrowed (
    name text PRIMARY KEY,
    bases text[] NOT NULL,                       -- the groups, sorted
    scope jsonb NOT NULL,                        -- as canonical() has it
    made_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,               -- by narrow()
    compared_at timestamptz NOT NULL,            -- as its comment says
    fault text);                                 -- why no new lease uses it, or it could not be compared: a person must look

-- section: changes
ALTER TABLE mayfly_narrowing.narrowed
    ADD COLUMN IF NOT EXISTS role_oid oid NOT NULL DEFAULT 0,                      -- as it was made: another of its name is not ours
    ADD COLUMN IF NOT EXISTS tended_at timestamptz NOT NULL DEFAULT '-infinity',   -- by tend(), for its turns
    ADD COLUMN IF NOT EXISTS given oid[] NOT NULL DEFAULT '{}';                    -- what narrow() ever gave it something on
ALTER TABLE mayfly_narrowing.guard
    ADD COLUMN IF NOT EXISTS max_new_per_minute int NOT NULL DEFAULT 300 CHECK (max_new_per_minute BETWEEN 1 AND 100000),
    ADD COLUMN IF NOT EXISTS minute timestamptz NOT NULL DEFAULT '-infinity',      -- in the one that began then ...
    ADD COLUMN IF NOT EXISTS made int NOT NULL DEFAULT 0;                          -- ... so many were made
-- Views, as schema.name, of which a DBA knows that they show a member of the groups no less than somebody else.
CREATE TABLE IF NOT EXISTS mayfly_narrowing.allowed_view (name text PRIMARY KEY);
-- The group that tend() is at, by its OID, also when the call is then undone; 0 for none.
CREATE SEQUENCE IF NOT EXISTS mayfly_narrowing.turn MINVALUE 0 MAXVALUE 4294967295 START 0;
UPDATE mayfly_narrowing.narrowed x SET role_oid = r.oid FROM pg_roles r, mayfly_narrowing.guard g
 WHERE x.role_oid = 0 AND r.rolname = x.name
   AND starts_with(shobj_description(r.oid, 'pg_authid'), format('mayfly narrowed installation=%s compared=', g.installation));

-- section: functions
------------------------------------------------------------------------------- arguments (nobody may call these)

CREATE FUNCTION mayfly_narrowing.members(batch jsonb, writes boolean) RETURNS TABLE (ordinal int, member jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    IF batch IS NULL OR jsonb_typeof(batch) <> 'array' THEN
        RAISE 'the batch is not an array' USING ERRCODE = 'MF001';
    ELSIF jsonb_array_length(batch) > 100 THEN
        RAISE 'the batch has more than 100 members' USING ERRCODE = 'MF001';
    ELSIF writes AND (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean) THEN
        RAISE 'this server is read-only' USING ERRCODE = 'MF011';
    ELSIF writes AND current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'the transaction is not READ COMMITTED' USING ERRCODE = 'MF013';
    END IF;
    PERFORM set_config('jit', 'off', true);      -- compiling these queries takes a second, running them milliseconds
    RETURN QUERY SELECT e.n::int, e.value FROM jsonb_array_elements(batch) WITH ORDINALITY AS e (value, n) ORDER BY e.n;
END $$;

-- The groups of a member, sorted: each allowed here, and there.
CREATE FUNCTION mayfly_narrowing.bases(member jsonb) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    result text[];
    missing text;
BEGIN
    IF jsonb_typeof(member) <> 'object' OR (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(member) k) IS DISTINCT FROM '{bases,scope}'
       OR jsonb_typeof(member -> 'bases') <> 'array' OR jsonb_typeof(member -> 'scope') <> 'array' THEN
        RAISE 'a member must have exactly the keys bases and scope, both arrays' USING ERRCODE = 'MF001';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(member -> 'bases') e WHERE jsonb_typeof(e) <> 'string') THEN
        RAISE 'bases are strings' USING ERRCODE = 'MF001';
    END IF;
    result := ARRAY(SELECT DISTINCT b FROM jsonb_array_elements_text(member -> 'bases') b ORDER BY b);
    IF cardinality(result) NOT BETWEEN 1 AND 16 THEN
        RAISE 'bases are 1 to 16' USING ERRCODE = 'MF001';
    END IF;
    missing := (SELECT b FROM unnest(result) b WHERE NOT EXISTS (
        SELECT FROM mayfly_narrowing.allowed_base a JOIN pg_roles r ON r.rolname = a.name WHERE a.name = b) LIMIT 1);
    IF missing IS NOT NULL THEN
        RAISE 'group % is not allowed to be narrowed here or does not exist', missing USING ERRCODE = 'MF002';
    END IF;
    RETURN result;
END $$;

-- The groups and all whose privileges come with them.
CREATE FUNCTION mayfly_narrowing.holders(bases text[]) RETURNS oid[] LANGUAGE sql AS $$
    WITH RECURSIVE up (base, oid) AS (
        SELECT r.oid, r.oid FROM pg_roles r WHERE r.rolname = ANY (bases)
         UNION
        SELECT up.base, m.roleid FROM up JOIN pg_auth_members m ON m.member = up.oid)
    SELECT coalesce(array_agg(DISTINCT up.oid), '{}') FROM up WHERE pg_has_role(up.base, up.oid, 'USAGE')
$$;

-- A scope in its one form: [{schema, table, columns}], each table once and in order, columns null for all of them. A table
-- without a schema (null) is the one of that name on which the groups have something.
CREATE FUNCTION mayfly_narrowing.canonical(scope jsonb, holders oid[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    e jsonb;
    schemas text[];
    result jsonb := '[]';
BEGIN
    IF jsonb_array_length(scope) NOT BETWEEN 1 AND 100 THEN
        RAISE 'a scope has 1 to 100 tables' USING ERRCODE = 'MF001';
    END IF;
    FOR e IN SELECT * FROM jsonb_array_elements(scope) LOOP
        IF jsonb_typeof(e) <> 'object' OR (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(e) k) IS DISTINCT FROM '{columns,schema,table}'
           OR jsonb_typeof(e -> 'schema') NOT IN ('string', 'null') OR jsonb_typeof(e -> 'table') <> 'string'
           OR jsonb_typeof(e -> 'columns') NOT IN ('array', 'null') THEN
            RAISE 'a table must have exactly the keys schema, table and columns' USING ERRCODE = 'MF001';
        ELSIF jsonb_typeof(e -> 'columns') = 'array' AND (jsonb_array_length(e -> 'columns') NOT BETWEEN 1 AND 200
           OR EXISTS (SELECT FROM jsonb_array_elements(e -> 'columns') c WHERE jsonb_typeof(c) <> 'string')) THEN
            RAISE 'columns are 1 to 200 strings' USING ERRCODE = 'MF001';
        END IF;
        IF e ->> 'schema' IS NULL THEN
            schemas := ARRAY(SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                              WHERE c.relname = e ->> 'table' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                                AND EXISTS (SELECT FROM mayfly_narrowing.held(c.oid, holders)) ORDER BY 1);
            IF cardinality(schemas) > 1 THEN
                RAISE 'table % is in the schemas %: say which', quote_ident(e ->> 'table'), array_to_string(schemas, ', ') USING ERRCODE = 'MF020';
            ELSIF schemas = '{}' THEN
                RAISE 'the groups have nothing on a table %', quote_ident(e ->> 'table') USING ERRCODE = 'MF020';
            END IF;
            e := e || jsonb_build_object('schema', schemas[1]);
        END IF;
        IF jsonb_typeof(e -> 'columns') = 'array' THEN
            e := e || jsonb_build_object('columns',
                (SELECT jsonb_agg(c ORDER BY c) FROM (SELECT DISTINCT c FROM jsonb_array_elements_text(e -> 'columns') c) AS x));
        END IF;
        result := result || e;
    END LOOP;
    IF EXISTS (SELECT FROM jsonb_array_elements(result) x GROUP BY x ->> 'schema', x ->> 'table' HAVING count(*) > 1) THEN
        RAISE 'the scope names a table twice' USING ERRCODE = 'MF001';
    END IF;
    RETURN (SELECT jsonb_agg(x ORDER BY x ->> 'schema', x ->> 'table') FROM jsonb_array_elements(result) x);
END $$;

------------------------------------------------------------- who holds what, by ACLs alone (nobody may call these)
-- Queries that are long to plan stand in plpgsql, which keeps plans.
-- Column 0 is the whole table, as in pg_shdepend.

-- Whether an expression as the catalogue keeps it, of a policy or (`of_rule`) of a rule with its whole query, may answer one reader
-- otherwise than another. It may not when all in it is known, built in, and always answers the same or asks but the time: no
-- current_user, no pg_has_role, no function of somebody's. A name that looks like a node is taken for one: that refuses, no more.
CREATE FUNCTION mayfly_narrowing.may_ask(tree text, of_rule boolean) RETURNS boolean LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    known text[] := '{CONST,VAR,FUNCEXPR,OPEXPR,BOOLEXPR,NULLTEST,BOOLEANTEST,RELABELTYPE,CASE,CASEEXPR,WHEN,CASEWHEN,CASETESTEXPR,ARRAY,
        ARRAYEXPR,SCALARARRAYOPEXPR,COALESCE,COALESCEEXPR,DISTINCTEXPR,NULLIFEXPR,COERCEVIAIO,COLLATE,COLLATEEXPR,MINMAX,MINMAXEXPR}';
BEGIN
    tree := regexp_replace(tree, '\{SQLVALUEFUNCTION :op [0-8] ', '{CONST ', 'g');          -- CURRENT_DATE to LOCALTIMESTAMP
    IF of_rule THEN
        known := known || '{QUERY,RTE,RANGETBLENTRY,RTEPERMISSIONINFO,RANGETBLREF,RANGETBLFUNCTION,ALIAS,FROMEXPR,JOINEXPR,TARGETENTRY,
            SORTGROUPCLAUSE,GROUPINGSET,GROUPINGFUNC,WINDOWCLAUSE,WINDOWFUNC,AGGREF,SETOPERATIONSTMT,COMMONTABLEEXPR,SUBLINK,PARAM,
            ROW,ROWEXPR,FIELDSELECT,SUBSCRIPTINGREF,ARRAYCOERCEEXPR,ROWMARKCLAUSE}';
    END IF;
    RETURN EXISTS (SELECT FROM regexp_matches(tree, '\{([A-Z_]+)', 'g') n (m) WHERE n.m[1] <> ALL (known))
        OR EXISTS (SELECT FROM (
                SELECT n.m[1]::oid FROM regexp_matches(
                    tree, ':(?:funcid|opfuncid|hashfuncid|negfuncid|aggfnoid|winfnoid|startInRangeFunc|endInRangeFunc) ([0-9]+)', 'g') n (m)
                 UNION
                SELECT o.oprcode FROM regexp_matches(tree, ':(?:opno|eqop|sortop) ([1-9][0-9]*)', 'g') n (m)
                  LEFT JOIN pg_operator o ON o.oid = n.m[1]::oid) AS u (oid) LEFT JOIN pg_proc f ON f.oid = u.oid
             WHERE u.oid IS DISTINCT FROM 0 AND NOT coalesce(f.oid < 16384 AND (f.provolatile = 'i' OR (f.provolatile = 's' AND (
                   f.proname IN ('now', 'transaction_timestamp', 'statement_timestamp')
                   OR f.proargtypes::oid[] && ARRAY['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval']::regtype[]::oid[]))), false))
        -- How names are read and written depends on what one may use; and a domain checks with whatever functions it likes.
        OR EXISTS (SELECT FROM pg_type t WHERE t.oid < 16384 AND t.typname ~ '^_?reg' AND tree ~ (':[a-z]*type ' || t.oid || '[ }]'))
        OR (tree ~ '\{(COERCEVIAIO|ARRAYCOERCEEXPR) '
            AND EXISTS (SELECT FROM regexp_matches(tree, ':resulttype ([0-9]+)', 'g') n (m) WHERE n.m[1]::oid >= 16384));
END $$;

-- What would not be the same for a narrowed group, of a table or of what a view reads: a policy that names a holder, one for everybody
-- (by a view, for whoever) that may ask who reads, and a view or rule that may. What a materialized view shows was fixed when it
-- was refreshed. NULL when there is none.
CREATE FUNCTION mayfly_narrowing.tells_apart(relation oid, holders oid[]) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH RECURSIVE reached (oid) AS (
        SELECT relation
         UNION
        SELECT d.refobjid FROM reached JOIN pg_class c ON c.oid = reached.oid AND c.relkind <> 'm' JOIN pg_rewrite w ON w.ev_class = c.oid
          JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass)
    SELECT x.what FROM (
        SELECT format('policy %I of the row-level security of %s %s', p.polname, c.oid::regclass,
                   CASE WHEN p.polroles && holders THEN 'names them' ELSE 'may tell who is a member of theirs from who is not' END)
          FROM reached JOIN pg_class c ON c.oid = reached.oid JOIN pg_policy p ON p.polrelid = c.oid
         WHERE c.relrowsecurity AND (p.polroles && holders OR ((0 = ANY (p.polroles) OR c.oid <> relation)
               AND mayfly_narrowing.may_ask(concat_ws(' ', p.polqual::text, p.polwithcheck::text), false)))
         UNION ALL
        SELECT CASE WHEN c.relkind = 'v' THEN format(E'view %s may tell who is a member of theirs from who is not: ask for the tables that it '
                       'reads, or have a DBA look whether it shows members no less\nINSERT INTO mayfly_narrowing.allowed_view VALUES (%L);',
                       c.oid::regclass, c.oid::regclass)
                    ELSE format('rule %I of %s may tell who is a member of theirs from who is not', w.rulename, c.oid::regclass) END
          FROM reached JOIN pg_class c ON c.oid = reached.oid AND c.relkind <> 'm' JOIN pg_rewrite w ON w.ev_class = c.oid
         WHERE NOT EXISTS (SELECT FROM mayfly_narrowing.allowed_view v WHERE c.relkind = 'v' AND v.name = c.oid::regclass::text)
           AND mayfly_narrowing.may_ask(concat_ws(' ', w.ev_qual::text, w.ev_action::text), true)) AS x (what)
     ORDER BY x.what LIMIT 1);
END $$;

-- What the holders have on a table and its columns; nothing where something tells them from others.
CREATE FUNCTION mayfly_narrowing.held(relation oid, holders oid[]) RETURNS TABLE (col int, privilege text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT x.col, x.privilege
      FROM (SELECT 0, e.privilege_type, e.grantee
              FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e WHERE c.oid = relation
             UNION ALL
            SELECT a.attnum, e.privilege_type, e.grantee FROM pg_attribute a, aclexplode(a.attacl) e
             WHERE a.attrelid = relation AND NOT a.attisdropped) AS x (col, privilege, grantee)
     WHERE x.grantee = ANY (holders) AND (SELECT mayfly_narrowing.tells_apart(relation, holders)) IS NULL;
END $$;

-- What a narrowed group of this scope is to have: object, column, privilege.
CREATE FUNCTION mayfly_narrowing.wanted(scope jsonb, holders oid[])
RETURNS TABLE (classid oid, objid oid, col int, privilege text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH asked AS (
        SELECT c.oid, c.relnamespace, CASE WHEN jsonb_typeof(s -> 'columns') = 'array'
                    THEN ARRAY(SELECT jsonb_array_elements_text(s -> 'columns')) END AS columns
          FROM jsonb_array_elements(scope) s JOIN pg_namespace n ON n.nspname = s ->> 'schema'
          JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s ->> 'table' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),
    tables AS (
        SELECT t.oid, t.relnamespace, x.col, x.privilege FROM asked t, LATERAL (
            SELECT h.col, h.privilege FROM mayfly_narrowing.held(t.oid, holders) h
             WHERE t.columns IS NULL OR EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = t.oid AND a.attnum = h.col AND h.col > 0 AND a.attname = ANY (t.columns))
             UNION
            SELECT a.attnum, h.privilege FROM mayfly_narrowing.held(t.oid, holders) h, pg_attribute a
             WHERE h.col = 0 AND h.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
               AND a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY (t.columns)) AS x)
    SELECT 'pg_class'::regclass::oid, t.oid, t.col, t.privilege FROM tables t
     UNION
    SELECT 'pg_class'::regclass, s.oid, 0, e.privilege_type          -- the sequences of serial columns
      FROM asked t JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype = 'a'
                                   AND d.classid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND (t.columns IS NULL OR a.attname = ANY (t.columns)),
           LATERAL aclexplode(coalesce(s.relacl, acldefault('s', s.relowner))) e
     WHERE e.grantee = ANY (holders) AND EXISTS (SELECT FROM tables x WHERE x.oid = t.oid)
     UNION
    SELECT 'pg_namespace'::regclass, n.oid, 0, 'USAGE'
      FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) e
     WHERE n.oid IN (SELECT t.relnamespace FROM tables t) AND e.grantee = ANY (holders) AND e.privilege_type = 'USAGE'
     UNION
    SELECT 'pg_database'::regclass, d.oid, 0, 'CONNECT'
      FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
     WHERE d.datname = current_database() AND e.grantee = ANY (holders) AND e.privilege_type = 'CONNECT';
END $$;

-- What a narrowed group is for: the tables of its scope and whatever narrow() gave it something on, with their sequences and
-- schemas, and this database. What it has on these comes first: how much others give it beside them must not matter.
CREATE FUNCTION mayfly_narrowing.things(narrowed text, scope jsonb) RETURNS TABLE (classid oid, objid oid) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH given AS (SELECT unnest(x.given) AS oid FROM mayfly_narrowing.narrowed x WHERE x.name = narrowed),
    tables AS (
        SELECT c.oid, c.relnamespace FROM jsonb_array_elements(scope) s JOIN pg_namespace n ON n.nspname = s ->> 'schema'
          JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s ->> 'table'
         UNION
        SELECT c.oid, c.relnamespace FROM given JOIN pg_class c ON c.oid = given.oid)
    SELECT 'pg_class'::regclass::oid, t.oid FROM tables t
     UNION
    SELECT 'pg_class'::regclass, d.objid FROM tables t JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
       AND d.refobjid = t.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
     UNION
    SELECT 'pg_namespace'::regclass, t.relnamespace FROM tables t
     UNION
    SELECT 'pg_namespace'::regclass, n.oid FROM given JOIN pg_namespace n ON n.oid = given.oid
     UNION
    SELECT 'pg_database'::regclass, d.oid FROM pg_database d WHERE d.datname = current_database();
END $$;

-- What it has on those, by their ACLs. `ours`: granted by us or by the owner of the thing, whose rights we have, so that we can
-- take it away.
CREATE FUNCTION mayfly_narrowing.actual(narrowed text, scope jsonb)
RETURNS TABLE (classid oid, objid oid, col int, privilege text, ours boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH things AS MATERIALIZED (SELECT * FROM mayfly_narrowing.things(narrowed, scope)),
    acls (classid, objid, col, owner, acl) AS (
        SELECT t.classid, t.objid, 0, c.relowner, c.relacl
          FROM things t JOIN pg_class c ON t.classid = 'pg_class'::regclass AND c.oid = t.objid
         UNION ALL
        SELECT t.classid, t.objid, a.attnum::int, c.relowner, a.attacl
          FROM things t JOIN pg_class c ON t.classid = 'pg_class'::regclass AND c.oid = t.objid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
         UNION ALL
        SELECT t.classid, t.objid, 0, n.nspowner, n.nspacl
          FROM things t JOIN pg_namespace n ON t.classid = 'pg_namespace'::regclass AND n.oid = t.objid
         UNION ALL
        SELECT t.classid, t.objid, 0, d.datdba, d.datacl
          FROM things t JOIN pg_database d ON t.classid = 'pg_database'::regclass AND d.oid = t.objid)
    SELECT a.classid, a.objid, a.col, e.privilege_type || CASE WHEN e.is_grantable THEN ' with grant option' ELSE '' END,
           e.grantor = me.oid OR (e.grantor = a.owner AND pg_has_role(me.oid, a.owner, 'USAGE'))
      FROM pg_roles me, pg_roles r, acls a, aclexplode(a.acl) e
     WHERE me.rolname = current_user AND r.rolname = narrowed AND e.grantee = r.oid;
END $$;

-- What a role was given beside those in this database and on what all databases share, of whatever kind. Anybody may give it as much
-- of their own as they like: no more than 5,000 entries of the catalogue are looked at.
CREATE FUNCTION mayfly_narrowing.gifts(narrowed text, scope jsonb)
RETURNS TABLE (classid oid, objid oid, col int, privilege text, grantor oid, ours boolean) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH things AS MATERIALIZED (SELECT * FROM mayfly_narrowing.things(narrowed, scope)),
    entries AS MATERIALIZED (
        SELECT s.*, r.oid AS role FROM pg_roles r JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
         WHERE r.rolname = narrowed LIMIT 5000)
    SELECT s.classid, s.objid, s.objsubid, coalesce(e.privilege_type, 'of another kind'), e.grantor,
           coalesce(e.grantor = me.oid OR (e.grantor = o.oid AND pg_has_role(me.oid, o.oid, 'USAGE')), false)
      FROM pg_roles me, entries s
      LEFT JOIN pg_class c ON s.classid = 'pg_class'::regclass AND c.oid = s.objid
      LEFT JOIN pg_attribute a ON s.classid = 'pg_class'::regclass AND s.objsubid <> 0 AND a.attrelid = s.objid AND a.attnum = s.objsubid
      LEFT JOIN pg_namespace n ON s.classid = 'pg_namespace'::regclass AND n.oid = s.objid
      LEFT JOIN pg_database d ON s.classid = 'pg_database'::regclass AND d.oid = s.objid
      LEFT JOIN LATERAL aclexplode(CASE WHEN s.objsubid <> 0 THEN a.attacl ELSE coalesce(c.relacl, n.nspacl, d.datacl) END) e ON e.grantee = s.role
      LEFT JOIN LATERAL (SELECT coalesce(c.relowner, n.nspowner, d.datdba)) AS o (oid) ON true
     WHERE me.rolname = current_user AND s.deptype = 'a' AND (s.classid, s.objid) NOT IN (SELECT t.classid, t.objid FROM things t)
       AND s.dbid IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()));
END $$;

-- Whether somebody left something in a role's name: then no new lease uses it. What others gave it of their own, as whoever owns
-- something may, is no reason: else anybody could stop a scope by that.
CREATE FUNCTION mayfly_narrowing.owns(role oid) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = role AND s.deptype = 'o')
$$;

-- What hangs on a narrowed group that no REVOKE of ours took away, some of it, each with what you do about it; NULL when nothing does.
-- `all_taken`: of what it was given, all was to be taken away before; else there is more of that than anybody wants to read.
CREATE FUNCTION mayfly_narrowing.left_in(narrowed text, scope jsonb, all_taken boolean) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH entries AS MATERIALIZED (
        SELECT s.*, b.oid AS here, coalesce(d.datname, b.datname) AS place
          FROM pg_database b, pg_roles r JOIN pg_shdepend s ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid
          LEFT JOIN pg_database d ON d.oid = s.dbid
         WHERE b.datname = current_database() AND r.rolname = narrowed
           AND (s.deptype <> 'a' OR s.dbid NOT IN (0, b.oid)) LIMIT 5000)
    SELECT string_agg(x.what, E'\n' ORDER BY x.what) FROM (
        SELECT format('%s: look, and then, in database %I, DROP OWNED BY %I;', x.what, x.place, narrowed) FROM (
            (SELECT DISTINCT CASE s.deptype WHEN 'o' THEN 'it owns' ELSE 'it was given' END || ' something elsewhere', s.place
               FROM entries s WHERE s.dbid NOT IN (0, s.here) LIMIT 10)
             UNION ALL
            (SELECT CASE s.deptype WHEN 'o' THEN format('it owns the %s %s', i.type, i.identity)
                                   ELSE format('the %s %s names it', i.type, i.identity) END, s.place
               FROM (SELECT * FROM entries s WHERE s.dbid IN (0, s.here) LIMIT 10) s, LATERAL pg_identify_object(s.classid, s.objid, 0) i)) AS x (what, place)
         UNION
        (SELECT format('%s gave it %s on %s: as that role, REVOKE it', coalesce(a.grantor::regrole::text, 'somebody'), a.privilege,
                       pg_describe_object(a.classid, a.objid, a.col))
           FROM (SELECT a.classid, a.objid, a.col, a.privilege, NULL::oid AS grantor, a.ours FROM mayfly_narrowing.actual(narrowed, scope) a
                  UNION ALL SELECT * FROM mayfly_narrowing.gifts(narrowed, scope) WHERE all_taken) a
          WHERE NOT a.ours LIMIT 10)) AS x (what));
END $$;

----------------------------------------------------------------------------------------- making (nobody may call these)

-- The name says it all, so that equal scopes share a group; `number` tells those of a scope apart.
CREATE FUNCTION mayfly_narrowing.name_of(bases text[], scope jsonb, number int) RETURNS text LANGUAGE sql AS $$
    SELECT format('mfn_%s_%s%s', g.tag, left(encode(sha256(convert_to(
        jsonb_build_array(g.installation, current_database(), to_jsonb(bases), scope)::text, 'UTF8')), 'hex'), 28), lpad(to_hex(number), 4, '0'))
      FROM mayfly_narrowing.guard g
$$;

-- The narrowed group for new leases of a scope: the first in whose name nobody left anything, there already or not.
CREATE FUNCTION mayfly_narrowing.place_of(bases text[], scope jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE candidate text;
BEGIN
    FOR number IN 0 .. 15 LOOP
        candidate := mayfly_narrowing.name_of(bases, scope, number);
        IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = candidate) OR EXISTS (
                SELECT FROM pg_roles r JOIN mayfly_narrowing.narrowed x ON x.name = r.rolname AND x.role_oid = r.oid
                 WHERE r.rolname = candidate AND x.bases = place_of.bases AND x.scope = place_of.scope AND NOT mayfly_narrowing.owns(r.oid)) THEN
            RETURN candidate;
        END IF;
    END LOOP;
    RAISE 'role % cannot be used, nor 15 more for this scope: see `fault` in mayfly_narrowing.narrowed',
        mayfly_narrowing.name_of(bases, scope, 0) USING ERRCODE = 'MF003';
END $$;

CREATE FUNCTION mayfly_narrowing.comment_of(bases text[]) RETURNS text LANGUAGE sql AS $$
    SELECT format('mayfly narrowed installation=%s compared=%s of=%s', g.installation,
        to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        jsonb_build_object('bases', to_jsonb(bases), 'database', current_database()))
      FROM mayfly_narrowing.guard g
$$;

-- What takes all away that a role has on an object. NULL for a kind that is not known, and for what is gone: then it is left.
CREATE FUNCTION mayfly_narrowing.take(classid oid, objid oid, role text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE i.type WHEN 'default acl' THEN (
               SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE ALL ON %s FROM %I', a.defaclrole::regrole,
                          ' IN SCHEMA ' || (SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = a.defaclnamespace), k.kind, role)
                 FROM pg_default_acl a, LATERAL (SELECT CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                               WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END) AS k (kind)
                WHERE a.oid = objid AND k.kind IS NOT NULL)
           ELSE 'REVOKE ALL ON ' || CASE
               WHEN i.type IN ('table', 'view', 'materialized view', 'foreign table') THEN 'TABLE'
               WHEN i.type IN ('function', 'procedure', 'aggregate', 'window function') THEN 'ROUTINE'
               WHEN i.type IN ('sequence', 'schema', 'database', 'type', 'language', 'large object', 'tablespace') THEN upper(i.type)
               WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER' WHEN i.type = 'server' THEN 'FOREIGN SERVER'
               WHEN i.type = 'parameter ACL' THEN 'PARAMETER' END || ' ' ||
               CASE i.type WHEN 'type' THEN (SELECT format('%I.%I', n.nspname, t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                                              WHERE t.oid = objid) ELSE i.identity END || format(' FROM %I CASCADE', role) END
      FROM pg_identify_object(classid, objid, 0) i
$$;

-- What takes away what a narrowed group is, or is reached with, beside its privileges: as it was made, for leases alone.
CREATE FUNCTION mayfly_narrowing.restore(narrowed text) RETURNS TABLE (step text) LANGUAGE sql AS $$
    SELECT format('ALTER ROLE %I%s', r.rolname, string_agg(' NO' || x.power, ''))
      FROM pg_roles r, LATERAL (VALUES (r.rolcanlogin, 'LOGIN'), (r.rolsuper, 'SUPERUSER'), (r.rolcreaterole, 'CREATEROLE'),
               (r.rolcreatedb, 'CREATEDB'), (r.rolreplication, 'REPLICATION'), (r.rolbypassrls, 'BYPASSRLS')) x (has, power)
     WHERE r.rolname = narrowed AND x.has GROUP BY r.rolname
     UNION ALL
    SELECT format('REVOKE %s%s FROM %s', CASE WHEN m.member <> r.oid AND is_lease THEN 'ADMIN OPTION FOR ' END, m.roleid::regrole, m.member::regrole)
           || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN format(' GRANTED BY %s CASCADE', m.grantor::regrole) ELSE '' END
      FROM pg_roles r JOIN pg_auth_members m ON r.oid IN (m.member, m.roleid) LEFT JOIN pg_roles u ON u.oid = m.member,
           mayfly_narrowing.guard g, LATERAL (SELECT starts_with(u.rolname::text, 'mf_' || g.tag || '_')) AS l (is_lease)
     WHERE r.rolname = narrowed AND (m.member = r.oid OR (u.rolname <> current_user AND (m.admin_option OR NOT is_lease)))
$$;

-- Of what it is for, that on which it has too much, by us.
CREATE FUNCTION mayfly_narrowing.surplus(narrowed text, scope jsonb, holders oid[]) RETURNS TABLE (classid oid, objid oid) LANGUAGE sql AS $$
    SELECT DISTINCT x.classid, x.objid FROM (
        SELECT a.classid, a.objid, a.col, a.privilege FROM mayfly_narrowing.actual(narrowed, scope) a WHERE a.ours
         EXCEPT SELECT * FROM mayfly_narrowing.wanted(scope, holders)) AS x
$$;

-- The statements that leave a narrowed group no more than it is to have of what it is for, and none that others could pile up: it
-- must not be used before they were run. All of a thing on which it has too much is taken: then gives() has the rest of it.
CREATE FUNCTION mayfly_narrowing.takes(narrowed text, scope jsonb, holders oid[]) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT r.step FROM mayfly_narrowing.restore(narrowed) r)
        || ARRAY(SELECT x.step FROM mayfly_narrowing.surplus(narrowed, scope, holders) s,
                        LATERAL (SELECT mayfly_narrowing.take(s.classid, s.objid, narrowed)) AS x (step)
                  WHERE x.step IS NOT NULL ORDER BY s.classid, s.objid)
$$;

-- Those that take away what it was given beside that, no more than `most`: any of them, so that some which cannot be taken do not
-- keep the others.
CREATE FUNCTION mayfly_narrowing.takes_of_gifts(narrowed text, scope jsonb, most int) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT x.step FROM (
            SELECT d.classid, d.objid FROM (SELECT DISTINCT g.classid, g.objid FROM mayfly_narrowing.gifts(narrowed, scope) g
                                             WHERE g.ours OR g.grantor IS NULL) AS d
             ORDER BY random() LIMIT most) AS g,
        LATERAL (SELECT mayfly_narrowing.take(g.classid, g.objid, narrowed)) AS x (step) WHERE x.step IS NOT NULL)
$$;

-- Those that give it what it lacks, once takes() was run.
CREATE FUNCTION mayfly_narrowing.gives(narrowed text, scope jsonb, holders oid[]) RETURNS text[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH lacking AS (
             SELECT * FROM mayfly_narrowing.wanted(scope, holders)
             EXCEPT SELECT a.classid, a.objid, a.col, a.privilege FROM mayfly_narrowing.actual(narrowed, scope) a
              WHERE (a.classid, a.objid) NOT IN (SELECT s.classid, s.objid FROM mayfly_narrowing.surplus(narrowed, scope, holders) s)),
         privileges AS (
             SELECT l.classid, l.objid, l.privilege || CASE WHEN max(l.col) > 0 THEN
                        ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' ELSE '' END AS privilege
               FROM lacking l LEFT JOIN pg_attribute a ON a.attrelid = l.objid AND a.attnum = l.col AND l.col > 0
              GROUP BY l.classid, l.objid, l.privilege, l.col > 0)
    SELECT ARRAY(
        SELECT format('GRANT %s ON %s TO %I', string_agg(p.privilege, ', ' ORDER BY p.privilege),
                   CASE WHEN d.oid IS NOT NULL THEN format('DATABASE %I', d.datname)
                        WHEN n.oid IS NOT NULL THEN format('SCHEMA %I', n.nspname)
                        ELSE format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, cn.nspname, c.relname) END, narrowed)
          FROM privileges p
          LEFT JOIN pg_database d ON p.classid = 'pg_database'::regclass AND d.oid = p.objid
          LEFT JOIN pg_namespace n ON p.classid = 'pg_namespace'::regclass AND n.oid = p.objid
          LEFT JOIN pg_class c ON p.classid = 'pg_class'::regclass AND c.oid = p.objid LEFT JOIN pg_namespace cn ON cn.oid = c.relnamespace
         GROUP BY p.classid, p.objid, d.oid, d.datname, n.oid, n.nspname, c.relkind, cn.nspname, c.relname
         ORDER BY d.oid, n.oid, cn.nspname, c.relname));
END $$;

-- GRANT and REVOKE fire event triggers, as us. Only superusers make them, but others may own the function that is run.
CREATE FUNCTION mayfly_narrowing.check_event_triggers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record;
BEGIN
    SELECT e.evtname, f.rolname INTO t FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
      JOIN pg_roles f ON f.oid = p.proowner
     WHERE e.evtenabled <> 'D' AND e.evtevent <> 'login' AND NOT (f.rolsuper OR f.rolname = current_user) LIMIT 1;
    IF FOUND THEN
        RAISE E'event trigger % would run code of role % with our rights\nALTER EVENT TRIGGER % DISABLE;',
            quote_ident(t.evtname), quote_ident(t.rolname), quote_ident(t.evtname) USING ERRCODE = 'MF018';
    END IF;
END $$;

-- Ends the transactions of the broker's account that keep the guard's row, or a narrowed group, from us: whoever stole the
-- account could otherwise keep, by an idle one, what a group has lost. A call takes milliseconds. Who waits for the row, as we did,
-- does not have it: such a one holds, or waits for, the lock of the tuple, which whoever has the row gave back. Whether any was.
CREATE FUNCTION mayfly_narrowing.end_holders(role oid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(a.pid) FROM mayfly_narrowing.guard g JOIN pg_stat_activity a ON a.usename = g.broker
      WHERE a.pid <> pg_backend_pid()
        AND coalesce(a.xact_start < clock_timestamp() - CASE WHEN a.state LIKE 'idle in transaction%' THEN interval '400 milliseconds'
                                                             ELSE interval '1 second' END, true) AND EXISTS (
            SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND (
                l.locktype = 'object' AND l.database = 0 AND l.classid = 'pg_authid'::regclass AND l.objid = role
                OR l.locktype = 'relation' AND l.relation = 'mayfly_narrowing.guard'::regclass AND l.mode = 'RowShareLock'
                   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                   AND NOT EXISTS (SELECT FROM pg_locks w WHERE w.pid = l.pid AND w.locktype = 'tuple'
                                      AND w.database = l.database AND w.relation = l.relation)));
    RETURN FOUND;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;                                -- the guard's owner may not: then nobody ends them
END $$;

-- Runs statements about a narrowed group, once more when somebody who held it was ended. Waits for locks as long as said, but not
-- past a time. Says why not: then none of them was done.
CREATE FUNCTION mayfly_narrowing.run(steps text[], role oid, wait interval, until timestamptz, OUT code text, OUT why text) LANGUAGE plpgsql AS $$
DECLARE step text;
BEGIN
    FOR attempt IN 1 .. 2 LOOP
        BEGIN
            code := NULL; why := NULL;
            IF EXISTS (SELECT FROM unnest(steps) s WHERE s !~ '^(COMMENT ON|CREATE|ALTER|DROP) ROLE ') THEN
                PERFORM mayfly_narrowing.check_event_triggers();
            END IF;
            FOREACH step IN ARRAY steps LOOP
                PERFORM set_config('lock_timeout', greatest(10, extract(epoch FROM least(wait, until - clock_timestamp())) * 1000)::int || 'ms', true);
                EXECUTE step;
            END LOOP;
            RETURN;
        EXCEPTION
            WHEN lock_not_available THEN
                code := SQLSTATE; why := SQLERRM;
                EXIT WHEN NOT mayfly_narrowing.end_holders(role);
            WHEN program_limit_exceeded THEN     -- an ACL has room for some 2,000 entries
                code := SQLSTATE; why := format('as many roles as can be have privileges there already (%s): %s', SQLERRM, step);
                RETURN;
            WHEN OTHERS THEN
                code := SQLSTATE; why := SQLERRM;
                RETURN;
        END;
    END LOOP;
END $$;

-- Takes away what can be taken: all at once, and when that fails each by itself, so that what somebody holds, drops or alters
-- meanwhile keeps nothing else. Waits for locks, first as long as said and then a tenth of a second each, and stops at a time.
-- Says the first reason why something was not done, but of what we may not: look again afterwards what is left.
CREATE FUNCTION mayfly_narrowing.take_away(steps text[], role oid, wait text, until timestamptz, OUT code text, OUT why text) LANGUAGE plpgsql AS $$
DECLARE step text;
BEGIN
    IF steps = '{}' THEN
        RETURN;
    END IF;
    PERFORM set_config('lock_timeout', wait, true);
    BEGIN
        IF EXISTS (SELECT FROM unnest(steps) s WHERE s ~ '^(REVOKE ALL ON|ALTER DEFAULT) ') THEN
            PERFORM mayfly_narrowing.check_event_triggers();
        END IF;
        FOREACH step IN ARRAY steps LOOP
            EXECUTE step;
        END LOOP;
        RETURN;
    EXCEPTION
        WHEN lock_not_available THEN
            PERFORM mayfly_narrowing.end_holders(role);
        WHEN OTHERS THEN
            NULL;                                -- which it was is found below
    END;
    PERFORM set_config('lock_timeout', '100ms', true);
    FOREACH step IN ARRAY steps LOOP
        IF clock_timestamp() > until THEN
            code := coalesce(code, '55P03');
            why := coalesce(why, 'there was no time for all of it');
            RETURN;
        END IF;
        BEGIN
            IF step ~ '^(REVOKE ALL ON|ALTER DEFAULT) ' THEN
                PERFORM mayfly_narrowing.check_event_triggers();
            END IF;
            EXECUTE step;
        EXCEPTION
            WHEN insufficient_privilege OR dependent_objects_still_exist THEN
                NULL;
            WHEN OTHERS THEN
                code := coalesce(code, SQLSTATE); why := coalesce(why, SQLERRM);
        END;
    END LOOP;
END $$;

-- What a narrowed group of this scope is to have: [{kind, name, privileges}], for people.
CREATE FUNCTION mayfly_narrowing.in_words(scope jsonb, holders oid[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', x.kind, 'name', x.name, 'privileges', x.privileges) ORDER BY x.rank, x.name), '[]')
      FROM (SELECT o.kind, o.name, o.rank, jsonb_agg(w.privilege ORDER BY w.privilege) AS privileges
              FROM mayfly_narrowing.wanted(scope, holders) w
              LEFT JOIN pg_class c ON w.classid = 'pg_class'::regclass AND c.oid = w.objid LEFT JOIN pg_namespace cn ON cn.oid = c.relnamespace
              LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = w.col AND w.col > 0
              LEFT JOIN pg_namespace n ON w.classid = 'pg_namespace'::regclass AND n.oid = w.objid,
                   LATERAL (SELECT CASE WHEN a.attnum IS NOT NULL THEN 'column' WHEN n.oid IS NOT NULL THEN 'schema'
                                        WHEN c.oid IS NULL THEN 'database' WHEN c.relkind = 'S' THEN 'sequence' WHEN c.relkind = 'v' THEN 'view'
                                        WHEN c.relkind = 'm' THEN 'materialized view' ELSE 'table' END,
                                   CASE WHEN a.attnum IS NOT NULL THEN format('%I.%I.%I', cn.nspname, c.relname, a.attname)
                                        WHEN c.oid IS NOT NULL THEN format('%I.%I', cn.nspname, c.relname)
                                        ELSE quote_ident(coalesce(n.nspname, current_database())) END,
                                   CASE WHEN n.oid IS NOT NULL THEN 1 WHEN a.attnum IS NOT NULL THEN 4
                                        WHEN c.oid IS NULL OR c.relkind = 'S' THEN 3 ELSE 2 END) AS o (kind, name, rank)
             GROUP BY o.kind, o.name, o.rank) AS x
$$;

-- Refuses what is not a part of what the groups have.
CREATE FUNCTION mayfly_narrowing.check_subset(scope jsonb, bases text[], holders oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE lacking text;
BEGIN
    SELECT format('%I.%I: %s', n.nspname, c.relname, mayfly_narrowing.tells_apart(c.oid, holders)) INTO lacking
      FROM jsonb_array_elements(scope) s JOIN pg_namespace n ON n.nspname = s ->> 'schema'
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s ->> 'table'
     WHERE mayfly_narrowing.tells_apart(c.oid, holders) IS NOT NULL LIMIT 1;
    IF lacking IS NOT NULL THEN
        RAISE 'a part cannot be given of %', lacking USING ERRCODE = 'MF020';
    END IF;
    SELECT format('%I.%I', s ->> 'schema', s ->> 'table') || coalesce('.' || quote_ident(asked), '') INTO lacking
      FROM jsonb_array_elements(scope) s
      LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(s -> 'columns') = 'array' THEN s -> 'columns' ELSE '[]' END) asked ON true
      LEFT JOIN pg_namespace n ON n.nspname = s ->> 'schema'
      LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s ->> 'table'
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = asked AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.oid IS NULL OR (asked IS NOT NULL AND a.attnum IS NULL)
        OR NOT EXISTS (SELECT FROM mayfly_narrowing.wanted(jsonb_build_array(s), holders) w
                        WHERE w.objid = c.oid AND w.classid = 'pg_class'::regclass AND (asked IS NULL OR w.col = a.attnum))
        OR NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = ANY (bases) AND has_schema_privilege(r.oid, n.oid, 'USAGE')) LIMIT 1;
    IF lacking IS NOT NULL THEN
        RAISE 'the groups have nothing on % that could be given', lacking USING ERRCODE = 'MF020';
    END IF;
END $$;

-- Counts a new group. At the ceiling the one goes that has no members and nobody asked for longest, though nobody's of the last
-- seconds, which an issue may be about to use: so whoever asks for very many keeps nobody else from theirs.
CREATE FUNCTION mayfly_narrowing.make_room(until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    g mayfly_narrowing.guard := (SELECT x FROM mayfly_narrowing.guard x);
    n mayfly_narrowing.narrowed;
BEGIN
    IF g.minute NOT BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() THEN
        g.minute := clock_timestamp(); g.made := 0;
    ELSIF g.made >= g.max_new_per_minute THEN
        RAISE 'the ceiling of narrowed groups made in a minute is reached' USING ERRCODE = 'MF007';
    END IF;
    UPDATE mayfly_narrowing.guard SET minute = g.minute, made = g.made + 1;
    FOR n IN SELECT x.* FROM mayfly_narrowing.narrowed x WHERE x.asked_at < clock_timestamp() - interval '10 seconds'
                AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
                                 WHERE m.roleid = x.role_oid AND u.rolname <> current_user)
              ORDER BY x.asked_at, x.name LIMIT 5 LOOP
        EXIT WHEN (SELECT count(*) FROM mayfly_narrowing.narrowed) < g.max_groups;
        IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = n.name AND r.oid = n.role_oid) OR (SELECT x.code FROM mayfly_narrowing.run(
               mayfly_narrowing.takes(n.name, n.scope, '{}') || mayfly_narrowing.takes_of_gifts(n.name, n.scope, 20)
                   || format('DROP ROLE %I', n.name), n.role_oid, '100 milliseconds', until) x) IS NULL THEN
            DELETE FROM mayfly_narrowing.narrowed x WHERE x.name = n.name;
        END IF;
    END LOOP;
    IF (SELECT count(*) FROM mayfly_narrowing.narrowed) >= g.max_groups THEN
        RAISE 'the ceiling of narrowed groups is reached' USING ERRCODE = 'MF006';
    END IF;
END $$;

------------------------------------------------------------------------------------------------ for the broker

-- [{bases: [..], scope: [{schema, table, columns}]}] -> the narrowed group for it, made or found, and compared just now.
CREATE FUNCTION mayfly_narrowing.narrow(batch jsonb)
RETURNS TABLE (ordinal int, narrowed text, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    x mayfly_narrowing.narrowed;
    groups text[];
    r oid;
    holders oid[];
    canon jsonb;
    steps text[];
    code text;
    note text;
    until timestamptz;                           -- others wait for us, two seconds at most: what we don't get to has to be asked for again
BEGIN
    FOR m IN SELECT * FROM mayfly_narrowing.members(batch, true) LOOP
        code := '00000'; note := ''; narrowed := NULL;
        BEGIN
            -- Compared within the last 30 seconds: what equal scopes share costs little, and writes nothing. Asked for within the last
            -- minute, or tend() might take it for unused.
            groups := mayfly_narrowing.bases(m.member);
            canon := mayfly_narrowing.canonical(m.member -> 'scope', mayfly_narrowing.holders(groups));
            SELECT n.* INTO x FROM mayfly_narrowing.narrowed n JOIN pg_roles r ON r.rolname = n.name AND r.oid = n.role_oid
             WHERE n.bases = groups AND n.scope = canon AND NOT mayfly_narrowing.owns(r.oid)
               AND n.compared_at BETWEEN clock_timestamp() - interval '30 seconds' AND clock_timestamp()
               AND n.asked_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp()
             ORDER BY n.name LIMIT 1;
            narrowed := x.name;
            IF narrowed IS NULL THEN
                -- From here on one after the other, by what is so now.
                IF clock_timestamp() > until THEN
                    RAISE 'there was no time for it in this call' USING ERRCODE = '55P03';
                END IF;
                PERFORM set_config('lock_timeout', '2s', true);
                PERFORM FROM mayfly_narrowing.guard FOR UPDATE;
                until := coalesce(until, clock_timestamp() + interval '1 second');
                groups := mayfly_narrowing.bases(m.member);
                holders := mayfly_narrowing.holders(groups);
                canon := mayfly_narrowing.canonical(m.member -> 'scope', holders);
                PERFORM mayfly_narrowing.check_subset(canon, groups, holders);
                narrowed := mayfly_narrowing.place_of(groups, canon);
                IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = narrowed) THEN
                    PERFORM mayfly_narrowing.make_room(until);
                    EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', narrowed);
                END IF;
                r := (SELECT p.oid FROM pg_roles p WHERE p.rolname = narrowed);
                steps := mayfly_narrowing.takes(narrowed, canon, holders);
                IF steps <> '{}' THEN
                    SELECT * INTO code, note FROM mayfly_narrowing.take_away(steps, r, '500ms', until);
                    steps := mayfly_narrowing.takes(narrowed, canon, holders);
                    IF steps <> '{}' AND code IS NOT NULL THEN
                        RAISE '%', note USING ERRCODE = code;
                    ELSIF steps <> '{}' THEN
                        RAISE 'role % cannot be used: this was not done: %', narrowed, steps[1] USING ERRCODE = 'MF003';
                    END IF;
                END IF;
                -- What others gave it of their own, and cannot be taken from them, is no reason not to use it.
                PERFORM mayfly_narrowing.take_away(mayfly_narrowing.takes_of_gifts(narrowed, canon, 20), r, '100ms',
                    least(until, clock_timestamp() + interval '200 milliseconds'));
                SELECT * INTO code, note FROM mayfly_narrowing.run(mayfly_narrowing.gives(narrowed, canon, holders)
                    || format('COMMENT ON ROLE %I IS %L', narrowed, mayfly_narrowing.comment_of(groups)), r, '500 milliseconds', until);
                IF code IS NOT NULL THEN
                    RAISE '%', note USING ERRCODE = code;
                END IF;
                INSERT INTO mayfly_narrowing.narrowed AS n (name, bases, scope, made_at, asked_at, compared_at, role_oid, tended_at, given)
                    VALUES (narrowed, groups, canon, clock_timestamp(), clock_timestamp(), clock_timestamp(), r, clock_timestamp(),
                            ARRAY(SELECT DISTINCT w.objid FROM mayfly_narrowing.wanted(canon, holders) w WHERE w.classid <> 'pg_database'::regclass))
                    ON CONFLICT (name) DO UPDATE SET asked_at = clock_timestamp(), compared_at = clock_timestamp(), role_oid = excluded.role_oid,
                        given = ARRAY(SELECT unnest(n.given) UNION SELECT unnest(excluded.given));
                code := '00000'; note := '';
            END IF;
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; narrowed := NULL;
        END;
        RETURN QUERY SELECT m.ordinal, narrowed, code, note;
    END LOOP;
END $$;

-- The same, without doing it: the statements that narrow() would run, and what the group is to have.
CREATE FUNCTION mayfly_narrowing.preview(batch jsonb)
RETURNS TABLE (ordinal int, narrowed text, statements jsonb, privileges jsonb, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    bases text[];
    holders oid[];
    canon jsonb;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly_narrowing.members(batch, false) LOOP
        code := '00000'; note := ''; narrowed := NULL; statements := '[]'; privileges := '[]';
        BEGIN
            bases := mayfly_narrowing.bases(m.member);
            holders := mayfly_narrowing.holders(bases);
            canon := mayfly_narrowing.canonical(m.member -> 'scope', holders);
            PERFORM mayfly_narrowing.check_subset(canon, bases, holders);
            narrowed := mayfly_narrowing.place_of(bases, canon);
            IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = narrowed) THEN
                statements := jsonb_build_array(format('CREATE ROLE %I NOLOGIN', narrowed));
            END IF;
            statements := statements || to_jsonb(mayfly_narrowing.takes(narrowed, canon, holders))
                || to_jsonb(mayfly_narrowing.takes_of_gifts(narrowed, canon, 20)) || to_jsonb(mayfly_narrowing.gives(narrowed, canon, holders))
                || to_jsonb(format('COMMENT ON ROLE %I IS %L', narrowed, mayfly_narrowing.comment_of(bases)));
            privileges := mayfly_narrowing.in_words(canon, holders);
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; narrowed := NULL; statements := '[]'; privileges := '[]';
        END;
        RETURN QUERY SELECT m.ordinal, narrowed, statements, privileges, code, note;
    END LOOP;
END $$;

-- Each minute, by the broker or a scheduler: the 50 that were not looked at for longest, as far as it gets in a second and a half.
-- Narrowed groups with members lose what their groups have lost, and then what somebody else gave them; those without that nobody
-- asked for in ten minutes, twice as long as core takes one for, are dropped. One in whose name something was left has, without
-- members, nothing any more.
-- Says what it did: revoked | dropped | gone | fault (see the table), and nothing where nothing was to be done; and at the end
-- `more`, when there are others to look at.
CREATE FUNCTION mayfly_narrowing.tend() RETURNS TABLE (narrowed text, action text)
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
    room int := 500;                             -- gifts that are taken away in a call
    n mayfly_narrowing.narrowed;
    r oid;
    undone oid;
    is_left_out boolean;
    holders oid[];
    steps text[];
    gifts text[];
    given bigint;
    gifted text;
    is_idle boolean;
    leftover text;
    why text;
BEGIN
    PERFORM FROM mayfly_narrowing.members('[]', true);
    PERFORM set_config('lock_timeout', '1s', true);
    FOR attempt IN 1 .. 3 LOOP
        BEGIN
            PERFORM FROM mayfly_narrowing.guard FOR UPDATE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 3 THEN
                RAISE E'another transaction holds the guard\'s row%', (
                        SELECT ', perhaps one that was prepared:' || string_agg(format(E'\nROLLBACK PREPARED %L;', p.gid), '' ORDER BY p.gid)
                          FROM mayfly_narrowing.guard g JOIN pg_prepared_xacts p ON p.owner = g.broker AND p.database = current_database())
                    USING ERRCODE = '55P03';
            END IF;
            PERFORM mayfly_narrowing.end_holders(0);
        END;
    END LOOP;
    until := clock_timestamp() + interval '1.5 seconds';               -- narrow() waits two seconds for us
    -- The one at which a call was undone, whatever made it so, is left out every other time, as that undoes what was done for the
    -- others, too. By chance, and the next call has it first: else whoever undoes calls on purpose could keep it as it is.
    undone := (SELECT t.last_value::oid FROM mayfly_narrowing.turn t WHERE random() < 0.5);
    UPDATE mayfly_narrowing.narrowed x SET fault = 'tend() did not come to its end with it: look what hangs on it'
     WHERE x.role_oid = undone AND undone <> 0 RETURNING x.name INTO narrowed;
    is_left_out := FOUND;
    IF is_left_out THEN
        action := 'fault';
        RETURN NEXT;
    END IF;
    FOR n IN SELECT * FROM mayfly_narrowing.narrowed x WHERE NOT is_left_out OR x.role_oid <> undone
              ORDER BY x.tended_at, x.name LIMIT 50 LOOP
        EXIT WHEN clock_timestamp() > until;
        narrowed := n.name; action := NULL;
        PERFORM setval('mayfly_narrowing.turn', n.role_oid::bigint);
        r := (SELECT p.oid FROM pg_roles p WHERE p.rolname = n.name AND p.oid = n.role_oid);
        IF r IS NULL THEN                        -- dropped, perhaps made anew by somebody else
            DELETE FROM mayfly_narrowing.narrowed x WHERE x.name = n.name;
            action := 'gone';
            RETURN NEXT;
            CONTINUE;
        END IF;
        is_idle := (n.asked_at < clock_timestamp() - interval '10 minutes' OR mayfly_narrowing.owns(r))
            AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member WHERE m.roleid = r AND u.rolname <> current_user);
        holders := CASE WHEN is_idle THEN '{}' ELSE mayfly_narrowing.holders(
            ARRAY(SELECT a.name FROM mayfly_narrowing.allowed_base a WHERE a.name = ANY (n.bases))) END;
        -- Take away first, by itself: nothing that fails afterwards gives it back. Only ever less: what the groups have got since, the
        -- next narrow() gives.
        BEGIN
            why := NULL; gifted := NULL; leftover := NULL;
            steps := mayfly_narrowing.takes(n.name, n.scope, holders);
            IF steps <> '{}' THEN
                why := (mayfly_narrowing.take_away(steps, r, '500ms', until)).why;
                action := CASE WHEN mayfly_narrowing.takes(n.name, n.scope, holders) <> steps THEN 'revoked' END;
                steps := mayfly_narrowing.takes(n.name, n.scope, holders);
                -- Whatever it was, it is done, or there is a reason.
                why := CASE WHEN steps <> '{}' THEN coalesce(why, 'this was not done: ' || steps[1]) END;
                steps := mayfly_narrowing.gives(n.name, n.scope, holders);
                IF steps <> '{}' THEN            -- the rest of what all was taken of
                    why := coalesce(why, (mayfly_narrowing.run(steps, r, '500 milliseconds', until)).why);
                END IF;
            END IF;
            -- What others gave it of their own keeps it from nothing.
            gifts := mayfly_narrowing.takes_of_gifts(n.name, n.scope, least(room, 200));
            IF gifts <> '{}' THEN
                given := (SELECT count(*) FROM mayfly_narrowing.gifts(n.name, n.scope));
                gifted := 'not all was taken away of what it was given: ' || coalesce((mayfly_narrowing.take_away(gifts, r, '100ms',
                    least(until, clock_timestamp() + interval '200 milliseconds'))).why,
                    CASE WHEN cardinality(gifts) >= least(room, 200) THEN 'it is more than is taken away in one call' END);
                room := room - cardinality(gifts);
                IF (SELECT count(*) FROM mayfly_narrowing.gifts(n.name, n.scope)) <> given THEN
                    action := 'revoked';
                END IF;
            END IF;
            leftover := nullif(concat_ws(E'\n', gifted, mayfly_narrowing.left_in(n.name, n.scope, gifted IS NULL)), '');
        EXCEPTION WHEN OTHERS THEN
            why := SQLERRM;
        END;
        IF why IS NULL AND is_idle AND leftover IS NULL THEN
            why := (mayfly_narrowing.run(ARRAY[format('DROP ROLE %I', n.name)], r, '100 milliseconds', until)).why;
            IF why IS NULL THEN
                DELETE FROM mayfly_narrowing.narrowed x WHERE x.name = n.name;
                action := 'dropped';
                RETURN NEXT;
                CONTINUE;
            END IF;
        ELSIF why IS NULL AND n.compared_at < clock_timestamp() - interval '45 seconds' THEN
            -- Those that were left something, too: their leases go on.
            why := (mayfly_narrowing.run(ARRAY[format('COMMENT ON ROLE %I IS %L', n.name, mayfly_narrowing.comment_of(n.bases))], r, '500 milliseconds', until)).why;
            IF why IS NULL THEN
                UPDATE mayfly_narrowing.narrowed x SET compared_at = clock_timestamp() WHERE x.name = n.name;
            END IF;
        END IF;
        why := coalesce(why, leftover);
        UPDATE mayfly_narrowing.narrowed x SET tended_at = clock_timestamp(), fault = why WHERE x.name = n.name;
        IF why IS DISTINCT FROM n.fault AND why IS NOT NULL THEN
            action := 'fault';
        END IF;
        IF action IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM setval('mayfly_narrowing.turn', 0);
    IF is_left_out OR EXISTS (SELECT FROM mayfly_narrowing.narrowed x WHERE x.tended_at < clock_timestamp() - interval '20 seconds') THEN
        narrowed := NULL; action := 'more';
        RETURN NEXT;
    END IF;
END $$;

-- What `mayflyd check` compares.
CREATE FUNCTION mayfly_narrowing.describe() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object(
        'guard_version', g.guard_version, 'module', 'narrowing', 'installation', g.installation, 'tag', g.tag,
        'broker', g.broker, 'owner', o.rolname, 'owner_is_superuser', o.rolsuper, 'database', current_database(),
        'groups', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM mayfly_narrowing.allowed_base),
        'faults', (SELECT coalesce(jsonb_agg(name || ': ' || fault ORDER BY name), '[]') FROM mayfly_narrowing.narrowed WHERE fault IS NOT NULL),
        'functions', (SELECT jsonb_agg(jsonb_build_object('name', p.oid::regprocedure::text,
                'sha256', encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 'owner', p.proowner::regrole::text,
                'security_definer', p.prosecdef, 'config', to_jsonb(p.proconfig),
                'acl', (SELECT coalesce(jsonb_agg(coalesce(r.rolname, 'PUBLIC') ORDER BY r.rolname), '[]')
                          FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                          LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner))
                ORDER BY p.oid::regprocedure::text)
            FROM pg_proc p WHERE p.pronamespace = s.oid))
      FROM mayfly_narrowing.guard g, pg_namespace s JOIN pg_roles o ON o.oid = s.nspowner
     WHERE s.nspname = 'mayfly_narrowing'
$$;

-- section: values
---------------------------------------------------------------------------- this installation: values, then rights

-- The only values that `mayflyd guard print` fills in: SQL literals, ARRAY[...] of literals.
INSERT INTO mayfly_narrowing.guard VALUES (true, 2, {{installation}}, {{tag}}, {{broker}});
INSERT INTO mayfly_narrowing.allowed_base SELECT unnest({{groups}}::text[]);

-- section: rights
DO $$   -- rights
DECLARE
    broker text := (SELECT broker FROM mayfly_narrowing.guard);
    f regprocedure;
    stray text;
BEGIN
    -- Default privileges of this database or its roles gave others something on what was just made: nobody meant the guard.
    FOR stray IN
        SELECT format('REVOKE %s ON %s %s FROM %s CASCADE', o.privileges, o.kind, o.name, coalesce(quote_ident(r.rolname), 'PUBLIC'))
          FROM (SELECT 'ALL', 'TABLE', c.oid::regclass::text, c.relowner, c.relacl FROM pg_class c
                 WHERE c.relnamespace = 'mayfly_narrowing'::regnamespace AND c.relkind IN ('r', 'v', 'S')
                 UNION ALL SELECT 'ALL', 'FUNCTION', p.oid::regprocedure::text, p.proowner, p.proacl FROM pg_proc p
                 WHERE p.pronamespace = 'mayfly_narrowing'::regnamespace
                 UNION ALL SELECT 'CREATE', 'SCHEMA', n.nspname, n.nspowner, n.nspacl FROM pg_namespace n WHERE n.nspname = 'mayfly_narrowing')
               AS o (privileges, kind, name, owner, acl), aclexplode(o.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE a.grantee <> o.owner GROUP BY o.privileges, o.kind, o.name, r.rolname LOOP
        EXECUTE stray;
    END LOOP;
    -- Every function runs with its owner's rights under settings that the caller cannot choose, for nobody ...
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'mayfly_narrowing'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET DateStyle = %L '
            'SET TimeZone = %L SET lock_timeout = %L', f, 'ISO', 'UTC', '2s');
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    END LOOP;
    -- ... except these, for the broker.
    FOREACH f IN ARRAY ARRAY['mayfly_narrowing.describe()', 'mayfly_narrowing.narrow(jsonb)',
        'mayfly_narrowing.preview(jsonb)', 'mayfly_narrowing.tend()'] LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, broker);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), broker);
    EXECUTE format('GRANT USAGE ON SCHEMA mayfly_narrowing TO %I', broker);
END $$;
-- section: end
COMMIT;
