-- Mayfly guard for PostgreSQL 13-18, module narrowing, version 2.
--
-- What it is: a lease may ask for less than its profile's groups give, for some tables or columns. It then becomes a member of
-- a NOLOGIN role of its own scope, a *narrowed group* mfn_<tag>_<hash>, instead of the groups. Only these functions make, change
-- and drop such roles, and only those whose name and comment are theirs. A narrowed group holds the privileges that the groups
-- themselves hold on the tables and columns named (never what they have from PUBLIC), USAGE on their schemas, CONNECT, and
-- nothing else. What a group loses, its narrowed groups lose too: at the next issue, and within a minute by tend(); at once
-- when you call it:  SELECT * FROM mayfly_narrowing.tend();
--
-- Install module core first, then this one in each database in which leases may be narrowed, as a superuser, on the writable
-- server:  psql -d DATABASE -f this-file      It fails if the schema mayfly_narrowing exists. Then, as a superuser:
--   INSERT INTO mayfly_narrowing.allowed_base VALUES ('orders_readonly');   DELETE ... takes it away (so does core's own list)
--   UPDATE mayfly_narrowing.guard SET max_groups = 100;   -- each is an entry in the ACLs of its tables, which hold some 2,000
-- Which there are, and why: TABLE mayfly_narrowing.narrowed;
-- Upgrades: as for module core. To remove it, when no lease is left: call tend() ten minutes after the last,
-- then DROP SCHEMA mayfly_narrowing CASCADE; what is left of \du mfn_* is dropped with DROP OWNED BY and DROP ROLE.
--
-- How core knows them: by their comments, which hold the groups and the time of the last comparison, and which nobody else may
-- write who cannot make roles anyway. Core takes a narrowed group only when each of its groups is allowed there still, and
-- when it was compared with them within the last five minutes.
--
-- Rows answer the members of a batch in order (sqlstate 00000 means done); each fails alone. Codes: those of module core, and
--   MF020 no part of what the groups have: no such table or column (or several), none of their privileges, or row-level
--         security that names them, which would not be in force for somebody who is no member of theirs

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
CREATE SCHEMA mayfly_narrowing;

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
    fault text);                                 -- why it could not be compared: a person must look

-- section: changes
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
-- Column 0 is the whole table, as in pg_shdepend.

-- What the holders have on a table and its columns. Nothing where row-level security names one of them: a restrictive policy
-- of theirs would not restrict the narrowed group.
CREATE FUNCTION mayfly_narrowing.held(relation oid, holders oid[]) RETURNS TABLE (col int, privilege text) LANGUAGE sql AS $$
    SELECT x.col, x.privilege
      FROM (SELECT 0, e.privilege_type, e.grantee
              FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e WHERE c.oid = relation
             UNION ALL
            SELECT a.attnum, e.privilege_type, e.grantee FROM pg_attribute a, aclexplode(a.attacl) e
             WHERE a.attrelid = relation AND NOT a.attisdropped) AS x (col, privilege, grantee)
     WHERE x.grantee = ANY (holders)
       AND NOT EXISTS (SELECT FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                        WHERE p.polrelid = relation AND c.relrowsecurity AND p.polroles && holders)
$$;

-- What a narrowed group of this scope is to have: object, column, privilege.
CREATE FUNCTION mayfly_narrowing.wanted(scope jsonb, holders oid[])
RETURNS TABLE (classid oid, objid oid, col int, privilege text) LANGUAGE sql AS $$
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
     WHERE d.datname = current_database() AND e.grantee = ANY (holders) AND e.privilege_type = 'CONNECT'
$$;

