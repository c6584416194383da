-- The accounts of Mayfly in this server, for whoever looks with SQL: a view over the server's tables and the guard's
-- register. Run it as root. It reads with the rights of whoever asks (SELECT on mysql.global_priv, on mayfly.lease; PROCESS
-- for the sessions), shows no password, and grants nothing. To take it away: DROP VIEW {{view}};
--
--   SELECT * FROM {{view}};                                 who is behind each account; times are UTC
--   SELECT * FROM {{view}} WHERE standing <> 'live';        what to look at
--
-- Accounts have no comments here: what the register does not know (standing: foreign) is known by its name alone, as
-- another installation's may be.
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
CREATE OR REPLACE SQL SECURITY INVOKER VIEW {{view}} AS
    SELECT g.User AS role, g.Host AS host, l.lease, l.requester, l.reason, l.granted AS member_of, l.created_at, l.valid_until,
           COALESCE(l.valid_until <= UTC_TIMESTAMP(6), FALSE) AS overdue,
           COALESCE(JSON_VALUE(g.Priv, '$.account_locked'), '0') IN ('true', '1') AS locked,
           CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) <> 0 AS has_global_rights,
           (SELECT COUNT(*) FROM information_schema.PROCESSLIST p WHERE p.USER = g.User) AS sessions,
           CASE WHEN l.lease IS NULL THEN 'foreign' WHEN l.ended_at IS NOT NULL THEN 'over' ELSE 'live' END AS standing
      FROM mysql.global_priv g LEFT JOIN mayfly.lease l ON l.role = g.User AND l.host = g.Host
     WHERE g.User REGEXP BINARY '^mf_[a-z0-9]{1,5}_' OR l.lease IS NOT NULL
     UNION ALL
    SELECT l.role, l.host, l.lease, l.requester, l.reason, l.granted, l.created_at, l.valid_until,
           l.valid_until <= UTC_TIMESTAMP(6), NULL, NULL, 0, 'missing'
      FROM mayfly.lease l WHERE l.ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM mysql.global_priv p WHERE p.User = l.role AND p.Host = l.host);
