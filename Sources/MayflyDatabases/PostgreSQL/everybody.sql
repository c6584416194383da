-- What PUBLIC, and so every lease, can do in this database beyond what a fresh one lets everybody do with harm to none: a
-- line for each kind, with the statements that close it. Asked by the broker's account, of the catalogue.
--
-- A REVOKE from PUBLIC takes from everybody. So each statement gives it first to who is seen to need it: who may log in (for
-- CONNECT and TEMPORARY), who owns something in the schema (for CREATE), and a comment says who else loses it.
WITH people (names) AS (            -- who may log in, but superusers, who need no grant, and roles of ours, which come and go
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ' ORDER BY r.rolname)
      FROM pg_catalog.pg_roles r
     WHERE r.rolcanlogin AND NOT r.rolsuper AND r.oid >= 16384 AND r.rolname !~ '^mf_[a-z0-9]{1,5}_[a-z0-9]{1,8}_[a-z2-7]{13}$'),
schemas (oid, name, owners) AS (
    SELECT n.oid, pg_catalog.quote_ident(n.nspname),
           (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(o.rolname), ', ')
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
             WHERE c.relnamespace = n.oid AND NOT o.rolsuper)
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) e WHERE e.grantee = 0 AND e.privilege_type = 'CREATE')),
tables (name, what) AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
           CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND (EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) e WHERE e.grantee = 0)
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) e
                        WHERE a.attrelid = c.oid AND NOT a.attisdropped AND e.grantee = 0))
       -- Extensions show their own (pg_stat_statements and its like): they filter what they show.
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'e')),
functions (name) AS (
    SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prokind IN ('f', 'p')
       AND EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) e WHERE e.grantee = 0)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND d.objid = p.oid AND d.deptype = 'e')),
others (name) AS (
    SELECT pg_catalog.quote_ident(d.datname) FROM pg_catalog.pg_database d
     WHERE d.datallowconn AND d.datname <> pg_catalog.current_database() AND NOT d.datistemplate
       AND EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) e
                    WHERE e.grantee = 0 AND e.privilege_type = 'CONNECT')),
own (temporary) AS (
    SELECT true FROM pg_catalog.pg_database d
     WHERE d.datname = pg_catalog.current_database()
       AND EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) e
                    WHERE e.grantee = 0 AND e.privilege_type = 'TEMPORARY')),
found (rank, message, statement) AS (
    SELECT 1, 'every lease may create in the schema ' || s.name || ', and leave things there that others run or read',
           coalesce('GRANT CREATE ON SCHEMA ' || s.name || ' TO ' || s.owners || '; ', '')
           || 'REVOKE CREATE ON SCHEMA ' || s.name || ' FROM PUBLIC;  -- who creates there and owns nothing there yet loses it'
      FROM schemas s
     UNION ALL
    SELECT 2, 'every lease can use ' || (SELECT count(*) FROM tables) || ' tables, views or sequences that are granted to everybody: '
              || pg_catalog.string_agg(t.name, ', ' ORDER BY t.name),
           pg_catalog.string_agg(pg_catalog.format('REVOKE ALL ON %s %s FROM PUBLIC;', t.what, t.name), ' ' ORDER BY t.name)
           || '  -- who has it by nothing else loses it: GRANT it to them first'
      FROM (SELECT * FROM tables ORDER BY name LIMIT 5) AS t HAVING count(*) > 0
     UNION ALL
    SELECT 3, 'every lease may call ' || (SELECT count(*) FROM functions) || ' functions that run with their owner''s rights: '
              || pg_catalog.string_agg(f.name, ', ' ORDER BY f.name),
           pg_catalog.string_agg('REVOKE EXECUTE ON ROUTINE ' || f.name || ' FROM PUBLIC;', ' ' ORDER BY f.name)
           || '  -- who calls it loses it: GRANT EXECUTE to them first'
      FROM (SELECT * FROM functions ORDER BY name LIMIT 5) AS f HAVING count(*) > 0
     UNION ALL
    SELECT 4, 'every lease may connect to the other databases of the server: ' || pg_catalog.string_agg(o.name, ', ' ORDER BY o.name),
           pg_catalog.string_agg(coalesce('GRANT CONNECT ON DATABASE ' || o.name || ' TO ' || (SELECT names FROM people) || '; ', '')
               || 'REVOKE CONNECT ON DATABASE ' || o.name || ' FROM PUBLIC;', ' ' ORDER BY o.name)
           || '  -- roles that are made later need a GRANT of their own'
      FROM (SELECT * FROM others ORDER BY name LIMIT 5) AS o HAVING count(*) > 0
     UNION ALL
    SELECT 5, 'every lease may make temporary tables',
           coalesce('GRANT TEMPORARY ON DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' TO ' || (SELECT names FROM people) || '; ', '')
           || 'REVOKE TEMPORARY ON DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database())
           || ' FROM PUBLIC;  -- roles that are made later need a GRANT of their own'
      FROM own)
SELECT message, statement FROM found ORDER BY rank, message