-- What a role has of its own in this database and on what all databases share, of whatever kind: what is none of the
-- kinds that wanted() knows, or can be granted on, or is more than a privilege, has a privilege that nobody wants.
CREATE FUNCTION mayfly_narrowing.actual(role oid)
RETURNS TABLE (classid oid, objid oid, col int, privilege text) LANGUAGE sql AS $$
    SELECT s.classid, s.objid, s.objsubid,
           CASE WHEN s.deptype <> 'a' THEN 'more than a privilege' WHEN e.is_grantable THEN e.privilege_type || ' with grant option'
                ELSE coalesce(e.privilege_type, 'of another kind') END
      FROM pg_shdepend s
      LEFT JOIN pg_class c ON s.classid = 'pg_class'::regclass AND s.objsubid = 0 AND c.oid = s.objid
      LEFT JOIN pg_attribute a ON s.classid = 'pg_class'::regclass AND s.objsubid <> 0 AND a.attrelid = s.objid AND a.attnum = s.objsubid
      LEFT JOIN pg_namespace n ON s.classid = 'pg_namespace'::regclass AND n.oid = s.objid
      LEFT JOIN pg_database d ON s.classid = 'pg_database'::regclass AND d.oid = s.objid
      LEFT JOIN LATERAL aclexplode(coalesce(c.relacl, a.attacl, n.nspacl, d.datacl)) e ON e.grantee = role
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = role
       AND s.dbid IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
$$;

