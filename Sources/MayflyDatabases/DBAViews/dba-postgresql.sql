-- The roles of Mayfly in this server, for whoever looks with SQL: a view over the catalogue. Run it as the owner of the
-- schema, in whichever database you work in; roles are the same in all of them. It reads what everybody may read
-- (pg_roles, comments, pg_stat_activity) with the rights of whoever asks, shows no password, and grants nothing: others
-- may use it once you say so (GRANT SELECT ON {{view}} TO ...). To take it away: DROP VIEW {{view}};
--
--   SELECT * FROM {{view}};                                           who is behind each role, all installations
--   SELECT * FROM {{view}} WHERE requester IS NULL OR powers <> '{}'  what to look at
--
-- `installation`, `lease`, `requester` and `said_until` are what the role's comment says, which the guard writes and which
-- whoever may comment on a role can have written; `valid_until` is the server's own. Why they asked is not in the catalogue:
-- SELECT * FROM mayfly.who in the database `mayfly`, or `mayfly who ROLE`.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
CREATE OR REPLACE VIEW {{view}} AS
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
COMMENT ON VIEW {{view}} IS 'Roles of Mayfly, with what their comments say; made by mayflyd print-dba-sql';
COMMIT;
