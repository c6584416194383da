-- Mayfly guard for PostgreSQL 13-18: takes away all of it, as it was installed for installation {{installation}}.
--
-- Stop the daemon first. Run it with psql as the guard's owner (any superuser where one owns it), on the writable server:  psql -X -f this-file
-- It refuses, and names them, while roles of the guard live: let their leases end, or revoke them. It may be repeated.
-- What goes: the functions, those for clean-up and narrowing in each database of the configuration, narrowed groups, the
-- register with all that it remembers (to keep it: pg_dump -n mayfly mayfly > register.sql), the database mayfly, and the
-- broker's account.
-- What stays: the group roles and what they may do, lines of pg_hba.conf, and jobs of a scheduler that call end_overdue.

\set ON_ERROR_STOP on
\connect {{database}}
SET search_path = pg_catalog, pg_temp;
SET ROLE NONE;
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'mayfly') AS is_there \gset
\if :is_there
\connect mayfly
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
    living int;
    obstacles text;
    tables text := (SELECT string_agg(format('mayfly.%I', c.relname), ', ' ORDER BY c.relname <> 'lease', c.relname DESC)
                      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'mayfly' AND c.relkind = 'r');
BEGIN
    IF current_setting('mayfly.found') <> '' THEN
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tables);    -- nothing is issued from here on
        SELECT * INTO g FROM mayfly.guard;
        IF (g.installation, g.tag, g.broker) IS DISTINCT FROM
           (current_setting('mayfly.installation'), current_setting('mayfly.tag'), current_setting('mayfly.broker')) THEN
            RAISE 'the installed guard is of installation %, tag %, account %: not of this one', g.installation, g.tag, g.broker;
        END IF;
        SELECT count(*), string_agg(x.rolname, ', ') FILTER (WHERE x.n <= 20) INTO living, obstacles
          FROM (SELECT r.rolname, row_number() OVER (ORDER BY r.rolname) AS n FROM pg_roles r
                 WHERE starts_with(r.rolname::text, 'mf_' || g.tag || '_')
                    OR r.oid IN (SELECT l.role_oid FROM mayfly.lease l WHERE l.ended_at IS NULL AND l.role = r.rolname)) AS x;
        IF living > 0 THEN
            RAISE '% roles of the guard live, such as %', living, obstacles USING HINT = 'end their leases: mayfly leases, mayfly revoke';
        END IF;
        EXECUTE 'DROP SCHEMA mayfly CASCADE';
    END IF;
    SELECT string_agg(x.name, ', ') INTO obstacles FROM (
        SELECT n.nspname AS name FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
         UNION ALL SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = to_regnamespace('public')
         UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = to_regnamespace('public') LIMIT 10) AS x;
    IF obstacles IS NOT NULL THEN
        RAISE 'the database mayfly holds more than the guard: %', obstacles USING HINT = 'it is dropped when it is empty';
    END IF;
END $$;
COMMIT;
\endif

-- section: cleanup
\connect {{database}}
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
    r record;
    present text[] := string_to_array(current_setting('mayfly.found'), ',');
BEGIN
    IF 'mayfly_cleanup' = ANY (present) THEN
        SELECT * INTO g FROM mayfly_cleanup.guard;
        IF (g.installation, g.tag, g.broker) IS DISTINCT FROM
           (current_setting('mayfly.installation'), current_setting('mayfly.tag'), current_setting('mayfly.broker')) THEN
            RAISE 'the clean-up functions are of installation %, tag %, account %: not of this one', g.installation, g.tag, g.broker;
        END IF;
        EXECUTE 'DROP SCHEMA mayfly_cleanup CASCADE';
    END IF;
    IF 'mayfly_narrowing' = ANY (present) THEN
        EXECUTE 'DROP SCHEMA mayfly_narrowing CASCADE';
    END IF;
    -- What narrowed groups of this installation may do here. What one owns, DROP OWNED would drop: a person looks.
    FOR r IN SELECT x.rolname, x.oid FROM pg_roles x WHERE x.rolname ~ ('^mfn_' || current_setting('mayfly.tag') || '_[0-9a-f]{32}$')
                AND starts_with(shobj_description(x.oid, 'pg_authid'),
                                format('mayfly narrowed installation=%s ', current_setting('mayfly.installation'))) LOOP
        IF EXISTS (SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
                    WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o'
                      AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)) THEN
            RAISE 'the narrowed group % owns something here', r.rolname
                USING HINT = format('see what it is; REASSIGN OWNED BY %I TO somebody', r.rolname);
        END IF;
        EXECUTE format('DROP OWNED BY %I RESTRICT', r.rolname);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_setting('mayfly.broker')) THEN
        EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), current_setting('mayfly.broker'));
    END IF;
END $$;
COMMIT;

-- section: end
\connect {{database}}
SET search_path = pg_catalog, pg_temp;     -- whoever runs this is not to run what somebody laid in another schema
SET ROLE NONE;
DROP DATABASE IF EXISTS mayfly WITH (FORCE);
SELECT format('DROP ROLE %I', r.rolname) FROM pg_roles r
 WHERE r.rolname ~ ('^mfn_' || {{tag}} || '_[0-9a-f]{32}$')
   AND starts_with(shobj_description(r.oid, 'pg_authid'), format('mayfly narrowed installation=%s ', {{installation}}::text)) \gexec
DROP ROLE IF EXISTS {{broker_identifier}};