-- Why a role of that name is not to be touched or used; NULL when all is well. A person must look.
CREATE FUNCTION mayfly_narrowing.fault_of(narrowed text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE
        WHEN NOT starts_with(coalesce(shobj_description(r.oid, 'pg_authid'), ''), format('mayfly narrowed installation=%s compared=', g.installation))
            THEN 'its comment is not of this guard'
        WHEN r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
            THEN 'somebody gave it attributes'
        WHEN EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) THEN 'somebody made it a member of another role'
        WHEN EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.admin_option AND m.member <> o.nspowner)
            THEN 'somebody may hand it on'
        WHEN EXISTS (SELECT FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o')
            THEN 'it owns something'
        WHEN EXISTS (SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid WHERE s.refclassid = 'pg_authid'::regclass
                        AND s.refobjid = r.oid AND d.datname <> current_database()) THEN 'somebody gave it something in another database'
        END
      FROM mayfly_narrowing.guard g, pg_roles r, pg_namespace o WHERE r.rolname = narrowed AND o.nspname = 'mayfly_narrowing'
$$;

----------------------------------------------------------------------------------------- making (nobody may call these)

-- The name says it all, so that equal scopes share a group.
CREATE FUNCTION mayfly_narrowing.name_of(bases text[], scope jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('mfn_%s_%s', g.tag, left(encode(sha256(convert_to(
        jsonb_build_array(g.installation, current_database(), to_jsonb(bases), scope)::text, 'UTF8')), 'hex'), 32))
      FROM mayfly_narrowing.guard g
$$;

CREATE FUNCTION mayfly_narrowing.comment_of(bases text[]) RETURNS text LANGUAGE sql AS $$
    SELECT format('mayfly narrowed installation=%s compared=%s of=%s', g.installation,
        to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        jsonb_build_object('bases', to_jsonb(bases), 'database', current_database()))
      FROM mayfly_narrowing.guard g
$$;

-- The statements that give `role` what it is to have, and nothing else. With a surplus of any kind all is taken away first.
CREATE FUNCTION mayfly_narrowing.steps(narrowed text, scope jsonb, holders oid[]) RETURNS text[] LANGUAGE sql AS $$
    WITH actual AS (SELECT a.* FROM pg_roles r, mayfly_narrowing.actual(r.oid) a WHERE r.rolname = narrowed),
         wanted AS (SELECT * FROM mayfly_narrowing.wanted(scope, holders)),
         surplus AS (SELECT EXISTS (SELECT * FROM actual EXCEPT SELECT * FROM wanted) AS there),
         lacking AS (SELECT * FROM wanted EXCEPT SELECT * FROM actual WHERE NOT (SELECT there FROM surplus)),
         privileges AS (
             SELECT l.classid, l.objid, l.privilege || CASE WHEN max(l.col) > 0 THEN
                        ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' ELSE '' END AS privilege
               FROM lacking l LEFT JOIN pg_attribute a ON a.attrelid = l.objid AND a.attnum = l.col AND l.col > 0
              GROUP BY l.classid, l.objid, l.privilege, l.col > 0)
    SELECT CASE WHEN (SELECT there FROM surplus) THEN ARRAY[format('DROP OWNED BY %I RESTRICT', narrowed)] ELSE '{}' END || ARRAY(
        SELECT format('GRANT %s ON %s TO %I', string_agg(p.privilege, ', ' ORDER BY p.privilege),
                   CASE WHEN d.oid IS NOT NULL THEN format('DATABASE %I', d.datname)
                        WHEN n.oid IS NOT NULL THEN format('SCHEMA %I', n.nspname)
                        ELSE format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, cn.nspname, c.relname) END, narrowed)
          FROM privileges p
          LEFT JOIN pg_database d ON p.classid = 'pg_database'::regclass AND d.oid = p.objid
          LEFT JOIN pg_namespace n ON p.classid = 'pg_namespace'::regclass AND n.oid = p.objid
          LEFT JOIN pg_class c ON p.classid = 'pg_class'::regclass AND c.oid = p.objid LEFT JOIN pg_namespace cn ON cn.oid = c.relnamespace
         GROUP BY p.classid, p.objid, d.oid, d.datname, n.oid, n.nspname, c.relkind, cn.nspname, c.relname
         ORDER BY d.oid, n.oid, cn.nspname, c.relname)
$$;

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

------------------------------------------------------------------------------------------------ for the broker

-- [{bases: [..], scope: [{schema, table, columns}]}] -> the narrowed group for it, made or found, and compared just now.
CREATE FUNCTION mayfly_narrowing.narrow(batch jsonb)
RETURNS TABLE (ordinal int, narrowed text, sqlstate text, message text)
LANGUAGE plpgsql AS $$
DECLARE
    m record;
    bases text[];
    holders oid[];
    canon jsonb;
    step text;
    fault text;
    code text;
    note text;
BEGIN
    FOR m IN SELECT * FROM mayfly_narrowing.members(batch, true) LOOP
        code := '00000'; note := ''; narrowed := NULL;
        BEGIN
            bases := mayfly_narrowing.bases(m.member);
            holders := mayfly_narrowing.holders(bases);
            canon := mayfly_narrowing.canonical(m.member -> 'scope', holders);
            narrowed := mayfly_narrowing.name_of(bases, canon);
            -- Compared within the last 30 seconds: what equal scopes share costs little.
            IF NOT EXISTS (SELECT FROM mayfly_narrowing.narrowed x JOIN pg_roles r ON r.rolname = x.name
                            WHERE x.name = narrowed AND x.fault IS NULL
                              AND x.compared_at BETWEEN clock_timestamp() - interval '30 seconds' AND clock_timestamp()) THEN
                PERFORM FROM mayfly_narrowing.guard FOR UPDATE;
                PERFORM mayfly_narrowing.check_subset(canon, bases, holders);
                fault := mayfly_narrowing.fault_of(narrowed);
                IF fault IS NOT NULL THEN
                    RAISE 'role % cannot be used: %', narrowed, fault USING ERRCODE = 'MF003';
                ELSIF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = narrowed) THEN
                    IF (SELECT count(*) FROM mayfly_narrowing.narrowed) >= (SELECT max_groups FROM mayfly_narrowing.guard) THEN
                        RAISE 'the ceiling of narrowed groups is reached' USING ERRCODE = 'MF006';
                    END IF;
                    EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', narrowed);
                END IF;
                FOREACH step IN ARRAY mayfly_narrowing.steps(narrowed, canon, holders) LOOP
                    EXECUTE step;
                END LOOP;
                EXECUTE format('COMMENT ON ROLE %I IS %L', narrowed, mayfly_narrowing.comment_of(bases));
                INSERT INTO mayfly_narrowing.narrowed AS x VALUES (narrowed, bases, canon, clock_timestamp(), clock_timestamp(), clock_timestamp())
                    ON CONFLICT (name) DO UPDATE SET asked_at = clock_timestamp(), compared_at = clock_timestamp(), fault = NULL;
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
            narrowed := mayfly_narrowing.name_of(bases, canon);
            PERFORM mayfly_narrowing.check_subset(canon, bases, holders);
            IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = narrowed) THEN
                statements := jsonb_build_array(format('CREATE ROLE %I NOLOGIN', narrowed));
            END IF;
            statements := statements || to_jsonb(mayfly_narrowing.steps(narrowed, canon, holders))
                || to_jsonb(format('COMMENT ON ROLE %I IS %L', narrowed, mayfly_narrowing.comment_of(bases)));
            privileges := mayfly_narrowing.in_words(canon, holders);
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE; note := SQLERRM; narrowed := NULL; statements := '[]'; privileges := '[]';
        END;
        RETURN QUERY SELECT m.ordinal, narrowed, statements, privileges, code, note;
    END LOOP;
