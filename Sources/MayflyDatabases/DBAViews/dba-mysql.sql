-- The accounts of Mayfly in this server, for whoever looks with SQL: a view over the server's accounts and their attributes.
-- Run it as root. It reads with the rights of whoever asks (SELECT on mysql.user and mysql.role_edges; PROCESS for the
-- sessions), shows no password, and grants nothing. To take it away: DROP VIEW {{view}};
--
--   SELECT * FROM {{view}};                                 who is behind each account, all installations
--   SELECT * FROM {{view}} WHERE requester IS NULL;         what to look at
--
-- `installation`, `lease` and `requester` are what the account's ATTRIBUTE says, which the guard writes and which whoever may
-- alter accounts can have written. When access ends and why they asked is not there: SELECT * FROM mayfly.who, or
-- `mayfly who ROLE`.
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
CREATE OR REPLACE SQL SECURITY INVOKER VIEW {{view}} AS
    SELECT u.User AS role, u.Host AS host,
           JSON_UNQUOTE(JSON_EXTRACT(u.User_attributes, '$.metadata.mayfly.installation')) AS installation,
           JSON_UNQUOTE(JSON_EXTRACT(u.User_attributes, '$.metadata.mayfly.lease')) AS lease,
           JSON_UNQUOTE(JSON_EXTRACT(u.User_attributes, '$.metadata.mayfly.requester')) AS requester,
           u.account_locked = 'Y' AS locked, u.max_user_connections AS connection_limit,
           (SELECT COUNT(*) FROM information_schema.PROCESSLIST p WHERE p.USER = u.User) AS sessions,
           (SELECT GROUP_CONCAT(e.FROM_USER ORDER BY e.FROM_USER) FROM mysql.role_edges e
             WHERE e.TO_USER = u.User AND e.TO_HOST = u.Host) AS member_of,
           JSON_EXTRACT(u.User_attributes, '$.metadata') AS attribute
      FROM mysql.user u
     WHERE JSON_EXTRACT(u.User_attributes, '$.metadata.mayfly') IS NOT NULL
        OR REGEXP_LIKE(u.User, '^mf_[a-z0-9]{1,5}_', 'c');
