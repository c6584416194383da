-- The roles of Mayfly in this server, for whoever looks with SQL: a view over the catalogue. Run it as the owner of the
-- schema, in whichever database you work in; roles are the same in all of them. It reads what everybody may read
-- (pg_roles, comments, pg_stat_activity), from 15 on with the rights of whoever asks and before with its owner's, shows no
-- password, and grants nothing: others may use it once you say so (GRANT SELECT ON {{view}} TO ..., again after each run, as
-- the view is made anew). To take it away: DROP VIEW {{view}};
--
--   SELECT * FROM {{view}};                                           who is behind each role, all installations
--   SELECT * FROM {{view}} WHERE requester IS NULL OR powers <> '{}'  what to look at
--
-- `installation`, `lease`, `requester` and `said_until` are what the role's comment says, which the guard writes and which
-- whoever may comment on a role can have written; `valid_until` is the server's own. Why they asked is not in the catalogue:
-- SELECT * FROM mayfly.who in the database `mayfly`, or `mayfly who ROLE`.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
-- Whoever owns a view can change what it does to those who read it: one that is there already, and that replacing would
-- leave to its owner, is dropped. A schema that everybody can make things in is no place for what a superuser reads.
SET LOCAL mayfly_dba.schema = {{schema_literal}};
SET LOCAL mayfly_dba.view = {{view_literal}};
DO $$
BEGIN
    IF has_schema_privilege('public', current_setting('mayfly_dba.schema'), 'CREATE') THEN
        RAISE 'everybody may make things in the schema %: no place for a view that DBAs read', current_setting('mayfly_dba.schema')
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'name another with --schema, or: REVOKE CREATE ON SCHEMA '
                         || quote_ident(current_setting('mayfly_dba.schema')) || ' FROM PUBLIC;';
    END IF;
END $$;
DROP VIEW IF EXISTS {{view}};
CREATE VIEW {{view}} AS
    SELECT r.rolname AS role, c.parts[1] AS installation, c.parts[2] AS lease, c.parts[4] AS requester,
           r.rolvaliduntil AS valid_until, coalesce(r.rolvaliduntil <= clock_timestamp(), false) AS overdue, c.parts[3] AS said_until,
           r.rolcanlogin AS can_login, r.rolconnlimit AS connection_limit,
           (SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid = r.oid) AS sessions,
           ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid
                  GROUP BY g.rolname ORDER BY g.rolname) AS member_of,
           array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
                              CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
                              CASE WHEN r.rolbypassrls THEN 'bypassrls' END], NULL) AS powers,
           (SELECT count(*) FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
               AND d.deptype = 'o') AS owned_objects,
           d.comment
      FROM pg_roles r, LATERAL (SELECT shobj_description(r.oid, 'pg_authid')) AS d (comment),
           LATERAL (SELECT regexp_match(d.comment,
                   '^mayfly installation=([^ ]+) lease=([0-9a-f-]{36}) until=([^ ]+) requester=(.*)$')) AS c (parts)
     WHERE c.parts IS NOT NULL OR r.rolname ~ '^mf_[a-z0-9]{1,5}_';
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 150000 THEN
        EXECUTE 'ALTER VIEW ' || current_setting('mayfly_dba.view') || ' SET (security_invoker = true)';
    END IF;
END $$;
COMMENT ON VIEW {{view}} IS 'Roles of Mayfly, with what their comments say; made by mayflyd print-dba-sql';
COMMIT;
