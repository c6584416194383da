-- What the members of some groups can do in this database: $1 is a JSON array of their names. Asked by the broker's account,
-- of the catalogue that everybody may read. What groups give comes first, what everybody has last.
WITH RECURSIVE up (oid) AS (
    SELECT oid FROM pg_catalog.pg_roles
     WHERE rolname IN (SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json))
     UNION
    SELECT m.roleid FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.oid),
who (oid, is_public) AS (SELECT oid, false FROM up UNION ALL SELECT 0, true),
-- What PUBLIC has of the system's own is no news, nor are functions that run with the caller's rights.
objects (kind, name, owner, acl, tells_public, rls) AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
           pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner,
           coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
           n.nspname NOT IN ('pg_catalog', 'information_schema'), CASE WHEN c.relrowsecurity THEN c.oid END
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
     UNION ALL
    SELECT 'column', pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname), NULL, a.attacl,
           n.nspname NOT IN ('pg_catalog', 'information_schema'), NULL
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
     UNION ALL
    SELECT 'schema', pg_catalog.quote_ident(nspname), nspowner,
           coalesce(nspacl, pg_catalog.acldefault('n', nspowner)), nspname NOT IN ('pg_catalog', 'information_schema'), NULL
      FROM pg_catalog.pg_namespace
     UNION ALL
    SELECT 'function', p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner,
           coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)),
           p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema'), NULL
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proacl IS NOT NULL OR p.prosecdef OR p.proowner IN (SELECT oid FROM up)
     UNION ALL
    SELECT 'database', pg_catalog.quote_ident(datname), datdba, coalesce(datacl, pg_catalog.acldefault('d', datdba)),
           datallowconn, NULL
      FROM pg_catalog.pg_database),
held (kind, name, privilege, is_public) AS (
    SELECT o.kind, o.name, e.privilege_type || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, w.is_public
      FROM objects o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) e JOIN who w ON w.oid = e.grantee
     WHERE (o.owner IS NULL OR o.owner <> w.oid) AND (o.tells_public OR NOT w.is_public)
     UNION
    SELECT o.kind, o.name, 'OWNER', false FROM objects o JOIN up ON up.oid = o.owner
     UNION
    -- Kinds of which nobody decides with GRANT every day: that there is something is what matters.
    SELECT i.type, i.identity, CASE s.deptype WHEN 'o' THEN 'OWNER' ELSE 'something' END, false
      FROM pg_catalog.pg_shdepend s JOIN up ON s.refobjid = up.oid
           JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = pg_catalog.current_database()
           CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classid, s.objid, s.objsubid) i
     WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype IN ('a', 'o')
       AND s.classid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_namespace'::pg_catalog.regclass,
                             'pg_catalog.pg_proc'::pg_catalog.regclass)
     UNION
    SELECT 'row-level security', o.name, p.polname::pg_catalog.text, false
      FROM objects o JOIN pg_catalog.pg_policy p ON p.polrelid = o.rls
     WHERE p.polroles && ARRAY(SELECT w.oid FROM who w)
       AND EXISTS (SELECT FROM pg_catalog.aclexplode(o.acl) e JOIN up ON up.oid = e.grantee))
SELECT kind, name, pg_catalog.json_agg(privilege ORDER BY privilege)::pg_catalog.text AS privileges, is_public
  FROM held GROUP BY kind, name, is_public
 ORDER BY is_public, CASE kind WHEN 'schema' THEN 1 WHEN 'function' THEN 3 WHEN 'sequence' THEN 3 WHEN 'database' THEN 3
                               WHEN 'column' THEN 4 ELSE 2 END, kind, name
 LIMIT 2001
