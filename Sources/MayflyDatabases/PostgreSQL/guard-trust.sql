-- Why a schema that is called as the guard's is not one to be touched with a DBA's rights: whoever may CREATE in a database
-- can lay such a schema where the module is absent, and what is in it would run as whoever reads or changes it. SET ROLE to
-- its owner would not help: code that runs then may RESET ROLE. So it belongs, with all that is in it, to a superuser or to
-- whoever runs this, which is who logged in: the role that a session begins with is its database's owner's to choose (ALTER
-- DATABASE). Reads the catalogue only. No row: all is well, or there is no such schema.
-- `{{schemas}}` are literals.
-- section: problems
SELECT format('the schema %s is not to be trusted: %s', n.nspname, x.problem) AS problem, x.fix
  FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner,
       LATERAL (
        SELECT format('it belongs to %I, who is no superuser and does not run this', o.rolname),
               format('where %I is meant to own the guard, run this as %I; else it was laid there: see what it is, and drop it',
                      o.rolname, o.rolname)
         WHERE NOT o.rolsuper AND o.rolname <> session_user
         UNION ALL
        SELECT format('%I in it is another''s', c.relname), 'see whose it is, and drop it or give it to the schema''s owner'
          FROM pg_class c WHERE c.relnamespace = n.oid AND c.relowner <> n.nspowner
         UNION ALL
        SELECT 'guard in it is no table', 'see what it is, and drop the schema'
          FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'guard' AND c.relkind <> 'r'
         UNION ALL
        SELECT format('the trigger %I on %I runs another''s function', t.tgname, c.relname), 'drop it'
          FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_proc p ON p.oid = t.tgfoid
          JOIN pg_roles f ON f.oid = p.proowner
         WHERE c.relnamespace = n.oid AND NOT t.tgisinternal AND NOT f.rolsuper AND f.rolname <> session_user
         UNION ALL
        SELECT format('%I in it has a row-level security policy or a rule, which run code', c.relname), 'drop it'
          FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'
           AND (c.relrowsecurity OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = c.oid)
                OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid))
         UNION ALL
        SELECT format('this session began as %I, which is not who logged in', current_user), 'SET ROLE NONE; see what made it so'
         WHERE current_user <> session_user) AS x (problem, fix)
 WHERE n.nspname = ANY (ARRAY[{{schemas}}]::text[])
 LIMIT 1
-- section: trust
-- Nothing of a stranger's is touched.
DO $$
DECLARE
    distrust record;
    -- Looked at before: what somebody lays later is not taken for found.
    present text := (SELECT coalesce(string_agg(n.nspname, ','), '') FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
                    WHERE n.nspname = ANY (ARRAY[{{schemas}}]::text[]) AND c.relname = 'guard');
BEGIN
    FOR distrust IN
-- sections: problems
    LOOP
        RAISE '%', distrust.problem USING HINT = distrust.fix;
    END LOOP;
    PERFORM set_config('mayfly.found', present, true);
END $$;