END $$;

-- Each minute, by the broker or a scheduler. Narrowed groups with members lose what their groups have lost, or what somebody
-- else gave them; those without that nobody asked for in ten minutes, twice as long as core takes one for, are dropped.
-- Says what it did: revoked | dropped | gone | fault (see the table), and nothing where nothing was to be done.
CREATE FUNCTION mayfly_narrowing.tend() RETURNS TABLE (narrowed text, action text)
LANGUAGE plpgsql AS $$
DECLARE
    n mayfly_narrowing.narrowed;
    r oid;
    holders oid[];
    step text;
    steps text[];
    why text;
BEGIN
    PERFORM FROM mayfly_narrowing.members('[]', true);
    PERFORM FROM mayfly_narrowing.guard FOR UPDATE;
    FOR n IN SELECT * FROM mayfly_narrowing.narrowed x ORDER BY x.compared_at, x.name LOOP
        narrowed := n.name; action := NULL;
        BEGIN
            r := (SELECT p.oid FROM pg_roles p WHERE p.rolname = n.name);
            why := mayfly_narrowing.fault_of(n.name);
            IF r IS NULL THEN
                DELETE FROM mayfly_narrowing.narrowed x WHERE x.name = n.name;
                action := 'gone';
            ELSIF why IS NOT NULL THEN
                RAISE '%', why;
            ELSIF n.asked_at < clock_timestamp() - interval '10 minutes' AND NOT EXISTS (
                    SELECT FROM pg_auth_members m WHERE m.roleid = r AND NOT m.admin_option) THEN
                EXECUTE format('DROP OWNED BY %I RESTRICT', n.name);
                EXECUTE format('DROP ROLE %I', n.name);
                DELETE FROM mayfly_narrowing.narrowed x WHERE x.name = n.name;
                action := 'dropped';
            ELSE
                holders := mayfly_narrowing.holders(ARRAY(SELECT a.name FROM mayfly_narrowing.allowed_base a WHERE a.name = ANY (n.bases)));
                steps := mayfly_narrowing.steps(n.name, n.scope, holders);
                -- Only ever less: what the groups have got since, the next narrow() gives.
                IF steps[1] LIKE 'DROP OWNED %' THEN
                    FOREACH step IN ARRAY steps LOOP
                        EXECUTE step;
                    END LOOP;
                    action := 'revoked';
                END IF;
                IF n.compared_at < clock_timestamp() - interval '45 seconds' THEN
                    EXECUTE format('COMMENT ON ROLE %I IS %L', n.name, mayfly_narrowing.comment_of(n.bases));
                    UPDATE mayfly_narrowing.narrowed x SET compared_at = clock_timestamp(), fault = NULL WHERE x.name = n.name;
                END IF;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            action := CASE WHEN n.fault IS DISTINCT FROM SQLERRM THEN 'fault' END;
            UPDATE mayfly_narrowing.narrowed x SET fault = SQLERRM WHERE x.name = n.name;
        END;
        IF action IS NOT NULL THEN
            RETURN NEXT;
        END IF;
    END LOOP;
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
BEGIN
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
