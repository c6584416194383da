-- Mayfly guard for PostgreSQL 13-18, module {{module}}: brings an installed one to version {{version}}.
--
-- First the new mayflyd, which goes on with the older guard, then this. Run it with psql as the guard's owner (any
-- superuser where one owns it), on the writable server. It is one transaction, whole or not at all, and may be repeated. Leases live on:
-- calls of the broker wait for a moment, and one that was under way is undone and made again.
-- What stays: the register, the ceilings, what is allowed, and who else may call end_overdue or tend, or read the views. Whatever
-- other function is in the guard's schema is dropped: nothing else belongs there.
-- It refuses a guard of another installation, or a newer one, and where there is none.

\set ON_ERROR_STOP on
{{connect}}
SET search_path = pg_catalog, pg_temp;
SET ROLE NONE;
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE NONE;        -- as whoever logged in, whatever role the database gives sessions to begin with
SET LOCAL client_min_messages = warning;
SELECT set_config('mayfly.installation', {{installation}}, true) AS a, set_config('mayfly.tag', {{tag}}, true) AS b,
       set_config('mayfly.broker', {{broker}}, true) AS c \gset mayfly_

-- sections: trust
DO $$
DECLARE
    g record;
    tables text := (SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY c.relname <> 'lease', c.relname DESC)
                      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE n.nspname = {{schema_literal}} AND c.relkind = 'r');
BEGIN
    IF current_setting('mayfly.found') = '' OR to_regclass('{{schema}}.guard') IS NULL THEN
        RAISE 'there is no guard, module {{module}}, in the database %', current_database()
            USING HINT = 'install it: mayflyd guard print DATABASE';
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tables);    -- after the calls that are under way
    SELECT * INTO g FROM {{schema}}.guard;
    IF g.guard_version IS NULL OR g.guard_version > {{version}} THEN
        RAISE 'the installed guard is of version %, newer than this script''s {{version}}', g.guard_version;
    ELSIF (g.installation, g.tag, g.broker) IS DISTINCT FROM
          (current_setting('mayfly.installation'), current_setting('mayfly.tag'), current_setting('mayfly.broker')) THEN
        RAISE 'the installed guard is of installation %, tag %, account %: not of this one', g.installation, g.tag, g.broker;
    END IF;
END $$;

-- As its owner, whoever runs this.
SELECT format('SET LOCAL ROLE %I', r.rolname) FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
 WHERE n.nspname = {{schema_literal}} \gexec

-- What the DBA granted, to be granted again.
SELECT set_config('mayfly.kept', coalesce(string_agg(k.statement, '; '), ''), true) AS kept FROM (
    SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure, r.rolname) AS statement
      FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
     WHERE p.oid IN (to_regprocedure('{{schema}}.end_overdue()'), to_regprocedure('{{schema}}.tend()')) AND a.grantee <> p.proowner
     UNION ALL
    SELECT format('GRANT %s ON {{schema}}.%I TO %s', a.privilege_type, c.relname,
                  CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE (SELECT quote_ident(r.rolname) FROM pg_roles r WHERE r.oid = a.grantee) END)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
     WHERE n.nspname = {{schema_literal}} AND c.relkind = 'v' AND c.relname = ANY (ARRAY[{{views}}]::text[])
       AND a.grantee <> c.relowner AND a.privilege_type = 'SELECT') AS k \gset mayfly_

DO $$
DECLARE
    views text := (SELECT string_agg(format('{{schema}}.%I', c.relname), ', ') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = {{schema_literal}} AND c.relkind = 'v' AND c.relname = ANY (ARRAY[{{views}}]::text[]));
    functions text := (SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                        WHERE n.nspname = {{schema_literal}});
BEGIN
    IF views IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || views;
    END IF;
    IF functions IS NOT NULL THEN
        EXECUTE 'DROP ROUTINE ' || functions;
    END IF;
END $$;

-- sections: changes, functions
UPDATE {{schema}}.guard SET guard_version = {{version}};

-- sections: rights
DO $$
BEGIN
    IF current_setting('mayfly.kept') <> '' THEN
        EXECUTE current_setting('mayfly.kept');
    END IF;
END $$;
COMMIT;
