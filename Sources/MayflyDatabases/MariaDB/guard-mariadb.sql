-- Mayfly guard for MariaDB 10.6-11.8, version 3.
--
-- What it is: the procedures through which alone the Mayfly broker acts on this server. The broker's account may
-- execute them and nothing else, so what they refuse, a stolen broker cannot do. They make short-lived accounts
-- (mf_<tag>_...) that are given roles you allow here, and end those accounts again.
--
-- Run it once per server as root, on the writable server:  mariadb < this-file
-- It makes the schema `mayfly`, the locked account `mayfly_guard`@`localhost` whose rights the procedures have,
-- and the broker's account, locked and without password, when missing. It stops at once if any of these is there
-- that should not be. MariaDB cannot undo what a script did: should it stop half-way, start anew with
--   DROP SCHEMA IF EXISTS mayfly; DROP USER IF EXISTS mayfly_guard@localhost;
-- Afterwards give the broker's account its password, and let it in:
--   ALTER USER {{broker}} IDENTIFIED BY '...' ACCOUNT UNLOCK;
-- and switch the event scheduler on (event_scheduler = ON, also in the configuration file): it ends overdue accounts
-- each minute when the broker is dead. After a failover: ALTER EVENT mayfly.end_overdue ENABLE;
--
-- To change what is allowed later, as root; it takes effect at once:
--   GRANT orders_readonly TO mayfly_guard@localhost WITH ADMIN OPTION;
--   INSERT INTO mayfly.allowed_group VALUES ('orders_readonly');   DELETE ... takes it away (living leases stay, but
--                                                                  are not renewed)
--   UPDATE mayfly.guard SET max_ttl_seconds = 14400, max_live = 500, max_issues_per_minute = 120;
--   DELETE FROM mayfly.lease WHERE ended_at < now() - interval 1 year;    the register is kept until you do
-- Upgrades (mayflyd guard print DATABASE --upgrade) take the sections "definer", "changes", "functions" and "rights" of this
-- file: tables, and with them living leases, are never made anew. To remove it: mayflyd guard print DATABASE --uninstall
-- Who is behind an account: SELECT * FROM mayfly.who;     (times in this schema are UTC)
--
-- A group that may create routines or events lets a lease leave them in the group's own name (DEFINER =
-- CURRENT_ROLE), which outlive it: describe lists them. Nor can the server say whose a prepared XA transaction is, once
-- its session is gone by itself.
--
-- An account is known as ours by its name, which has 65 random bits and is never used twice, and by its host part.
-- Copies of the server share the register with the accounts, so what was promoted after a failover goes on; rows
-- without an account, such as a dump brings elsewhere, can do nothing.
--
-- Procedures that take a batch take one JSON array of flat objects with exactly the keys named, 500 at most, and
-- answer each member in order, in one result set. Every answer has the columns ordinal and lease first, code and
-- message last; code 00000 means done. A member that fails is undone alone. A call that is refused as a whole
-- fails with its code as SQLSTATE. Times are seconds since 1970, by this server's clock, with microseconds.
--
--   issue             [{lease, role, plugin, verifier, groups: [..], ttl_seconds, connection_limit,
--                       settings: {name: value}, requester, reason}]    -> host, valid_until
--                     plugin is mysql_native_password or ed25519; one group (MariaDB has one default role);
--                     settings: max_statement_time, max_queries_per_hour, max_updates_per_hour, max_connections_per_hour
--   renew             [{lease, ttl_seconds}]                            -> valid_until
--   replace_verifier  [{lease, plugin, verifier}]                       -> valid_until
--   lock              [{lease}]   -> state: locked | gone
--   terminate         [{lease}]   -> terminated, told: JSON [session id], remaining (after a tenth of a second)
--   statements        [{lease}]   -> source: performance_schema | not_loaded; statements: JSON, how often it ran which kind
--   end_session       [{lease, number, seen_seconds}]                   -> terminated: 1 or 0
--                     seen_seconds: how long ago it was seen. One that was seen before this server was started is gone
--   hanging           [{lease}]   -> hanging: JSON [{database, kind, name, host, account}]: what it is the definer of (view,
--                     procedure, function, package, package body, event, trigger), who may act as it (proxy), prepared
--                     transactions that its sessions left, when they were ended here (transaction), and another account
--                     of its name whose sessions do not end (account)
--   drop              [{lease}]   -> state: dropped | gone | kept (code MF015, the message is as hanging)
--   find              [{lease}]   -> role, host, requester, created_at, valid_until, can_login, altered, ended_at, standing
--   roles             ()          -> lease, role, host, requester, created_at, valid_until, overdue, can_login, altered,
--                                    ended_at, standing
--                     standing: live | unfinished (the call that made it did not come to its end: it may be issued
--                     again or ended) | gone (registered, no account) | ended (find only) | foreign (looks like
--                     ours, but the register does not know it: a person looks)
--   inspect           ()          -> as roles, without host and ended_at, with groups, alterations, sessions, used
--   sessions          ()          -> lease, role, id, client, db, command, seconds
--   watch             ()          -> look: JSON: what sessions tells, with more of each, and what tells how those ended that
--                     are not there any more; nothing of what they run
--   privileges        [name, ..]  -> line: what allowed groups may do, a line for each object, 201 at most
--   held              [name, ..]  -> granted, source, kind, place, name, part, rights, gone: what allowed groups hold, a row for
--                     each place, as the server keeps it. source: group (granted to the group `granted`), role (it comes with
--                     a role granted to it), everybody. kind: group (there is the role), account (there is one of that name, which
--                     can log in), mark (what `mayflyd apply` wrote down), everything, schema, table, column, procedure, function, package, package body, proxy, role (granted to it).
--                     gone: there is no such table any more
--   effective         [{lease}]   -> effective: JSON [{line, from: itself|group|everybody}]: what the account may do, 201
--                     lines at most
--   narrow            [{bases: [..], scope: [{schema, table, columns}]}], 100 at most   -> narrowed: the narrowed group, made or
--                     found, and compared just now; schema null: where the group has something on a table of that name; columns null: all
--   preview           the same    -> narrowed, statements: JSON, privileges: JSON [{kind, name, privileges}]; nothing is done
--   tend              ()          -> narrowed, action: revoked | dropped | gone | fault | more
--   end_overdue       ()          -> lease, role, action: locked | terminated | kept | dropped | gone | failed: ...
--   describe          ()          -> description: JSON
--
-- Codes of our own; others are the server's error numbers (1290: a password policy that refuses hashes):
--   MF001 an argument is malformed                   MF009 the role can still log in, has sessions, or is being made
--   MF002 the group is not allowed or missing        MF010 the setting is not allowed
--   MF003 the group has a power no lease may have    MF011 this server is read-only (a replica)
--   MF004 not a role of this guard, or gone          MF012 the role is locked
--   MF005 the TTL is over the ceiling                MF014 the lease was issued before, differently, or is being made,
--   MF006 too many live roles                              or another account has its name
--   MF007 too many issues in this minute             MF015 something hangs on the role
--   MF008 too late: expired, or a verifier past its  MF016 the guard's own account lost a right
--         5 minutes or used                        MF020 no part of what the group has
--                                                  MF021 the guard was not given the right to narrow it

-- section: session
-- The procedures keep the sql_mode and character set of their creation: these, whatever the server's are.
SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';
SET NAMES utf8mb4 COLLATE utf8mb4_bin;

-- section: schema
CREATE SCHEMA mayfly CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The account whose rights the procedures have. Nobody can log in with it: it is locked, and its password, which a
-- policy of the server may ask for, is thrown away.
EXECUTE IMMEDIATE CONCAT('CREATE USER mayfly_guard@localhost IDENTIFIED BY ''Aa1!', SHA2(CONCAT(UUID(), RAND()), 256),
    ''' ACCOUNT LOCK');
-- section: definer
GRANT CREATE USER ON *.* TO mayfly_guard@localhost;                  -- create, lock and drop accounts
GRANT UPDATE ON mysql.* TO mayfly_guard@localhost;                   -- what SET DEFAULT ROLE ... FOR asks for
GRANT PROCESS, CONNECTION ADMIN ON *.* TO mayfly_guard@localhost;    -- see sessions and end them
GRANT SHOW VIEW, TRIGGER ON *.* TO mayfly_guard@localhost;           -- see who is definer of views and triggers,
GRANT SELECT ON mysql.proc TO mayfly_guard@localhost;                -- of routines,
GRANT SELECT ON mysql.event TO mayfly_guard@localhost;               -- and of events
GRANT SELECT ON mysql.global_priv TO mayfly_guard@localhost;         -- see accounts, and what they and roles may do
GRANT SELECT ON mysql.roles_mapping TO mayfly_guard@localhost;
GRANT SELECT ON mysql.db TO mayfly_guard@localhost;
GRANT SELECT ON mysql.tables_priv TO mayfly_guard@localhost;
GRANT SELECT ON mysql.columns_priv TO mayfly_guard@localhost;
GRANT SELECT ON mysql.procs_priv TO mayfly_guard@localhost;
GRANT SELECT ON mysql.proxies_priv TO mayfly_guard@localhost;
GRANT EXECUTE, EVENT, CREATE TEMPORARY TABLES ON mayfly.* TO mayfly_guard@localhost;    -- its own procedures
-- section: accounts
-- The roles it may hand on. It has none of their rights itself, as they are not active in its procedures.
{{grant_groups}}

-- The broker's account {{broker}}, where there is none yet. Likewise nobody can log in with it, until you let it.
EXECUTE IMMEDIATE CONCAT('CREATE USER IF NOT EXISTS ', {{broker_literal}}, ' IDENTIFIED BY ''Aa1!',
    SHA2(CONCAT(UUID(), RAND()), 256), ''' ACCOUNT LOCK');

-- section: tables
-- ------------------------------------------------------------------------------------------------------ tables

CREATE TABLE mayfly.guard (                      -- one row; the DBA may change the ceilings
    one_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one_row),
    guard_version INT NOT NULL,
    installation VARCHAR(63) NOT NULL CHECK (installation REGEXP '^[A-Za-z0-9][A-Za-z0-9._-]*\\z'),
    tag VARCHAR(5) CHARACTER SET ascii COLLATE ascii_bin NOT NULL CHECK (tag REGEXP '^[a-z0-9]+\\z'),
    broker_user VARCHAR(128) NOT NULL,
    broker_host VARCHAR(255) NOT NULL,
    host VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL    -- from where new accounts may log in
        CHECK (host REGEXP '^[A-Za-z0-9.:_%/-]+\\z'),
    max_ttl_seconds INT NOT NULL CHECK (max_ttl_seconds BETWEEN 1 AND 31622400),
    max_live INT NOT NULL CHECK (max_live BETWEEN 1 AND 1000000),
    max_issues_per_minute INT NOT NULL CHECK (max_issues_per_minute BETWEEN 1 AND 1000000)) ENGINE = InnoDB;

CREATE TABLE mayfly.allowed_group (name VARCHAR(128) PRIMARY KEY) ENGINE = InnoDB;

-- Issues in the running minute. Its one row is also the lock that makes the ceilings hold between connections.
CREATE TABLE mayfly.issued (
    one_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one_row),
    minute DATETIME(6) NOT NULL,
    count INT NOT NULL) ENGINE = InnoDB;
INSERT INTO mayfly.issued VALUES (TRUE, '2000-01-01', 0);

-- The register: every account this guard made or was about to make. A row is committed before its account exists.
CREATE TABLE mayfly.lease (
    lease CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    role VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE,
    host VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    granted VARCHAR(128) NOT NULL,
    verifier_sha256 CHAR(64) NOT NULL,
    requester VARCHAR(200) NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    valid_until DATETIME(6) NOT NULL,
    maker BIGINT UNSIGNED NOT NULL,              -- the connection that makes, or made, the account
    made_at DATETIME(6),                         -- when account, role and default role were complete
    first_session_at DATETIME(6),
    locked_at DATETIME(6),
    attempted_at DATETIME(6),                    -- by end_overdue, for its turns
    ended_at DATETIME(6),
    KEY ended_at (ended_at, valid_until)) ENGINE = InnoDB;

-- section: changes
-- What the tables got since version 1, for living registers too, so each statement may be repeated: ALTER TABLE ... ADD COLUMN IF NOT
-- EXISTS ... DEFAULT ..., CREATE TABLE IF NOT EXISTS ....
-- What sessions had open when they were ended: a prepared one (XA) outlives them, with its locks.
CREATE TABLE IF NOT EXISTS mayfly.cut_transaction (
    transaction BIGINT UNSIGNED PRIMARY KEY,     -- InnoDB's number
    role VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    host VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    KEY role (role)) ENGINE = InnoDB;
-- The limits that an account was made with: connections, then max_statement_time, max_queries_per_hour, max_updates_per_hour,
-- max_connections_per_hour. NULL from before.
ALTER TABLE mayfly.lease ADD COLUMN IF NOT EXISTS limits VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL;
-- Of groups whose profile has statements of its own: which of them a DBA ran, and what the group had beyond the profile's
-- grants then. Written by `mayflyd apply`, as the DBA.
CREATE TABLE IF NOT EXISTS mayfly.group_mark (name VARCHAR(128) PRIMARY KEY, mark VARCHAR(300) NOT NULL) ENGINE = InnoDB;

-- Narrowed groups, see there.
ALTER TABLE mayfly.guard ADD COLUMN IF NOT EXISTS max_narrowed INT NOT NULL DEFAULT 500 CHECK (max_narrowed BETWEEN 0 AND 100000);
CREATE TABLE IF NOT EXISTS mayfly.narrowed (
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    bases LONGTEXT NOT NULL,                     -- JSON: the group that it is a part of
    scope LONGTEXT NOT NULL,                     -- JSON, in its one form
    made_at DATETIME(6) NOT NULL,
    asked_at DATETIME(6) NOT NULL,               -- by narrow
    compared_at DATETIME(6) NOT NULL,            -- since when it is known to have nothing beyond its group
    tended_at DATETIME(6) NOT NULL,
    leaving BOOLEAN NOT NULL DEFAULT FALSE,      -- it is being dropped
    fault TEXT) ENGINE = InnoDB;                 -- why no new lease uses it: a person must look
-- Since when something was taken of it that is to be given again.
ALTER TABLE mayfly.narrowed ADD COLUMN IF NOT EXISTS owed_since DATETIME(6) DEFAULT NULL;

GRANT SELECT ON mayfly.guard TO mayfly_guard@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON mayfly.narrowed TO mayfly_guard@localhost;
GRANT SELECT ON mayfly.allowed_group TO mayfly_guard@localhost;
GRANT SELECT ON mayfly.group_mark TO mayfly_guard@localhost;
GRANT SELECT, UPDATE ON mayfly.issued TO mayfly_guard@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON mayfly.lease TO mayfly_guard@localhost;
GRANT SELECT, INSERT, DELETE ON mayfly.cut_transaction TO mayfly_guard@localhost;

-- section: functions
-- Accounts and roles as the server has them.
CREATE OR REPLACE VIEW mayfly.account AS
    SELECT g.User AS user, g.Host AS host, COALESCE(JSON_VALUE(g.Priv, '$.is_role'), '0') IN ('true', '1') AS is_role,
           COALESCE(JSON_VALUE(g.Priv, '$.account_locked'), '0') IN ('true', '1') AS locked,
           SHA2(CONCAT_WS(' ', JSON_VALUE(g.Priv, '$.plugin'), JSON_VALUE(g.Priv, '$.authentication_string'),
                          JSON_EXTRACT(g.Priv, '$.auth_or')), 256) AS verifier_sha256
      FROM mysql.global_priv g;
GRANT SELECT ON mayfly.account TO mayfly_guard@localhost;

-- Sessions, by who logged in: PROCESSLIST has the definer's name for one that is in a routine, which performance_schema
-- knows better where it is on (performance_schema = ON).
CREATE OR REPLACE VIEW mayfly.session AS
    SELECT p.ID AS id, COALESCE(t.PROCESSLIST_USER, p.USER) AS user, p.HOST AS client, p.DB AS db, p.COMMAND AS command,
           p.TIME AS seconds
      FROM information_schema.PROCESSLIST p LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = p.ID;
GRANT SELECT ON mayfly.session TO mayfly_guard@localhost;

-- What performance_schema knows of sessions, where it is on. Which cipher they have (status_by_thread) takes it 20 ms for each.
CREATE OR REPLACE VIEW mayfly.session_detail AS
    SELECT t.PROCESSLIST_ID AS id, t.CONNECTION_TYPE AS connection,
           (SELECT a.ATTR_VALUE FROM performance_schema.session_connect_attrs a
             WHERE a.PROCESSLIST_ID = t.PROCESSLIST_ID AND a.ATTR_NAME = 'program_name' LIMIT 1) AS program
      FROM performance_schema.threads t;
GRANT SELECT ON mayfly.session_detail TO mayfly_guard@localhost;
CREATE OR REPLACE VIEW mayfly.statement_count AS
    SELECT s.USER AS user, s.EVENT_NAME AS event, s.COUNT_STAR AS calls, s.SUM_ROWS_SENT + s.SUM_ROWS_AFFECTED AS row_count,
           s.SUM_TIMER_WAIT / 1000000000 AS milliseconds
      FROM performance_schema.events_statements_summary_by_user_by_event_name s
     WHERE s.COUNT_STAR > 0 AND s.USER IS NOT NULL AND s.EVENT_NAME LIKE 'statement/sql/%';
GRANT SELECT ON mayfly.statement_count TO mayfly_guard@localhost;

DELIMITER //

-- ---------------------------------------------------------------------------- arguments (nobody may call these)

CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.epoch(moment DATETIME(6)) RETURNS DECIMAL(17,6)
DETERMINISTIC NO SQL
    RETURN TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', moment) * 0.000001//

-- Whether a member has exactly the keys of `shape`, each of the JSON type named there (so never null). A key that
-- comes twice counts twice.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.has_shape(member LONGTEXT, shape TEXT) RETURNS BOOLEAN
DETERMINISTIC NO SQL
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE name VARCHAR(64);
    IF NOT (JSON_TYPE(member) <=> 'OBJECT' AND JSON_LENGTH(member) <=> JSON_LENGTH(shape)) THEN
        RETURN FALSE;
    END IF;
    WHILE i < JSON_LENGTH(shape) DO
        SET name = JSON_VALUE(JSON_KEYS(shape), CONCAT('$[', i, ']'));
        IF NOT JSON_TYPE(JSON_EXTRACT(member, CONCAT('$.', name))) <=> JSON_VALUE(shape, CONCAT('$.', name)) THEN
            RETURN FALSE;
        END IF;
        SET i = i + 1;
    END WHILE;
    RETURN TRUE;
END//

-- Text that people will read: bounded, on one line, without characters that hide or reorder other text.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_text(value LONGTEXT, most INT) RETURNS BOOLEAN
DETERMINISTIC NO SQL
    RETURN CHAR_LENGTH(value) <= most AND value NOT REGEXP CONCAT('[\\x{0000}-\\x{001F}\\x{007F}-\\x{009F}\\x{061C}',
        '\\x{200B}-\\x{200F}\\x{2028}-\\x{202E}\\x{2060}-\\x{206F}\\x{FEFF}\\x{E0000}-\\x{E007F}]')//

-- A hash in full. Whatever the server does not take for one it might store as something else.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_verifier(plugin TEXT, verifier TEXT) RETURNS BOOLEAN
DETERMINISTIC NO SQL
    RETURN (BINARY plugin = 'mysql_native_password' AND verifier REGEXP BINARY '^[*][0-9A-F]{40}\\z')
        OR (BINARY plugin = 'ed25519' AND verifier REGEXP BINARY '^[A-Za-z0-9+/]{43}\\z')//

-- What is wrong with a TTL: a code, or nothing.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.refuse_ttl(ttl TEXT) RETURNS VARCHAR(5)
READS SQL DATA
    RETURN CASE WHEN (ttl REGEXP BINARY '^[1-9][0-9]*\\z') IS NOT TRUE THEN 'MF001'
                WHEN LENGTH(ttl) > 9 OR CAST(ttl AS UNSIGNED) > (SELECT max_ttl_seconds FROM mayfly.guard) THEN 'MF005'
                ELSE '' END//

-- The first thing in each call. Ends what transaction the caller has open, and sets back what it may have set in its
-- session and these procedures depend on: the clock (where secure_timestamp forbids to set it, nobody has set it), and
-- that nothing is cut off or passed over in silence; and bounds how long it waits for what others have locked. The table
-- `batch` is the session's own, and gone after the call.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.begin_call(writes BOOLEAN)
BEGIN
    SET SESSION completion_type = 'NO_CHAIN';
    COMMIT;
    SET SESSION autocommit = 1, time_zone = '+00:00', group_concat_max_len = 16777216, max_recursive_iterations = 1000,
        sql_safe_updates = 0, sql_select_limit = DEFAULT, max_error_count = 64, max_sort_length = 1024,
        unique_checks = 1, foreign_key_checks = 1, check_constraint_checks = 1, sql_big_selects = 1,
        lock_wait_timeout = 5, innodb_lock_wait_timeout = 2;
    SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE;
    BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
        SET SESSION timestamp = DEFAULT;
    END;
    IF writes AND @@GLOBAL.read_only <> 0 THEN
        SIGNAL SQLSTATE 'MF011' SET MESSAGE_TEXT = 'this server is read-only';
    END IF;
    IF (SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = '''mayfly_guard''@''localhost'''
           AND PRIVILEGE_TYPE IN ('PROCESS', 'CONNECTION ADMIN')) <> 2 THEN
        SIGNAL SQLSTATE 'MF016' SET MESSAGE_TEXT = 'mayfly_guard@localhost has not PROCESS and CONNECTION ADMIN';
    END IF;
    DROP TEMPORARY TABLE IF EXISTS mayfly.batch;
    CREATE TEMPORARY TABLE mayfly.batch (
        ordinal INT PRIMARY KEY,
        member LONGTEXT,
        lease CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
        role VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
        host VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
        name VARCHAR(300) AS (CONCAT('`', role, '`@`', host, '`')),
        granted VARCHAR(128), plugin VARCHAR(64), verifier VARCHAR(64), options VARCHAR(400),
        present BOOLEAN, locked BOOLEAN, doing BOOLEAN DEFAULT FALSE, fresh BOOLEAN DEFAULT FALSE, step INT DEFAULT 0,
        state VARCHAR(16), killed INT, told LONGTEXT, remaining INT, hanging LONGTEXT,
        created_at DATETIME(6), valid_until DATETIME(6),
        code VARCHAR(5) NOT NULL DEFAULT '00000', message LONGTEXT NOT NULL DEFAULT '')
        ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
END//

-- The members of a batch. Refuses what is not a batch.
-- Where batch and register are joined below, STRAIGHT_JOIN goes from the batch to the register by its key: a scan of the
-- register would lock the rows of other calls, and deadlock with them.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.open_batch(batch LONGTEXT, shape TEXT, writes BOOLEAN)
BEGIN
    CALL mayfly.begin_call(writes);
    IF batch IS NULL OR NOT JSON_VALID(batch) OR JSON_TYPE(batch) <> 'ARRAY' THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the batch is not an array';
    ELSEIF JSON_LENGTH(batch) > 500 THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the batch has more than 500 members';
    END IF;
    INSERT INTO mayfly.batch (ordinal, member)
        SELECT j.n, j.m FROM JSON_TABLE(batch, '$[*]' COLUMNS (n FOR ORDINALITY, m JSON PATH '$')) AS j;
    UPDATE mayfly.batch SET code = 'MF001', message = CONCAT('a member must have exactly these keys and types: ', shape)
     WHERE NOT mayfly.has_shape(member, shape);
    UPDATE mayfly.batch SET code = 'MF001', message = 'the lease is not a lowercase UUID' WHERE code = '00000'
       AND (JSON_VALUE(member, '$.lease')
            REGEXP BINARY '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z') IS NOT TRUE;
    UPDATE mayfly.batch SET lease = JSON_VALUE(member, '$.lease') WHERE code = '00000';
    IF (SELECT COUNT(lease) <> COUNT(DISTINCT lease) FROM mayfly.batch) THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the batch names a lease twice';
    END IF;
END//

-- Runs one statement that names the accounts of all members that are `doing`; when it fails, one for each, so that one
-- bad member fails alone. What others have locked (1205) is not waited for again for each. Only for statements that may
-- be repeated.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.apply(before_names TEXT, after_names TEXT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE failed INT;
    DECLARE note, accounts LONGTEXT;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 failed = MYSQL_ERRNO, note = MESSAGE_TEXT;
        SET failed = COALESCE(failed, 1105), note = COALESCE(note, '');
    END;
    SELECT GROUP_CONCAT(name SEPARATOR ', ') INTO accounts
      FROM mayfly.batch WHERE doing;
    IF accounts IS NOT NULL THEN
        EXECUTE IMMEDIATE CONCAT(before_names, accounts, after_names);
    END IF;
    WHILE failed IS NOT NULL AND failed <> 1205 AND i < 500 DO
        SET i = i + 1, accounts = NULL, note = NULL;
        SELECT name INTO accounts FROM mayfly.batch WHERE doing AND ordinal = i;
        IF accounts IS NOT NULL THEN
            EXECUTE IMMEDIATE CONCAT(before_names, accounts, after_names);
        END IF;
        IF note IS NOT NULL THEN
            UPDATE mayfly.batch SET code = failed, message = note, doing = FALSE WHERE ordinal = i;
        END IF;
    END WHILE;
    IF failed = 1205 THEN
        UPDATE mayfly.batch SET code = 1205, message = 'others have locked what this needs', doing = FALSE
         WHERE doing AND ordinal > i;
    END IF;
END//

-- ---------------------------------------------------------------------- what is ours (nobody may call these)

-- Groups are allowed by name, and neither they nor anything above them may hold a power that outlives or exceeds a
-- lease: of the global rights only SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES and SHOW VIEW (the bits left
-- out of the mask), nothing in the schemas mysql and mayfly, no right to hand rights or roles on, no proxy. Judged anew
-- at each renewal, as somebody may have granted the group more since. PUBLIC and '' are what every account has.
-- Answers the first that holds such a power.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.culprit(
    name VARCHAR(128) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, host VARCHAR(255) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin)
RETURNS VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin READS SQL DATA
    RETURN (
        WITH RECURSIVE up (user, host, admin) AS (
            SELECT name, host, 'N' UNION SELECT 'PUBLIC', '', 'N' UNION SELECT '', '%', 'N'
             UNION
            SELECT m.Role, '', m.Admin_option FROM up JOIN mysql.roles_mapping m ON m.User = up.user AND m.Host = up.host)
        SELECT IF(up.user = '', 'anonymous', up.user) FROM up
         WHERE up.admin = 'Y'
            OR EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = up.user AND g.Host = up.host AND up.user <> ''
                          AND CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & ~4407296 <> 0)
            OR EXISTS (SELECT 1 FROM mysql.db d WHERE d.User = up.user AND d.Host = up.host
                          AND (d.Grant_priv = 'Y' OR 'mysql' LIKE d.Db OR 'mayfly' LIKE d.Db))
            OR EXISTS (SELECT 1 FROM mysql.tables_priv t WHERE t.User = up.user AND t.Host = up.host
                          AND (FIND_IN_SET('Grant', t.Table_priv) OR t.Db IN ('mysql', 'mayfly')))
            OR EXISTS (SELECT 1 FROM mysql.columns_priv c WHERE c.User = up.user AND c.Host = up.host
                          AND c.Db IN ('mysql', 'mayfly'))
            OR EXISTS (SELECT 1 FROM mysql.procs_priv p WHERE p.User = up.user AND p.Host = up.host
                          AND (FIND_IN_SET('Grant', p.Proc_priv) OR p.Db IN ('mysql', 'mayfly')))
            OR EXISTS (SELECT 1 FROM mysql.proxies_priv x WHERE x.User = up.user AND x.Host = up.host)
         LIMIT 1)//

-- Judges each group once. Members of others than allowed and harmless groups are refused.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.check_groups()
BEGIN
    DECLARE this_group, bad VARCHAR(128);
    UPDATE mayfly.batch b SET code = 'MF002', message = CONCAT('group ', b.granted, ' is not allowed or does not exist')
     WHERE code = '00000' AND NOT ((EXISTS (SELECT 1 FROM mayfly.allowed_group g WHERE g.name = BINARY b.granted) OR mayfly.is_narrowed(b.granted))
                               AND EXISTS (SELECT 1 FROM mayfly.account a WHERE a.user = b.granted AND a.host = '' AND a.is_role));
    UPDATE mayfly.batch SET doing = code = '00000';
    SELECT MIN(granted) INTO this_group FROM mayfly.batch WHERE doing;
    WHILE this_group IS NOT NULL DO
        SET bad = mayfly.culprit(this_group, '');
        UPDATE mayfly.batch SET doing = FALSE WHERE doing AND granted = this_group;
        IF bad IS NOT NULL THEN
            UPDATE mayfly.batch SET code = 'MF003', message = CONCAT(bad, ' has, or is reached with, a power no lease may have')
             WHERE code = '00000' AND granted = this_group;
        END IF;
        SELECT MIN(granted) INTO this_group FROM mayfly.batch WHERE doing;
    END WHILE;
END//

-- The accounts of leases that are in the register. Nothing else is ever locked, ended or dropped.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.look_up()
BEGIN
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
      LEFT JOIN mayfly.account a ON a.user = l.role AND a.host = l.host AND NOT a.is_role
       SET b.role = l.role, b.host = l.host, b.granted = l.granted, b.created_at = l.created_at,
           b.valid_until = l.valid_until, b.present = a.user IS NOT NULL, b.locked = COALESCE(a.locked, FALSE)
     WHERE b.code = '00000';
    UPDATE mayfly.batch SET code = 'MF004', message = 'the lease is not in the register' WHERE code = '00000' AND role IS NULL;
END//

-- Members whose lease may not be renewed or get another password.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.check_usable()
BEGIN
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
       SET b.code = CASE WHEN NOT b.present OR l.ended_at IS NOT NULL OR l.made_at IS NULL THEN 'MF004'
                         WHEN b.locked OR l.locked_at IS NOT NULL THEN 'MF012'
                         WHEN l.valid_until <= SYSDATE(6) THEN 'MF008' ELSE '00000' END
     WHERE b.code = '00000';
    UPDATE mayfly.batch SET message = CASE code WHEN 'MF004' THEN 'the role is gone or was never complete'
        WHEN 'MF012' THEN 'the role is locked' ELSE 'the lease has expired' END
     WHERE code IN ('MF004', 'MF012', 'MF008') AND message = '';
END//

-- Whether the connection that makes an account is still at it.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_busy(maker BIGINT UNSIGNED) RETURNS BOOLEAN
READS SQL DATA
    RETURN maker <> CONNECTION_ID()
       AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST p WHERE p.ID = maker AND p.COMMAND <> 'Sleep')//

-- ----------------------------------------------------------------------------------------------------- issue

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.check_issue()
BEGIN
    UPDATE mayfly.batch SET code = 'MF001', message = 'the role name is not one of this installation' WHERE code = '00000'
       AND (JSON_VALUE(member, '$.role') REGEXP BINARY
            CONCAT('^mf_', (SELECT tag FROM mayfly.guard), '_[a-z0-9]{1,8}_[a-z2-7]{13}\\z')) IS NOT TRUE;
    UPDATE mayfly.batch SET code = 'MF001', message = 'the verifier is not a hash of its plugin' WHERE code = '00000'
       AND mayfly.is_verifier(JSON_VALUE(member, '$.plugin'), JSON_VALUE(member, '$.verifier')) IS NOT TRUE;
    UPDATE mayfly.batch SET code = 'MF001', message = 'the requester or reason is too long or has control characters'
     WHERE code = '00000' AND (mayfly.is_text(JSON_VALUE(member, '$.requester'), 200)
                           AND mayfly.is_text(JSON_VALUE(member, '$.reason'), 2000)) IS NOT TRUE;
    UPDATE mayfly.batch SET code = 'MF001', message = 'groups is an array of one string' WHERE code = '00000'
       AND (JSON_LENGTH(member, '$.groups') = 1 AND JSON_TYPE(JSON_EXTRACT(member, '$.groups[0]')) = 'STRING'
        AND CHAR_LENGTH(JSON_VALUE(member, '$.groups[0]')) <= 128) IS NOT TRUE;
    UPDATE mayfly.batch SET code = 'MF001', message = 'connection_limit is not a whole number between 1 and 1000'
     WHERE code = '00000' AND (JSON_EXTRACT(member, '$.connection_limit') REGEXP BINARY '^([1-9][0-9]{0,2}|1000)\\z') IS NOT TRUE;
    UPDATE mayfly.batch SET code = mayfly.refuse_ttl(JSON_EXTRACT(member, '$.ttl_seconds')),
           message = 'the TTL is not a whole number of seconds, or over the ceiling'
     WHERE code = '00000' AND mayfly.refuse_ttl(JSON_EXTRACT(member, '$.ttl_seconds')) <> '';
    UPDATE mayfly.batch SET code = 'MF010', message = 'a setting is not allowed' WHERE code = '00000'
       AND (JSON_LENGTH(member, '$.settings') =
            JSON_EXISTS(member, '$.settings.max_statement_time') + JSON_EXISTS(member, '$.settings.max_queries_per_hour')
          + JSON_EXISTS(member, '$.settings.max_updates_per_hour')
          + JSON_EXISTS(member, '$.settings.max_connections_per_hour')) IS NOT TRUE;
    UPDATE mayfly.batch SET code = 'MF001', message = 'a setting is not a string with a whole number' WHERE code = '00000'
       AND (CONCAT_WS(',', JSON_EXTRACT(member, '$.settings.max_statement_time'),
                           JSON_EXTRACT(member, '$.settings.max_queries_per_hour'),
                           JSON_EXTRACT(member, '$.settings.max_updates_per_hour'),
                           JSON_EXTRACT(member, '$.settings.max_connections_per_hour'))
            REGEXP BINARY '^("[1-9][0-9]{0,8}",?)*\\z') IS NOT TRUE;
    UPDATE mayfly.batch SET role = JSON_VALUE(member, '$.role'), host = (SELECT host FROM mayfly.guard),
           plugin = JSON_VALUE(member, '$.plugin'), verifier = JSON_VALUE(member, '$.verifier'),
           granted = JSON_VALUE(member, '$.groups[0]'),
           options = CONCAT(' WITH MAX_USER_CONNECTIONS ', JSON_VALUE(member, '$.connection_limit'),
               COALESCE(CONCAT(' MAX_STATEMENT_TIME ', JSON_VALUE(member, '$.settings.max_statement_time')), ''),
               COALESCE(CONCAT(' MAX_QUERIES_PER_HOUR ', JSON_VALUE(member, '$.settings.max_queries_per_hour')), ''),
               COALESCE(CONCAT(' MAX_UPDATES_PER_HOUR ', JSON_VALUE(member, '$.settings.max_updates_per_hour')), ''),
               COALESCE(CONCAT(' MAX_CONNECTIONS_PER_HOUR ', JSON_VALUE(member, '$.settings.max_connections_per_hour')), ''))
     WHERE code = '00000';
    CALL mayfly.check_groups();
END//

-- Enters the members into the register, one connection at a time, as far as the ceilings let them. One that was issued
-- before, in the same way, is answered as it was then; one that was begun by a connection that is gone is begun anew.
-- Without the row that counts, or the ceilings' own, nothing is issued.
-- While it holds locks it reads nothing of the server's own: those tables are locked whole, and who waits for one with
-- a row of ours locked is found out by a time limit only.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.register()
BEGIN
    DECLARE i, most, per_minute, live, most_live INT DEFAULT 0;
    DECLARE this_minute INT;
    DECLARE id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin;
    DECLARE until DATETIME(6);
    DECLARE known, finished, same, ended, busy, taken BOOLEAN;
    UPDATE mayfly.batch b SET b.present = EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = b.role AND g.Host IN (b.host, ''))
     WHERE b.code = '00000';
    START TRANSACTION;
    SELECT IF(minute BETWEEN SYSDATE(6) - INTERVAL 1 MINUTE AND SYSDATE(6), count, -1) INTO this_minute FROM mayfly.issued FOR UPDATE;
    IF this_minute < 0 THEN
        UPDATE mayfly.issued SET minute = SYSDATE(6), count = 0;
        SET this_minute = 0;
    END IF;
    SELECT max_issues_per_minute, max_live INTO per_minute, most_live FROM mayfly.guard;
    SELECT COUNT(*) INTO live FROM mayfly.lease WHERE ended_at IS NULL;
    SELECT COUNT(*) INTO most FROM mayfly.batch;
    WHILE i < most DO
        SET i = i + 1, id = NULL, known = FALSE, until = NULL;
        SELECT b.lease, b.present INTO id, taken FROM mayfly.batch b WHERE b.ordinal = i AND b.code = '00000';
        IF id IS NOT NULL THEN
            SELECT TRUE, l.made_at IS NOT NULL, l.ended_at IS NOT NULL, l.valid_until, mayfly.is_busy(l.maker),
                   l.role = b.role AND l.host = b.host AND l.verifier_sha256 = SHA2(CONCAT(b.plugin, ' ', b.verifier), 256)
              INTO known, finished, ended, until, busy, same
              FROM mayfly.lease l JOIN mayfly.batch b ON b.lease = l.lease WHERE l.lease = id;
            IF known AND same AND finished AND taken AND NOT ended THEN
                UPDATE mayfly.batch SET valid_until = until WHERE ordinal = i;
            ELSEIF known AND same AND NOT finished AND NOT ended AND NOT busy THEN
                UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
                   SET b.fresh = TRUE, b.present = taken, b.valid_until = l.valid_until, l.maker = CONNECTION_ID()
                 WHERE b.ordinal = i;
            ELSEIF known OR taken OR (SELECT COUNT(*) FROM mayfly.lease l JOIN mayfly.batch b ON l.role = b.role WHERE b.ordinal = i) > 0 THEN
                UPDATE mayfly.batch SET code = 'MF014',
                       message = 'the lease was issued before, differently, or is being made, or its name is taken' WHERE ordinal = i;
            ELSEIF live >= most_live THEN
                UPDATE mayfly.batch SET code = 'MF006', message = 'the ceiling of live roles is reached' WHERE ordinal = i;
            ELSEIF this_minute IS NULL THEN
                UPDATE mayfly.batch SET code = 'MF007', message = 'mayfly.issued has lost its row, which counts' WHERE ordinal = i;
            ELSEIF this_minute >= per_minute THEN
                UPDATE mayfly.batch SET code = 'MF007', message = 'the ceiling of issues per minute is reached' WHERE ordinal = i;
            ELSE
                UPDATE mayfly.batch SET fresh = TRUE, present = FALSE, created_at = SYSDATE(6),
                       valid_until = created_at + INTERVAL JSON_VALUE(member, '$.ttl_seconds') SECOND WHERE ordinal = i;
                INSERT INTO mayfly.lease (lease, role, host, granted, verifier_sha256, requester, reason, created_at, valid_until, maker,
                                          limits)
                    SELECT b.lease, b.role, b.host, b.granted, SHA2(CONCAT(b.plugin, ' ', b.verifier), 256),
                           JSON_VALUE(b.member, '$.requester'), JSON_VALUE(b.member, '$.reason'), b.created_at, b.valid_until,
                           CONNECTION_ID(), CONCAT_WS(' ', JSON_VALUE(b.member, '$.connection_limit'),
                               COALESCE(JSON_VALUE(b.member, '$.settings.max_statement_time'), 0),
                               COALESCE(JSON_VALUE(b.member, '$.settings.max_queries_per_hour'), 0),
                               COALESCE(JSON_VALUE(b.member, '$.settings.max_updates_per_hour'), 0),
                               COALESCE(JSON_VALUE(b.member, '$.settings.max_connections_per_hour'), 0))
                      FROM mayfly.batch b WHERE b.ordinal = i;
                SET live = live + 1, this_minute = this_minute + 1;
            END IF;
        END IF;
    END WHILE;
    UPDATE mayfly.issued SET count = this_minute;
    COMMIT;
END//

-- Makes the accounts that are `doing`: one CREATE USER for those with the same limits, one GRANT for those with the same
-- group, a SET DEFAULT ROLE for each (it takes no more). Stops at the first error.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.make_accounts()
BEGIN
    DECLARE i INT;
    DECLARE value, accounts LONGTEXT;
    UPDATE mayfly.batch SET step = doing;
    SELECT MIN(options) INTO value FROM mayfly.batch WHERE step = 1;
    WHILE value IS NOT NULL DO
        SELECT GROUP_CONCAT(name, ' IDENTIFIED VIA ', plugin, ' USING ''', verifier, '''' SEPARATOR ', ') INTO accounts
          FROM mayfly.batch WHERE step = 1 AND options = value;
        EXECUTE IMMEDIATE CONCAT('CREATE USER ', accounts, value);
        UPDATE mayfly.batch SET step = 2 WHERE step = 1 AND options = value;
        SELECT MIN(options) INTO value FROM mayfly.batch WHERE step = 1;
    END WHILE;
    SELECT MIN(granted) INTO value FROM mayfly.batch WHERE step = 2;
    WHILE value IS NOT NULL DO
        SELECT GROUP_CONCAT(name SEPARATOR ', ')
          INTO accounts FROM mayfly.batch WHERE step = 2 AND granted = value;
        EXECUTE IMMEDIATE CONCAT('GRANT `', REPLACE(value, '`', '``'), '` TO ', accounts);
        UPDATE mayfly.batch SET step = 3 WHERE step = 2 AND granted = value;
        SELECT MIN(granted) INTO value FROM mayfly.batch WHERE step = 2;
    END WHILE;
    SELECT MIN(ordinal) INTO i FROM mayfly.batch WHERE step = 3;
    WHILE i IS NOT NULL DO
        SELECT CONCAT('SET DEFAULT ROLE `', REPLACE(granted, '`', '``'), '` FOR ', name) INTO accounts
          FROM mayfly.batch WHERE ordinal = i;
        EXECUTE IMMEDIATE accounts;
        UPDATE mayfly.batch SET step = 4 WHERE ordinal = i;
        SELECT MIN(ordinal) INTO i FROM mayfly.batch WHERE step = 3;
    END WHILE;
END//

-- Makes the accounts of the members that are fresh, all at once, and when that fails what was made is dropped and
-- each is made alone. Whatever interrupts it, the register has them.
-- What must not fail for another call's sake is tried again when the server chose it to give way (1213).
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.make_fresh()
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE failed INT;
    DECLARE note LONGTEXT;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 failed = MYSQL_ERRNO, note = MESSAGE_TEXT;
        SET failed = COALESCE(failed, 1105), note = COALESCE(note, '');
    END;
    UPDATE mayfly.batch SET doing = fresh AND present AND code = '00000';
    CALL mayfly.apply('DROP USER IF EXISTS ', '');
    UPDATE mayfly.batch SET doing = fresh AND code = '00000';
    CALL mayfly.make_accounts();
    IF failed IS NOT NULL THEN
        CALL mayfly.apply('DROP USER IF EXISTS ', '');
        WHILE i < (SELECT COUNT(*) FROM mayfly.batch) DO
            SET i = i + 1, failed = NULL;
            UPDATE mayfly.batch SET doing = fresh AND code = '00000' AND ordinal = i;
            IF EXISTS (SELECT 1 FROM mayfly.batch WHERE doing) THEN
                CALL mayfly.make_accounts();
            END IF;
            IF failed IS NOT NULL THEN
                CALL mayfly.apply('DROP USER IF EXISTS ', '');
                UPDATE mayfly.batch SET code = failed, message = note WHERE ordinal = i;
            END IF;
        END WHILE;
    END IF;
    SET i = 0;
    REPEAT
        SET i = i + 1, failed = NULL, note = NULL;
        UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease SET l.made_at = SYSDATE(6)
         WHERE b.fresh AND b.code = '00000' AND l.made_at IS NULL AND l.ended_at IS NULL AND l.maker = CONNECTION_ID();
    UNTIL NOT failed <=> 1213 OR i = 10 END REPEAT;
    UPDATE mayfly.batch b LEFT JOIN mayfly.lease l ON l.lease = b.lease AND l.made_at IS NOT NULL AND l.ended_at IS NULL
       SET b.doing = TRUE, b.code = 'MF014',
           b.message = COALESCE(CONCAT('not entered as complete: ', note), 'the lease was ended while it was being made')
     WHERE b.fresh AND b.code = '00000' AND l.lease IS NULL;
    UPDATE mayfly.batch SET doing = doing AND code = 'MF014';
    CALL mayfly.apply('DROP USER IF EXISTS ', '');
    DELETE l FROM mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
     WHERE b.fresh AND b.code <> '00000' AND l.made_at IS NULL AND l.ended_at IS NULL AND l.maker = CONNECTION_ID()
       AND NOT EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = l.role AND g.Host = l.host);
END//

-- Makes accounts. To repeat a member that was done (a reply was lost) answers as it did then.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.issue(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING", "role": "STRING", "plugin": "STRING", "verifier": "STRING",
        "groups": "ARRAY", "ttl_seconds": "INTEGER", "connection_limit": "INTEGER", "settings": "OBJECT",
        "requester": "STRING", "reason": "STRING"}', TRUE);
    CALL mayfly.check_issue();
    CALL mayfly.register();
    CALL mayfly.make_fresh();
    SELECT b.ordinal, b.lease, IF(b.code = '00000', b.host, NULL) AS host,
           IF(b.code = '00000', mayfly.epoch(b.valid_until), NULL) AS valid_until, b.code, b.message
      FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- ------------------------------------------------------------------------------------------- during the lease

-- Moves the expiry out, never in, and never beyond the ceiling counted from creation.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.renew(batch LONGTEXT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE bad VARCHAR(128);
    CALL mayfly.open_batch(batch, '{"lease": "STRING", "ttl_seconds": "INTEGER"}', TRUE);
    UPDATE mayfly.batch SET code = mayfly.refuse_ttl(JSON_EXTRACT(member, '$.ttl_seconds')),
           message = 'the TTL is not a whole number of seconds, or over the ceiling'
     WHERE code = '00000' AND mayfly.refuse_ttl(JSON_EXTRACT(member, '$.ttl_seconds')) <> '';
    CALL mayfly.look_up();
    CALL mayfly.check_usable();
    UPDATE mayfly.batch b SET valid_until =
           GREATEST(b.valid_until, SYSDATE(6) + INTERVAL JSON_VALUE(b.member, '$.ttl_seconds') SECOND) WHERE b.code = '00000';
    UPDATE mayfly.batch b JOIN mayfly.guard g SET b.code = 'MF005', b.message = 'over the ceiling, counted from creation'
     WHERE b.code = '00000' AND b.valid_until > b.created_at + INTERVAL g.max_ttl_seconds SECOND;
    CALL mayfly.check_groups();
    WHILE i < (SELECT COUNT(*) FROM mayfly.batch) DO
        SET i = i + 1;
        IF EXISTS (SELECT 1 FROM mayfly.batch WHERE ordinal = i AND code = '00000') THEN
            SELECT mayfly.culprit(role, host) INTO bad FROM mayfly.batch WHERE ordinal = i;
            UPDATE mayfly.batch SET code = 'MF003', message = CONCAT(bad, ' has, or is reached with, a power no lease may have')
             WHERE ordinal = i AND bad IS NOT NULL;
        END IF;
    END WHILE;
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease SET l.valid_until = b.valid_until
     WHERE b.code = '00000' AND l.ended_at IS NULL AND l.locked_at IS NULL AND l.valid_until <= b.valid_until;
    SELECT b.ordinal, b.lease, IF(b.code = '00000', mayfly.epoch(b.valid_until), NULL) AS valid_until, b.code, b.message
      FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- A new password for a credential whose reply was lost. Within 5 minutes, and only while nobody has used the old one.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.replace_verifier(batch LONGTEXT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE failed INT;
    DECLARE note, statement LONGTEXT;
    CALL mayfly.open_batch(batch, '{"lease": "STRING", "plugin": "STRING", "verifier": "STRING"}', TRUE);
    UPDATE mayfly.batch SET code = 'MF001', message = 'the verifier is not a hash of its plugin' WHERE code = '00000'
       AND mayfly.is_verifier(JSON_VALUE(member, '$.plugin'), JSON_VALUE(member, '$.verifier')) IS NOT TRUE;
    UPDATE mayfly.batch SET plugin = JSON_VALUE(member, '$.plugin'), verifier = JSON_VALUE(member, '$.verifier')
     WHERE code = '00000';
    CALL mayfly.look_up();
    CALL mayfly.check_usable();
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
       SET b.code = 'MF008', b.message = 'the 5 minutes are over, or the role has been used'
     WHERE b.code = '00000' AND (l.created_at + INTERVAL 5 MINUTE <= SYSDATE(6) OR l.first_session_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM mayfly.session p WHERE p.user = b.role));
    BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN
            GET DIAGNOSTICS CONDITION 1 failed = MYSQL_ERRNO, note = MESSAGE_TEXT;
            SET failed = COALESCE(failed, 1105), note = COALESCE(note, '');
        END;
        WHILE i < (SELECT COUNT(*) FROM mayfly.batch) DO
            SET i = i + 1, failed = NULL, statement = NULL;
            SELECT CONCAT('ALTER USER ', name, ' IDENTIFIED VIA ', plugin, ' USING ''', verifier, '''') INTO statement
              FROM mayfly.batch WHERE ordinal = i AND code = '00000';
            IF statement IS NOT NULL THEN
                EXECUTE IMMEDIATE statement;
                UPDATE mayfly.batch SET code = failed, message = note WHERE ordinal = i AND failed IS NOT NULL;
            END IF;
        END WHILE;
    END;
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
       SET l.verifier_sha256 = SHA2(CONCAT(b.plugin, ' ', b.verifier), 256) WHERE b.code = '00000';
    SELECT b.ordinal, b.lease, IF(b.code = '00000', mayfly.epoch(b.valid_until), NULL) AS valid_until, b.code, b.message
      FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- Ends sessions of leases that are over: one that was in a routine of another definer may have been passed over.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.cut_ended()
BEGIN
    DECLARE session_id BIGINT UNSIGNED;
    DECLARE failed INT;
    DECLARE note LONGTEXT;
    DECLARE finished BOOLEAN DEFAULT FALSE;
    DECLARE found CURSOR FOR SELECT p.id FROM mayfly.session p JOIN mayfly.lease l ON l.role = p.user WHERE l.ended_at IS NOT NULL;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET finished = TRUE;
    OPEN found;
    FETCH found INTO session_id;
    WHILE NOT finished DO
        CALL mayfly.cut(session_id, failed, note);
        FETCH found INTO session_id;
    END WHILE;
    CLOSE found;
END//

-- Live sessions of our accounts. Remembers that an account was used (not on a replica), and ends those of leases that
-- are over.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.sessions()
BEGIN
    CALL mayfly.begin_call(FALSE);
    IF @@GLOBAL.read_only = 0 THEN
        UPDATE mayfly.lease l JOIN (SELECT DISTINCT user AS role FROM mayfly.session) p ON p.role = l.role
           SET l.first_session_at = SYSDATE(6) WHERE l.first_session_at IS NULL;
    END IF;
    CALL mayfly.cut_ended();
    SELECT l.lease, l.role, p.id, p.client, p.db, p.command, p.seconds FROM mayfly.session p JOIN mayfly.lease l ON l.role = p.user;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- How many sessions of this server did not end with a goodbye of their client, since it was started: two looks between which
-- that is the same had none.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.server_count(name TEXT) RETURNS BIGINT UNSIGNED
READS SQL DATA
    RETURN (SELECT s.VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS s WHERE UPPER(s.VARIABLE_NAME) = UPPER(name))//

-- Nothing of what sessions run: who steals the broker's account reads no statement of anybody's here. That an account was used is
-- remembered by the next look, where somebody has locked its row.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.watch()
BEGIN
    DECLARE cut_before BIGINT UNSIGNED;
    DECLARE found LONGTEXT;
    CALL mayfly.begin_call(FALSE);
    IF @@GLOBAL.read_only = 0 AND EXISTS (
           SELECT 1 FROM mayfly.session p JOIN mayfly.lease l ON l.role = p.user WHERE l.first_session_at IS NULL) THEN
        BEGIN
            DECLARE CONTINUE HANDLER FOR 1205, 1213 BEGIN END;
            UPDATE mayfly.lease l JOIN (SELECT DISTINCT user AS role FROM mayfly.session) p ON p.role = l.role
               SET l.first_session_at = SYSDATE(6) WHERE l.first_session_at IS NULL;
        END;
    END IF;
    CALL mayfly.cut_ended();
    SET cut_before = mayfly.server_count('Aborted_clients');
    SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('lease', l.lease, 'role', l.role, 'number', p.id, 'client', p.client, 'database', p.db,
               'state', p.command, 'seconds', p.seconds, 'connection', d.connection, 'application', d.program)), ']') INTO found
      FROM mayfly.session p JOIN mayfly.lease l ON l.role = p.user LEFT JOIN mayfly.session_detail d ON d.id = p.id;
    SELECT CONCAT('{"now": ', UNIX_TIMESTAMP(SYSDATE(6)), ', "server_started": ', UNIX_TIMESTAMP(SYSDATE(6)) - mayfly.server_count('Uptime'),
                  ', "cut_before": ', cut_before, ', "cut_after": ', mayfly.server_count('Aborted_clients'),
                  ', "sessions": ', COALESCE(found, '[]'), '}') AS look;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- ---------------------------------------------------------------------------- the end: lock, terminate, drop
-- Each is a call, and a commit, of its own; each may be repeated.

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.do_lock()
BEGIN
    UPDATE mayfly.batch SET state = 'gone' WHERE code = '00000' AND NOT present;
    UPDATE mayfly.batch SET doing = present AND NOT locked AND code = '00000';
    CALL mayfly.apply('ALTER USER ', ' ACCOUNT LOCK');
    UPDATE mayfly.batch SET locked = TRUE, state = 'locked' WHERE present AND code = '00000';
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease SET l.locked_at = SYSDATE(6)
     WHERE b.present AND b.code = '00000' AND l.locked_at IS NULL;
END//

-- Ends one session. failed: nothing, or 0 for one that is gone already, or the server's error.
-- KILL SOFT: a plain KILL of a session that is making a temporary table for information_schema brings MariaDB 10.11 down
-- (in ha_maria::drop_table; seen with 10.11.19).
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.cut(session_id BIGINT UNSIGNED, OUT failed INT, OUT note LONGTEXT)
BEGIN
    DECLARE CONTINUE HANDLER FOR 1094 SET failed = 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION GET DIAGNOSTICS CONDITION 1 failed = MYSQL_ERRNO, note = MESSAGE_TEXT;
    SET failed = NULL, note = NULL;
    EXECUTE IMMEDIATE CONCAT('KILL SOFT CONNECTION ', session_id);
END//

-- What sessions have open is written down first (not on a replica): who is to blame for a transaction that stays cannot
-- be known later. INNODB_TRX may be a tenth of a second old, and older when it is read more often: it is read only where
-- it must be, and not twice within that time. After that, what is still in it is prepared.
-- Ends sessions by account name, so those that outlived DROP USER too. The count is looked at afterwards: KILL may
-- answer OK and have ended nothing.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.do_terminate()
BEGIN
    DECLARE again INT DEFAULT 10;
    DECLARE session_id BIGINT UNSIGNED;
    DECLARE whose, failed INT;
    DECLARE note LONGTEXT;
    DECLARE finished BOOLEAN DEFAULT FALSE;
    DECLARE found CURSOR FOR
        SELECT p.id, b.ordinal FROM mayfly.session p JOIN mayfly.batch b ON b.role = p.user WHERE b.code = '00000';
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET finished = TRUE;
    UPDATE mayfly.batch SET killed = 0, remaining = 0 WHERE code = '00000';
    IF @@GLOBAL.read_only = 0 AND EXISTS (SELECT 1 FROM mayfly.session p JOIN mayfly.batch b ON b.role = p.user) THEN
        BEGIN
            DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
            INSERT IGNORE INTO mayfly.cut_transaction (transaction, role, host)
                SELECT t.trx_id, b.role, b.host
                  FROM mayfly.batch b JOIN mayfly.session p ON p.user = b.role
                  JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.id
                 WHERE b.code = '00000' AND t.trx_is_read_only = 0 AND t.trx_id > 0;
        END;
    END IF;
    OPEN found;
    FETCH found INTO session_id, whose;
    WHILE NOT finished DO
        CALL mayfly.cut(session_id, failed, note);
        IF failed IS NULL THEN
            UPDATE mayfly.batch SET killed = killed + 1, told = CONCAT_WS(', ', told, session_id) WHERE ordinal = whose;
        ELSEIF failed <> 0 THEN
            UPDATE mayfly.batch SET code = failed, message = note WHERE ordinal = whose;
        END IF;
        SET again = 9;
        FETCH found INTO session_id, whose;
    END WHILE;
    CLOSE found;
    WHILE again BETWEEN 1 AND 9 AND EXISTS (SELECT 1 FROM mayfly.session p JOIN mayfly.batch b ON b.role = p.user) DO
        DO SLEEP(0.01);
        SET again = again - 1;
    END WHILE;
    IF again < 10 AND EXISTS (SELECT 1 FROM mayfly.batch b JOIN mayfly.cut_transaction c ON c.role = b.role) THEN
        DO SLEEP(0.12);
    END IF;
    UPDATE mayfly.batch b JOIN (SELECT user AS role, COUNT(*) AS n FROM mayfly.session GROUP BY user) p ON p.role = b.role
       SET b.remaining = p.n WHERE b.remaining = 0;
END//

-- What would fail or be an orphan without the account, or outlives it: what names it as its definer; who may act as it
-- (a lease may grant that itself, and the guard cannot take it away); prepared transactions; another account of its name,
-- when there are sessions that may be its.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.look_for_hanging()
BEGIN
    DECLARE prepared LONGTEXT DEFAULT '';
    IF EXISTS (SELECT 1 FROM mayfly.batch b JOIN mayfly.cut_transaction c ON c.role = b.role) THEN
        SELECT GROUP_CONCAT(i.trx_id) INTO prepared FROM information_schema.INNODB_TRX i WHERE i.trx_mysql_thread_id = 0;
    END IF;
    UPDATE mayfly.batch b JOIN (
        SELECT o.account, CONCAT('[', GROUP_CONCAT(JSON_OBJECT('database', o.db, 'kind', o.kind, 'name', o.name, 'host', o.host,
                                      'account', o.account) ORDER BY o.db, o.kind, o.name, o.host SEPARATOR ', '), ']') AS found
          FROM (SELECT v.DEFINER AS account, v.TABLE_SCHEMA AS db, 'view' AS kind, v.TABLE_NAME AS name, NULL AS host
                  FROM information_schema.VIEWS v WHERE v.TABLE_SCHEMA NOT IN ('mysql', 'sys')
                 UNION ALL
                SELECT t.DEFINER, t.TRIGGER_SCHEMA, 'trigger', t.TRIGGER_NAME, NULL FROM information_schema.TRIGGERS t
                 UNION ALL
                SELECT p.definer, p.db, LOWER(p.type), p.name, NULL FROM mysql.proc p
                 UNION ALL
                SELECT e.definer, e.db, 'event', e.name, NULL FROM mysql.event e
                 UNION ALL
                SELECT CONCAT(x.Proxied_user, '@', x.Proxied_host), NULL, 'proxy', x.User, x.Host FROM mysql.proxies_priv x
                 UNION ALL
                SELECT CONCAT(c.role, '@', c.host), NULL, 'transaction', CAST(c.transaction AS CHAR), NULL
                  FROM mayfly.cut_transaction c WHERE FIND_IN_SET(c.transaction, prepared)
                 UNION ALL
                SELECT CONCAT(a.User, '@', a.Host), NULL, 'account', g.User, g.Host
                  FROM mysql.global_priv a JOIN mysql.global_priv g ON g.User = a.User AND g.Host <> a.Host
                 WHERE a.User LIKE 'mf\\_%' AND a.User IN (SELECT p.user FROM mayfly.session p)) o
         WHERE o.account LIKE 'mf\\_%' GROUP BY o.account) d ON d.account = CONCAT(b.role, '@', b.host)
       SET b.hanging = d.found WHERE b.code = '00000';
    UPDATE mayfly.batch SET hanging = '[]' WHERE code = '00000' AND hanging IS NULL;
END//

-- Drops what is locked and without sessions (those of another account with its name aside). What something hangs on is
-- kept, without any right: an event or a routine in its name can then do nothing.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.do_drop()
BEGIN
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease
       SET b.code = 'MF009', b.message = 'the role can still log in, has sessions, or is being made'
     WHERE b.code = '00000' AND (b.present AND NOT b.locked OR (l.made_at IS NULL AND mayfly.is_busy(l.maker))
        OR (EXISTS (SELECT 1 FROM mayfly.session p WHERE p.user = b.role)
            AND NOT EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = b.role AND g.Host <> b.host)));
    IF EXISTS (SELECT 1 FROM mayfly.batch WHERE present AND code = '00000') THEN
        CALL mayfly.look_for_hanging();
        UPDATE mayfly.batch SET doing = code = '00000' AND present AND hanging <> '[]';
        CALL mayfly.apply('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ', '');
        UPDATE mayfly.batch SET state = 'kept', code = 'MF015', message = hanging WHERE code = '00000' AND present AND hanging <> '[]';
    END IF;
    UPDATE mayfly.batch SET doing = present AND code = '00000';
    CALL mayfly.apply('DROP USER IF EXISTS ', '');
    UPDATE mayfly.batch b JOIN mysql.global_priv g ON g.User = b.role AND g.Host = b.host
       SET b.code = 1396, b.message = 'the account is still there after DROP USER' WHERE b.code = '00000';
    UPDATE mayfly.batch SET state = IF(present, 'dropped', 'gone') WHERE code = '00000';
    UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease SET l.ended_at = SYSDATE(6)
     WHERE b.code = '00000' AND l.ended_at IS NULL;
    DELETE c FROM mayfly.batch b STRAIGHT_JOIN mayfly.cut_transaction c ON c.role = b.role AND c.host = b.host
     WHERE b.code = '00000';
END//

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.lock(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', TRUE);
    CALL mayfly.look_up();
    CALL mayfly.do_lock();
    SELECT b.ordinal, b.lease, IF(b.code = '00000', b.state, NULL) AS state, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- Counts by kind, without texts: those have values in them.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.statements(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', FALSE);
    CALL mayfly.look_up();
    UPDATE mayfly.batch b JOIN (
        SELECT c.user AS role, CONCAT('[', GROUP_CONCAT(JSON_OBJECT('id', c.event, 'text', SUBSTRING_INDEX(c.event, '/', -1),
                   'calls', c.calls, 'rows', c.row_count, 'milliseconds', c.milliseconds)), ']') AS found
          FROM mayfly.statement_count c GROUP BY c.user) f ON f.role = b.role
       SET b.hanging = f.found WHERE b.code = '00000';
    SELECT b.ordinal, b.lease, IF(@@GLOBAL.performance_schema, 'performance_schema', 'not_loaded') AS source,
           COALESCE(b.hanging, '[]') AS statements, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- One session, which must be of the account, and not one of before this server was started, when numbers began anew. The
-- server tells its uptime in whole seconds, and the caller how long ago it saw the session.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.end_session(batch LONGTEXT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE session_id BIGINT UNSIGNED;
    DECLARE failed INT;
    DECLARE note LONGTEXT;
    CALL mayfly.open_batch(batch, '{"lease": "STRING", "number": "INTEGER", "seen_seconds": "INTEGER"}', FALSE);
    CALL mayfly.look_up();
    WHILE i < (SELECT COUNT(*) FROM mayfly.batch) DO
        SET i = i + 1, session_id = NULL, failed = NULL, note = NULL;
        UPDATE mayfly.batch SET killed = 0 WHERE ordinal = i AND code = '00000';
        SELECT MAX(p.id) INTO session_id FROM mayfly.batch b JOIN mayfly.session p ON p.user = b.role
         WHERE b.ordinal = i AND b.code = '00000' AND p.id = JSON_VALUE(b.member, '$.number')
           AND CAST(JSON_VALUE(b.member, '$.seen_seconds') AS DECIMAL(30)) <= mayfly.server_count('Uptime') + 2;
        IF session_id IS NOT NULL THEN
            CALL mayfly.cut(session_id, failed, note);
            UPDATE mayfly.batch SET killed = IF(failed IS NULL, 1, 0), code = IF(failed > 0, failed, code),
                                    message = IF(failed > 0, note, message) WHERE ordinal = i;
        END IF;
    END WHILE;
    SELECT b.ordinal, b.lease, b.killed AS `terminated`, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- Also after the account was dropped, and on a replica.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.terminate(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', FALSE);
    CALL mayfly.look_up();
    CALL mayfly.do_terminate();
    SELECT b.ordinal, b.lease, b.killed AS `terminated`, CONCAT('[', COALESCE(b.told, ''), ']') AS told, b.remaining, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.hanging(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', FALSE);
    CALL mayfly.look_up();
    CALL mayfly.look_for_hanging();
    SELECT b.ordinal, b.lease, b.hanging, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.drop(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', TRUE);
    CALL mayfly.look_up();
    CALL mayfly.do_drop();
    SELECT b.ordinal, b.lease, IF(b.code IN ('00000', 'MF015'), b.state, NULL) AS state, b.code, b.message
      FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- For a scheduler, when the broker is dead: each call takes the overdue accounts as far as it can, 500 at a time, and
-- leaves locked what something hangs on. Also accounts that came back after their end (a failover).
-- Which they are is read first, as INSERT ... SELECT would lock the register. A row of the register that somebody has
-- locked (1205, 1213) keeps no access alive: what is to be written there is written a minute later. A server that is
-- locked as a whole (FLUSH TABLES WITH READ LOCK) is not waited for.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.end_overdue()
BEGIN
    DECLARE due LONGTEXT;
    CALL mayfly.begin_call(TRUE);
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1205, 1213 BEGIN END;
        SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('lease', d.lease, 'role', d.role, 'host', d.host, 'present', d.present,
                                                    'locked', d.locked) ORDER BY d.attempted_at, d.valid_until), ']') INTO due FROM (
            SELECT l.lease, l.role, l.host, l.attempted_at, l.valid_until, IF(a.user IS NULL, 0, 1) AS present, IF(a.locked, 1, 0) AS locked
              FROM (SELECT x.lease, x.role, x.host, x.attempted_at, x.valid_until FROM mayfly.lease x
                     WHERE x.ended_at IS NULL AND x.valid_until <= SYSDATE(6)
                     UNION ALL
                    SELECT x.lease, x.role, x.host, x.attempted_at, x.valid_until
                      FROM mysql.global_priv g JOIN mayfly.lease x ON x.role = g.User AND x.host = g.Host
                     WHERE g.User LIKE 'mf\\_%' AND x.ended_at IS NOT NULL AND x.valid_until <= SYSDATE(6)) l
              LEFT JOIN mayfly.account a ON a.user = l.role AND a.host = l.host AND NOT a.is_role
             ORDER BY l.attempted_at, l.valid_until LIMIT 500) d;
        INSERT INTO mayfly.batch (ordinal, lease, role, host, present, locked)
            SELECT j.n, j.lease, j.role, j.host, j.present, j.locked
              FROM JSON_TABLE(COALESCE(due, '[]'), '$[*]' COLUMNS (n FOR ORDINALITY, lease CHAR(36) PATH '$.lease',
                   role VARCHAR(32) PATH '$.role', host VARCHAR(255) PATH '$.host', present INT PATH '$.present',
                   locked INT PATH '$.locked')) AS j;
        UPDATE mayfly.batch b STRAIGHT_JOIN mayfly.lease l ON l.lease = b.lease SET l.attempted_at = SYSDATE(6);
        CALL mayfly.do_lock();
        CALL mayfly.do_terminate();
        CALL mayfly.do_drop();
        CALL mayfly.cut_ended();
    END;
    SELECT b.lease, b.role, CASE WHEN b.remaining > 0 THEN 'terminated' WHEN b.code IN ('00000', 'MF015') THEN b.state
                                 ELSE CONCAT('failed: ', b.code, ' ', b.message) END AS action
      FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- --------------------------------------------------------------------- narrowed groups (nobody may call these)
-- A lease may ask for some tables of what its profile's group gives, or for columns of them. It then becomes a member of a role
-- of that scope, a *narrowed group* mfn_<tag>_<hash>, instead. Only these procedures make, change and drop such roles, and only
-- those in the table `narrowed`. What one may do there is what the group itself may, and roles granted to it, when it is made,
-- of SELECT, INSERT, UPDATE and DELETE, and nothing else: no right on a schema, no views (who reads may decide what they show),
-- nothing that everybody has. Names are compared byte by byte with the catalogue's, and rights are given on tables only, where a
-- name is no pattern. Statements about rights commit by themselves, so what was done is compared again afterwards: a group is used only
-- when it holds nothing beyond what is wanted. What is too much is taken alone where the guard may; else with all the rest, which
-- asks for no right of ours on the table, and then what is wanted is given again: for a moment its leases have nothing. What cannot
-- be given then (somebody has locked the table) is owed: a fault, until `tend` or `narrow` could give it.
-- As rights can be handed on only by who has them, a DBA says what may be narrowed (mayflyd guard print DATABASE --narrowing):
--   GRANT SELECT ON shop.orders TO mayfly_guard@localhost WITH GRANT OPTION;

-- A function's result has the character set that is said here, else that of whatever schema the script was run in.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.quoted(name TEXT) RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
DETERMINISTIC NO SQL
    RETURN CONCAT('`', REPLACE(name, '`', '``'), '`')//

CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.run(statement LONGTEXT)
BEGIN
    EXECUTE IMMEDIATE statement;
END//

-- Rights on rows, as bits in the order of the server's own sets: SELECT 1, INSERT 2, UPDATE 4, DELETE 8.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.in_words(bits INT) RETURNS VARCHAR(64)
DETERMINISTIC NO SQL
    RETURN CONCAT_WS(', ', IF(bits & 1, 'SELECT', NULL), IF(bits & 2, 'INSERT', NULL), IF(bits & 4, 'UPDATE', NULL),
                     IF(bits & 8, 'DELETE', NULL))//

-- A table with rows of its own, of this very name, and none of the server's or ours.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_table(place VARCHAR(64), name VARCHAR(64)) RETURNS BOOLEAN
READS SQL DATA
    RETURN place NOT IN ('mysql', 'sys', 'mayfly', 'information_schema', 'performance_schema')
       AND EXISTS (SELECT 1 FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = place AND t.TABLE_NAME = name
                      AND BINARY t.TABLE_SCHEMA = BINARY place AND BINARY t.TABLE_NAME = BINARY name
                      AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED'))//

-- Whether a DBA lets the guard hand a group on. A name in the table `allowed_group` alone is not enough.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.may_give(group_name VARCHAR(128)) RETURNS BOOLEAN
READS SQL DATA
    RETURN EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.Role = BINARY group_name AND m.User = 'mayfly_guard' AND m.Host = 'localhost'
                      AND m.Admin_option = 'Y')//

-- Whether new leases may have a narrowed group: nothing is wrong with it, each of its groups is allowed still, and it was compared
-- with them within the last five minutes.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.is_narrowed(group_name VARCHAR(128)) RETURNS BOOLEAN
READS SQL DATA
    RETURN EXISTS (SELECT 1 FROM mayfly.narrowed n WHERE n.name = BINARY group_name AND NOT n.leaving AND n.fault IS NULL
                      AND n.compared_at BETWEEN SYSDATE(6) - INTERVAL 5 MINUTE AND SYSDATE(6)
                      AND mayfly.may_give(JSON_VALUE(n.bases, '$[0]'))
                      AND EXISTS (SELECT 1 FROM mayfly.allowed_group a WHERE a.name = BINARY JSON_VALUE(n.bases, '$[0]')))//

-- Whose rights count as `group`, the group and all that is granted to it; and as `guard`, our own.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.find_holders(base VARCHAR(128))
BEGIN
    DELETE FROM mayfly.holder;
    INSERT INTO mayfly.holder (kind, user, host) VALUES ('guard', 'mayfly_guard', 'localhost');
    INSERT INTO mayfly.holder (kind, user, host)
    WITH RECURSIVE up (user, host) AS (
        SELECT CAST(g.name AS CHAR(128) CHARACTER SET utf8mb3), CAST('' AS CHAR(255) CHARACTER SET utf8mb3)
          FROM mayfly.allowed_group g WHERE g.name = BINARY base
         UNION
        SELECT m.Role, '' FROM up JOIN mysql.roles_mapping m ON m.User = up.user AND m.Host = up.host)
    SELECT 'group', up.user, up.host FROM up;
END//

-- What holders have on a table as a whole; 16 is the right to hand it on. Of entries for schemas the server takes one, the most
-- special that fits, and never more: counted is what all that fit have.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.rights_on(
    whose VARCHAR(16), this_place VARCHAR(64), this_name VARCHAR(64), OUT bits INT)
BEGIN
    DECLARE of_schema, of_table INT;
    SELECT IF(COUNT(*) = 0, 0, BIT_AND(x.bits)) INTO of_schema FROM (
        SELECT BIT_OR((d.Select_priv = 'Y') + 2 * (d.Insert_priv = 'Y') + 4 * (d.Update_priv = 'Y') + 8 * (d.Delete_priv = 'Y')
                      + 16 * (d.Grant_priv = 'Y')) AS bits
          FROM mayfly.holder h JOIN mysql.db d ON BINARY d.User = BINARY h.user AND BINARY d.Host = BINARY h.host
         WHERE h.kind = whose AND CONVERT(this_place USING utf8mb3) COLLATE utf8mb3_bin LIKE d.Db GROUP BY BINARY d.Db) x;
    SELECT BIT_OR(((t.Table_priv + 0) & 15) | IF(FIND_IN_SET('Grant', t.Table_priv), 16, 0)) INTO of_table
      FROM mayfly.holder h JOIN mysql.tables_priv t ON BINARY t.User = BINARY h.user AND BINARY t.Host = BINARY h.host
     WHERE h.kind = whose AND BINARY t.Db = BINARY this_place AND BINARY t.Table_name = BINARY this_name;
    SET bits = of_schema | of_table;
END//

-- Fills the table `wanted`: what a narrowed group of the scope in the table `part` is to have, now. Of columns that there are: of
-- the table's rights those on columns that were asked for, and what is held on columns alone.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.find_wanted()
BEGIN
    DECLARE i, most, held INT DEFAULT 0;
    DECLARE this_place, this_name VARCHAR(64);
    DECLARE asked LONGTEXT;
    DELETE FROM mayfly.wanted;
    SELECT COUNT(*) INTO most FROM mayfly.part;
    WHILE i < most DO
        SET i = i + 1;
        SELECT p.place, p.name, p.parts INTO this_place, this_name, asked FROM mayfly.part p WHERE p.n = i;
        IF mayfly.is_table(this_place, this_name) THEN
            CALL mayfly.rights_on('group', this_place, this_name, held);
            SET held = held & 15;
            IF asked IS NULL AND held > 0 THEN
                INSERT INTO mayfly.wanted (place, name, part, bits) VALUES (this_place, this_name, '', held);
            END IF;
            INSERT INTO mayfly.wanted (place, name, part, bits)
                SELECT this_place, this_name, x.part, x.bits FROM (
                    SELECT c.COLUMN_NAME AS part, IF(asked IS NULL, 0, held & 7) | (COALESCE(o.bits, 0) & IF(asked IS NULL, ~held & 7, 7)) AS bits
                      FROM information_schema.COLUMNS c LEFT JOIN (
                        SELECT p.Column_name AS part, BIT_OR((p.Column_priv + 0) & 7) AS bits
                          FROM mayfly.holder h JOIN mysql.columns_priv p ON BINARY p.User = BINARY h.user AND BINARY p.Host = BINARY h.host
                         WHERE h.kind = 'group' AND BINARY p.Db = BINARY this_place AND BINARY p.Table_name = BINARY this_name
                         GROUP BY BINARY p.Column_name) o ON BINARY o.part = BINARY c.COLUMN_NAME
                     WHERE c.TABLE_SCHEMA = this_place AND c.TABLE_NAME = this_name AND BINARY c.TABLE_SCHEMA = BINARY this_place
                       AND BINARY c.TABLE_NAME = BINARY this_name
                       AND (asked IS NULL OR JSON_CONTAINS(asked, JSON_QUOTE(CONVERT(c.COLUMN_NAME USING utf8mb4))))) x
                 WHERE x.bits > 0;
        END IF;
    END WHILE;
END//

-- The next part of the scope of which a narrowed group has too little; NULL when there is none.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.next_lacking(this_group VARCHAR(32), after_part INT) RETURNS INT
READS SQL DATA
    RETURN (SELECT MIN(p.n) FROM mayfly.part p JOIN mayfly.wanted w ON w.place = p.place AND w.name = p.name
        LEFT JOIN mysql.tables_priv t ON t.User = this_group AND t.Host = '' AND BINARY t.Db = BINARY w.place
             AND BINARY t.Table_name = BINARY w.name AND w.part = ''
        LEFT JOIN mysql.columns_priv c ON c.User = this_group AND c.Host = '' AND BINARY c.Db = BINARY w.place
             AND BINARY c.Table_name = BINARY w.name AND BINARY c.Column_name = BINARY w.part
        WHERE p.n > after_part AND w.bits & ~COALESCE(IF(w.part = '', t.Table_priv + 0, c.Column_priv + 0), 0) <> 0)//

-- Whether a narrowed group has too much, of whatever kind, or too little.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.compare(this_group VARCHAR(32), OUT surplus BOOLEAN, OUT lacking BOOLEAN)
BEGIN
    SET surplus = EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = this_group AND g.Host = ''
                             AND CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) <> 0)
        OR EXISTS (SELECT 1 FROM mysql.db d WHERE d.User = this_group AND d.Host = '')
        OR EXISTS (SELECT 1 FROM mysql.procs_priv p WHERE p.User = this_group AND p.Host = '')
        OR EXISTS (SELECT 1 FROM mysql.proxies_priv x WHERE x.User = this_group AND x.Host = '')
        OR EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.User = this_group AND m.Host = '')
        OR EXISTS (SELECT 1 FROM mysql.tables_priv t LEFT JOIN mayfly.wanted w
                       ON BINARY w.place = BINARY t.Db AND BINARY w.name = BINARY t.Table_name AND w.part = ''
                    WHERE t.User = this_group AND t.Host = '' AND (t.Table_priv + 0) & ~COALESCE(w.bits, 0) <> 0)
        OR EXISTS (SELECT 1 FROM mysql.columns_priv c LEFT JOIN mayfly.wanted w ON BINARY w.place = BINARY c.Db
                        AND BINARY w.name = BINARY c.Table_name AND BINARY w.part = BINARY c.Column_name
                    WHERE c.User = this_group AND c.Host = '' AND (c.Column_priv + 0) & ~COALESCE(w.bits, 0) <> 0);
    SET lacking = mayfly.next_lacking(this_group, 0) IS NOT NULL;
END//

-- The words of a GRANT for a part of the scope; NULL when nothing is wanted of it.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.grant_words(i INT, OUT words LONGTEXT)
BEGIN
    DECLARE this_place, this_name VARCHAR(64);
    SELECT p.place, p.name INTO this_place, this_name FROM mayfly.part p WHERE p.n = i;
    SELECT CONCAT_WS(', ', NULLIF(MAX(IF(w.part = '', mayfly.in_words(w.bits), '')), ''),
               CONCAT('SELECT (', GROUP_CONCAT(IF(w.part <> '' AND w.bits & 1, mayfly.quoted(w.part), NULL) ORDER BY w.part SEPARATOR ', '), ')'),
               CONCAT('INSERT (', GROUP_CONCAT(IF(w.part <> '' AND w.bits & 2, mayfly.quoted(w.part), NULL) ORDER BY w.part SEPARATOR ', '), ')'),
               CONCAT('UPDATE (', GROUP_CONCAT(IF(w.part <> '' AND w.bits & 4, mayfly.quoted(w.part), NULL) ORDER BY w.part SEPARATOR ', '), ')'))
      INTO words FROM mayfly.wanted w WHERE w.place = this_place AND w.name = this_name;
    SET words = CONCAT(NULLIF(words, ''), ' ON ', mayfly.quoted(this_place), '.', mayfly.quoted(this_name));
END//

-- Whom a narrowed group was given, beside leases: nobody, or a person looks.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.stranger(this_group VARCHAR(32)) RETURNS VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
READS SQL DATA
    RETURN (SELECT CONCAT(m.User, '@', m.Host) FROM mysql.roles_mapping m CROSS JOIN mayfly.guard g WHERE m.Role = this_group
               AND NOT (m.User = 'mayfly_guard' AND m.Host = 'localhost')
               AND (m.Admin_option = 'Y' OR m.User NOT LIKE CONCAT('mf\\_', g.tag, '\\_%')) LIMIT 1)//

-- Takes away what a narrowed group has too much of on tables and columns, one by one: whoever has the group keeps the rest meanwhile.
-- Ends where the guard may not, or somebody has locked the table; what is too much still is then taken with all the rest.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.take_surplus(this_group VARCHAR(32))
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE words LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
    REPEAT
        SET i = i + 1, words = NULL;
        SELECT CONCAT(mayfly.in_words((t.Table_priv + 0) & 15 & ~COALESCE(w.bits, 0)), ' ON ', mayfly.quoted(t.Db), '.',
                      mayfly.quoted(t.Table_name)) INTO words
          FROM mysql.tables_priv t LEFT JOIN mayfly.wanted w
            ON BINARY w.place = BINARY t.Db AND BINARY w.name = BINARY t.Table_name AND w.part = ''
         WHERE t.User = this_group AND t.Host = '' AND (t.Table_priv + 0) & 15 & ~COALESCE(w.bits, 0) <> 0 LIMIT 1;
        IF words IS NULL THEN
            SELECT CONCAT(SUBSTRING_INDEX(mayfly.in_words((c.Column_priv + 0) & 7 & ~COALESCE(w.bits, 0)), ', ', 1), ' (',
                          mayfly.quoted(c.Column_name), ') ON ', mayfly.quoted(c.Db), '.', mayfly.quoted(c.Table_name)) INTO words
              FROM mysql.columns_priv c LEFT JOIN mayfly.wanted w ON BINARY w.place = BINARY c.Db
                   AND BINARY w.name = BINARY c.Table_name AND BINARY w.part = BINARY c.Column_name
             WHERE c.User = this_group AND c.Host = '' AND (c.Column_priv + 0) & 7 & ~COALESCE(w.bits, 0) <> 0 LIMIT 1;
        END IF;
        IF words IS NOT NULL THEN
            CALL mayfly.run(CONCAT('REVOKE ', words, ' FROM ', mayfly.quoted(this_group)));
        END IF;
    UNTIL words IS NULL OR i = 200 END REPEAT;
END//

-- Brings a narrowed group to what is wanted; only takes away when `only_takes`, and gives what is owed. Answers what is still not so,
-- or nothing. Three statements that fail, each waiting a second for a table that somebody has locked, are enough.
-- What another call has taken meanwhile stays owed.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.bring_about(this_group VARCHAR(32), only_takes BOOLEAN, OUT why TEXT)
BEGIN
    DECLARE i, attempt, failures INT DEFAULT 0;
    DECLARE surplus, lacking BOOLEAN DEFAULT TRUE;
    DECLARE owed BOOLEAN DEFAULT FALSE;
    DECLARE looked_at DATETIME(6);
    DECLARE words, note, this_note LONGTEXT;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 this_note = MESSAGE_TEXT;
        SET failures = failures + 1, note = COALESCE(note, CONCAT(COALESCE(CONCAT('GRANT ', words, ': '), ''), this_note));
    END;
    SET why = NULL;
    SELECT n.owed_since IS NOT NULL INTO owed FROM mayfly.narrowed n WHERE n.name = this_group;
    REPEAT
        SET attempt = attempt + 1, note = NULL, words = NULL, failures = 0, surplus = TRUE, lacking = TRUE;
        CALL mayfly.find_wanted();
        CALL mayfly.compare(this_group, surplus, lacking);
        IF surplus THEN
            SET owed = TRUE;
            UPDATE mayfly.narrowed n SET n.owed_since = SYSDATE(6) WHERE n.name = this_group;
            CALL mayfly.take_surplus(this_group);
            CALL mayfly.compare(this_group, surplus, lacking);
            IF surplus THEN
                CALL mayfly.run(CONCAT('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ', mayfly.quoted(this_group)));
            END IF;
        END IF;
        IF owed OR NOT only_takes THEN
            SET i = mayfly.next_lacking(this_group, 0);
            WHILE i IS NOT NULL AND failures < 3 DO
                CALL mayfly.grant_words(i, words);
                CALL mayfly.run(CONCAT('GRANT ', words, ' TO ', mayfly.quoted(this_group)));
                SET i = mayfly.next_lacking(this_group, i);
            END WHILE;
            SET words = NULL;
        END IF;
        SET looked_at = SYSDATE(6);
        CALL mayfly.find_wanted();
        CALL mayfly.compare(this_group, surplus, lacking);
    UNTIL note IS NOT NULL OR NOT (surplus OR lacking AND (owed OR NOT only_takes)) OR attempt = 3 END REPEAT;
    IF surplus OR (lacking AND (owed OR NOT only_takes)) OR note IS NOT NULL THEN
        SET why = COALESCE(note, IF(surplus, 'it has rights that were not taken away: see SHOW GRANTS', 'rights were not given'));
    ELSE
        SET why = CONCAT('it was given to ', mayfly.stranger(this_group), ': take it away');
    END IF;
    UPDATE mayfly.narrowed n SET n.owed_since = IF(lacking AND owed, SYSDATE(6),
               IF(lacking OR note IS NOT NULL OR n.owed_since > looked_at, n.owed_since, NULL))
     WHERE n.name = this_group;
END//

-- The tables of one scope, and of the members of a batch. Rights on columns wait for whoever has locked the table: not long, as
-- others wait for this call.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.open_scopes(batch LONGTEXT, writes BOOLEAN)
BEGIN
    CALL mayfly.begin_call(writes);
    SET SESSION lock_wait_timeout = 1;
    DROP TEMPORARY TABLE IF EXISTS mayfly.holder, mayfly.part, mayfly.wanted;
    CREATE TEMPORARY TABLE mayfly.holder (kind VARCHAR(16), user VARCHAR(128), host VARCHAR(255), PRIMARY KEY (kind, user, host))
        ENGINE = InnoDB CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;
    CREATE TEMPORARY TABLE mayfly.part (n INT PRIMARY KEY, place VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, parts LONGTEXT,
        UNIQUE (place, name)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    CREATE TEMPORARY TABLE mayfly.wanted (place VARCHAR(64), name VARCHAR(64), part VARCHAR(64), bits INT NOT NULL,
        PRIMARY KEY (place, name, part)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    IF batch IS NULL OR NOT JSON_VALID(batch) OR JSON_TYPE(batch) <> 'ARRAY' THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the batch is not an array';
    ELSEIF JSON_LENGTH(batch) > 100 THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the batch has more than 100 members';
    END IF;
    INSERT INTO mayfly.batch (ordinal, member)
        SELECT j.n, j.m FROM JSON_TABLE(batch, '$[*]' COLUMNS (n FOR ORDINALITY, m JSON PATH '$')) AS j;
    UPDATE mayfly.batch SET code = 'MF001', message = 'a member must have exactly the keys bases and scope, both arrays'
     WHERE NOT mayfly.has_shape(member, '{"bases": "ARRAY", "scope": "ARRAY"}');
END//

-- Reads one table of a scope: where it is, what it is called, and the columns asked for, sorted, or NULL for all.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.read_part(
    asked LONGTEXT, OUT this_place VARCHAR(64), OUT this_name VARCHAR(64), OUT parts LONGTEXT, OUT code VARCHAR(5), OUT note LONGTEXT)
BEGIN
    DECLARE place_text, name_text LONGTEXT;
    DECLARE most, good INT;
    SET code = '00000', note = '', this_place = NULL, this_name = NULL, parts = NULL;
    IF (JSON_TYPE(asked) = 'OBJECT' AND JSON_LENGTH(asked) = 3 AND JSON_TYPE(JSON_EXTRACT(asked, '$.schema')) IN ('STRING', 'NULL')
            AND JSON_TYPE(JSON_EXTRACT(asked, '$.table')) = 'STRING'
            AND JSON_TYPE(JSON_EXTRACT(asked, '$.columns')) IN ('ARRAY', 'NULL')) IS NOT TRUE THEN
        SET code = 'MF001', note = 'a table must have exactly the keys schema, table and columns';
    END IF;
    SET place_text = JSON_VALUE(asked, '$.schema'), name_text = JSON_VALUE(asked, '$.table');
    IF code = '00000' AND JSON_TYPE(JSON_EXTRACT(asked, '$.columns')) = 'ARRAY' THEN
        SELECT COUNT(*), SUM(JSON_TYPE(j.raw) = 'STRING' AND CHAR_LENGTH(j.name) BETWEEN 1 AND 64),
               CONCAT('[', GROUP_CONCAT(DISTINCT JSON_QUOTE(j.name) ORDER BY j.name SEPARATOR ','), ']') INTO most, good, parts
          FROM JSON_TABLE(JSON_EXTRACT(asked, '$.columns'), '$[*]'
                   COLUMNS (name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$', raw JSON PATH '$')) AS j;
        IF (most BETWEEN 1 AND 200 AND good = most) IS NOT TRUE THEN
            SET code = 'MF001', note = 'columns are 1 to 200 names';
        END IF;
    END IF;
    IF code = '00000' AND place_text IS NULL THEN
        SELECT COUNT(*), MIN(t.TABLE_SCHEMA), GROUP_CONCAT(t.TABLE_SCHEMA ORDER BY 1 SEPARATOR ', ') INTO most, place_text, note
          FROM information_schema.TABLES t
         WHERE t.TABLE_NAME = name_text AND BINARY t.TABLE_NAME = BINARY name_text AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
           AND (EXISTS (SELECT 1 FROM mayfly.holder h JOIN mysql.tables_priv p ON BINARY p.User = BINARY h.user AND BINARY p.Host = BINARY h.host
                         WHERE h.kind = 'group' AND BINARY p.Db = BINARY t.TABLE_SCHEMA AND BINARY p.Table_name = BINARY name_text)
             OR EXISTS (SELECT 1 FROM mayfly.holder h JOIN mysql.db d ON BINARY d.User = BINARY h.user AND BINARY d.Host = BINARY h.host
                         WHERE h.kind = 'group' AND t.TABLE_SCHEMA COLLATE utf8mb3_bin LIKE d.Db
                           AND 'Y' IN (d.Select_priv, d.Insert_priv, d.Update_priv, d.Delete_priv)));
        IF most > 1 THEN
            SET code = 'MF020', note = CONCAT('table ', mayfly.quoted(name_text), ' is in the schemas ', note, ': say which');
        ELSEIF most = 0 THEN
            SET code = 'MF020', note = CONCAT('the groups have nothing on a table ', mayfly.quoted(name_text));
        ELSE
            SET note = '';
        END IF;
    END IF;
    IF code = '00000' AND (CHAR_LENGTH(place_text) BETWEEN 1 AND 64 AND CHAR_LENGTH(name_text) BETWEEN 1 AND 64) IS NOT TRUE THEN
        SET code = 'MF020', note = 'no table has such a name';
    END IF;
    IF code = '00000' THEN
        SET this_place = place_text, this_name = name_text;
    END IF;
END//

-- Reads a member: the tables `holder` and `part`, its group, its scope in its one form, and the name of its narrowed group. A code other than
-- 00000 says why not.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.read_scope(
    member LONGTEXT, OUT base VARCHAR(128), OUT canon LONGTEXT, OUT this_group VARCHAR(32), OUT code VARCHAR(5), OUT note LONGTEXT)
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE bad VARCHAR(128);
    DECLARE this_place, this_name VARCHAR(64);
    DECLARE parts, base_text LONGTEXT;
    SET code = '00000', note = '', base = NULL, canon = NULL, this_group = NULL, base_text = JSON_VALUE(member, '$.bases[0]');
    DELETE FROM mayfly.part;
    DELETE FROM mayfly.wanted;
    IF (JSON_LENGTH(member, '$.bases') = 1 AND JSON_TYPE(JSON_EXTRACT(member, '$.bases[0]')) = 'STRING'
            AND CHAR_LENGTH(base_text) <= 128) IS NOT TRUE THEN
        SET code = 'MF001', note = 'bases is an array of one string';
    ELSEIF NOT EXISTS (SELECT 1 FROM mayfly.allowed_group g JOIN mayfly.account a ON a.user = g.name AND a.host = '' AND a.is_role
                        WHERE g.name = BINARY base_text) OR NOT mayfly.may_give(base_text) THEN
        SET code = 'MF002', note = CONCAT('group ', base_text, ' is not allowed, not the guard''s to give (WITH ADMIN OPTION), or does not exist');
    ELSEIF JSON_LENGTH(member, '$.scope') NOT BETWEEN 1 AND 100 THEN
        SET code = 'MF001', note = 'a scope has 1 to 100 tables';
    ELSE
        SET base = base_text, bad = mayfly.culprit(base_text, '');
        IF bad IS NOT NULL THEN
            SET code = 'MF003', note = CONCAT(bad, ' has, or is reached with, a power no lease may have');
        END IF;
        CALL mayfly.find_holders(base);
        WHILE code = '00000' AND i < JSON_LENGTH(member, '$.scope') DO
            CALL mayfly.read_part(JSON_EXTRACT(member, CONCAT('$.scope[', i, ']')), this_place, this_name, parts, code, note);
            SET i = i + 1;
            IF code = '00000' AND EXISTS (SELECT 1 FROM mayfly.part p WHERE p.place = this_place AND p.name = this_name) THEN
                SET code = 'MF001', note = 'the scope names a table twice';
            ELSEIF code = '00000' THEN
                INSERT INTO mayfly.part (n, place, name, parts) VALUES (i, this_place, this_name, parts);
            END IF;
        END WHILE;
    END IF;
    IF code = '00000' THEN
        SELECT CONCAT('[', GROUP_CONCAT(CONCAT('{"schema": ', JSON_QUOTE(p.place), ', "table": ', JSON_QUOTE(p.name), ', "columns": ',
                   COALESCE(p.parts, 'null'), '}') ORDER BY p.place, p.name SEPARATOR ', '), ']') INTO canon FROM mayfly.part p;
        SELECT CONCAT('mfn_', CONVERT(g.tag USING utf8mb4), '_', CONVERT(LEFT(SHA2(CONCAT(g.installation, ' ', JSON_QUOTE(base), ' ', canon), 256), 22) USING utf8mb4)) INTO this_group
          FROM mayfly.guard g;
    END IF;
END//

-- Refuses what is no part of what the group has, and what the guard may not hand on.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.check_scope(OUT code VARCHAR(5), OUT note LONGTEXT)
BEGIN
    DECLARE i, most, held, ours, of_columns INT DEFAULT 0;
    DECLARE this_place, this_name VARCHAR(64);
    DECLARE lacking LONGTEXT;
    SET code = '00000', note = '';
    SELECT COUNT(*) INTO most FROM mayfly.part;
    WHILE code = '00000' AND i < most DO
        SET i = i + 1;
        SELECT p.place, p.name INTO this_place, this_name FROM mayfly.part p WHERE p.n = i;
        CALL mayfly.rights_on('group', this_place, this_name, held);
        CALL mayfly.rights_on('guard', this_place, this_name, ours);
        SELECT BIT_OR((p.Column_priv + 0) & 7) INTO of_columns
          FROM mayfly.holder h JOIN mysql.columns_priv p ON BINARY p.User = BINARY h.user AND BINARY p.Host = BINARY h.host
         WHERE h.kind = 'group' AND BINARY p.Db = BINARY this_place AND BINARY p.Table_name = BINARY this_name;
        SET held = (held & 15) | of_columns;
        IF held > 0 AND mayfly.is_table(this_place, this_name) AND (ours & 16 = 0 OR held & ~ours <> 0) THEN
            SET code = 'MF021', note = CONCAT('no DBA lets the guard narrow this: GRANT ', mayfly.in_words(held), ' ON ',
                mayfly.quoted(this_place), '.', mayfly.quoted(this_name), ' TO mayfly_guard@localhost WITH GRANT OPTION;');
        END IF;
    END WHILE;
    IF code = '00000' THEN
        CALL mayfly.find_wanted();
        SELECT CONCAT(mayfly.quoted(x.place), '.', mayfly.quoted(x.name), IF(x.part = '', '', CONCAT('.', mayfly.quoted(x.part)))) INTO lacking
          FROM (SELECT p.place, p.name, a.part FROM mayfly.part p JOIN JSON_TABLE(COALESCE(p.parts, '[""]'), '$[*]'
                       COLUMNS (part VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$')) AS a) x
         WHERE NOT EXISTS (SELECT 1 FROM mayfly.wanted w WHERE w.place = x.place AND w.name = x.name
                              AND (x.part = '' OR BINARY w.part = BINARY x.part)) LIMIT 1;
        IF lacking IS NOT NULL THEN
            SET code = 'MF020', note = CONCAT('the groups have nothing on ', lacking, ' that could be given (of tables alone, not of views)');
        END IF;
    END IF;
END//

-- Another call may have made it meanwhile.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.make_group(this_group VARCHAR(32))
BEGIN
    DECLARE CONTINUE HANDLER FOR 1396 BEGIN END;
    CALL mayfly.run(CONCAT('CREATE ROLE ', mayfly.quoted(this_group)));
END//

-- At the ceiling the group goes that nobody has and nobody has asked for for longest: who asks for scopes that are not issued
-- then keeps nobody from narrowing. Not within five seconds: it may be about to be given.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.make_room()
BEGIN
    DECLARE that_group VARCHAR(32);
    IF (SELECT COUNT(*) FROM mayfly.narrowed) >= (SELECT max_narrowed FROM mayfly.guard) THEN
        SELECT n.name INTO that_group FROM mayfly.narrowed n WHERE n.asked_at < SYSDATE(6) - INTERVAL 5 SECOND
           AND NOT EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.Role = n.name
                          AND NOT (m.User = 'mayfly_guard' AND m.Host = 'localhost')) ORDER BY n.asked_at LIMIT 1;
        UPDATE mayfly.narrowed n SET n.leaving = TRUE WHERE n.name = that_group AND n.asked_at < SYSDATE(6) - INTERVAL 5 SECOND
           AND NOT EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.Role = that_group
                          AND NOT (m.User = 'mayfly_guard' AND m.Host = 'localhost'));
        IF EXISTS (SELECT 1 FROM mayfly.narrowed n WHERE n.name = that_group AND n.leaving) THEN
            CALL mayfly.run(CONCAT('DROP ROLE IF EXISTS ', mayfly.quoted(that_group)));
            DELETE FROM mayfly.narrowed WHERE name = that_group AND leaving;
        END IF;
    END IF;
END//

-- One member of `narrow`. A group that was compared just now is shared as it is, and marked as asked for, so that it makes room
-- for no other before it is given.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.do_narrow(
    member LONGTEXT, OUT this_group VARCHAR(32), OUT code VARCHAR(5), OUT note LONGTEXT)
BEGIN
    DECLARE base VARCHAR(128);
    DECLARE canon, why LONGTEXT;
    DECLARE known, present, same, fresh BOOLEAN DEFAULT FALSE;
    DECLARE this_minute INT;
    DECLARE began DATETIME(6);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 code = MYSQL_ERRNO, note = MESSAGE_TEXT;
        ROLLBACK;
        SET code = COALESCE(NULLIF(code, '00000'), '1105'), this_group = NULL;
    END;
    CALL mayfly.read_scope(member, base, canon, this_group, code, note);
    IF code = '00000' THEN
        SET present = EXISTS (SELECT 1 FROM mayfly.account a WHERE a.user = this_group AND a.host = '');
        SELECT TRUE, BINARY n.bases = BINARY JSON_ARRAY(base) AND BINARY n.scope = BINARY canon,
               n.compared_at BETWEEN SYSDATE(6) - INTERVAL 30 SECOND AND SYSDATE(6)
               AND n.asked_at BETWEEN SYSDATE(6) - INTERVAL 1 MINUTE AND SYSDATE(6) AND NOT n.leaving AND n.fault IS NULL AND n.owed_since IS NULL
          INTO known, same, fresh FROM mayfly.narrowed n WHERE n.name = this_group;
        IF known AND NOT same OR present AND NOT known THEN
            SET code = 'MF003', note = CONCAT('role ', this_group, ' is there and is not ours: see what it is, and drop it');
        ELSEIF NOT (present AND fresh) THEN
            CALL mayfly.check_scope(code, note);
            IF code = '00000' THEN
                IF NOT known THEN
                    CALL mayfly.make_room();
                END IF;
                START TRANSACTION;
                SELECT IF(i.minute BETWEEN SYSDATE(6) - INTERVAL 1 MINUTE AND SYSDATE(6), i.count, 0) INTO this_minute FROM mayfly.issued i FOR UPDATE;
                IF known THEN
                    UPDATE mayfly.narrowed n SET n.asked_at = SYSDATE(6), n.leaving = FALSE WHERE n.name = this_group;
                ELSEIF (SELECT COUNT(*) FROM mayfly.narrowed) >= (SELECT max_narrowed FROM mayfly.guard) THEN
                    SET code = 'MF006', note = 'the ceiling of narrowed groups is reached';
                ELSEIF (this_minute < (SELECT max_issues_per_minute FROM mayfly.guard)) IS NOT TRUE THEN
                    SET code = 'MF007', note = 'the ceiling of issues per minute is reached';
                ELSE
                    INSERT INTO mayfly.narrowed (name, bases, scope, made_at, asked_at, compared_at, tended_at)
                        VALUES (this_group, JSON_ARRAY(base), canon, SYSDATE(6), SYSDATE(6), '2000-01-01', SYSDATE(6));
                    UPDATE mayfly.issued i SET i.minute = IF(this_minute = 0, SYSDATE(6), i.minute), i.count = this_minute + 1;
                END IF;
                COMMIT;
            END IF;
            IF code = '00000' THEN
                IF NOT present THEN
                    CALL mayfly.make_group(this_group);
                END IF;
                SET began = SYSDATE(6);
                CALL mayfly.bring_about(this_group, FALSE, why);
                UPDATE mayfly.narrowed n SET n.fault = why, n.compared_at = IF(why IS NULL, began, n.compared_at) WHERE n.name = this_group;
                IF why IS NOT NULL THEN
                    SET code = 'MF003', note = CONCAT('role ', this_group, ' cannot be used: ', why);
                END IF;
            END IF;
        ELSE
            UPDATE mayfly.narrowed n SET n.asked_at = SYSDATE(6) WHERE n.name = this_group AND n.asked_at < SYSDATE(6) - INTERVAL 2 SECOND;
        END IF;
    END IF;
    IF code <> '00000' THEN
        SET this_group = NULL;
    END IF;
END//

-- The narrowed group of each scope, made or found, and compared just now.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.narrow(batch LONGTEXT)
BEGIN
    DECLARE i, most INT DEFAULT 0;
    DECLARE this_member, this_note LONGTEXT;
    DECLARE this_group VARCHAR(32);
    DECLARE this_code VARCHAR(5);
    CALL mayfly.open_scopes(batch, TRUE);
    SELECT COUNT(*) INTO most FROM mayfly.batch;
    WHILE i < most DO
        SET i = i + 1, this_member = NULL;
        SELECT b.member INTO this_member FROM mayfly.batch b WHERE b.ordinal = i AND b.code = '00000';
        IF this_member IS NOT NULL THEN
            CALL mayfly.do_narrow(this_member, this_group, this_code, this_note);
            UPDATE mayfly.batch b SET b.told = this_group, b.code = this_code, b.message = this_note WHERE b.ordinal = i;
        END IF;
    END WHILE;
    SELECT b.ordinal, b.told AS narrowed, b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.holder, mayfly.part, mayfly.wanted, mayfly.batch;
END//

-- The same, without doing it: the statements that `narrow` would run, and what the group is to have.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.preview(batch LONGTEXT)
BEGIN
    DECLARE i, j, most, parts INT DEFAULT 0;
    DECLARE this_member, this_note, canon, words, statements, rights LONGTEXT;
    DECLARE base VARCHAR(128);
    DECLARE this_group VARCHAR(32);
    DECLARE this_code VARCHAR(5);
    DECLARE surplus, lacking BOOLEAN;
    CALL mayfly.open_scopes(batch, FALSE);
    SELECT COUNT(*) INTO most FROM mayfly.batch;
    WHILE i < most DO
        SET i = i + 1, j = 0, this_member = NULL, statements = NULL, rights = NULL;
        SELECT b.member INTO this_member FROM mayfly.batch b WHERE b.ordinal = i AND b.code = '00000';
        IF this_member IS NOT NULL THEN
            CALL mayfly.read_scope(this_member, base, canon, this_group, this_code, this_note);
            IF this_code = '00000' THEN
                CALL mayfly.check_scope(this_code, this_note);
            END IF;
            IF this_code = '00000' THEN
                CALL mayfly.compare(this_group, surplus, lacking);
                IF NOT EXISTS (SELECT 1 FROM mayfly.account a WHERE a.user = this_group AND a.host = '') THEN
                    SET statements = JSON_QUOTE(CONCAT('CREATE ROLE ', mayfly.quoted(this_group)));
                END IF;
                IF surplus THEN
                    SET statements = CONCAT_WS(', ', statements,
                        JSON_QUOTE(CONCAT('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ', mayfly.quoted(this_group))));
                END IF;
                SELECT COUNT(*) INTO parts FROM mayfly.part;
                WHILE j < parts AND (surplus OR lacking) DO
                    SET j = j + 1;
                    CALL mayfly.grant_words(j, words);
                    SET statements = CONCAT_WS(', ', statements, JSON_QUOTE(CONCAT('GRANT ', words, ' TO ', mayfly.quoted(this_group))));
                END WHILE;
                SELECT GROUP_CONCAT(CONCAT('{"kind": ', IF(w.part = '', '"table"', '"column"'), ', "name": ', JSON_QUOTE(CONCAT(
                           mayfly.quoted(w.place), '.', mayfly.quoted(w.name), IF(w.part = '', '', CONCAT('.', mayfly.quoted(w.part))))),
                           ', "privileges": ["', REPLACE(mayfly.in_words(w.bits), ', ', '", "'), '"]}')
                           ORDER BY w.part <> '', w.place, w.name, w.part SEPARATOR ', ') INTO rights FROM mayfly.wanted w;
            ELSE
                SET this_group = NULL;
            END IF;
            UPDATE mayfly.batch b SET b.told = this_group, b.hanging = CONCAT('[', COALESCE(statements, ''), ']'), b.options = NULL,
                   b.member = CONCAT('[', COALESCE(rights, ''), ']'), b.code = this_code, b.message = this_note WHERE b.ordinal = i;
        END IF;
    END WHILE;
    SELECT b.ordinal, b.told AS narrowed, COALESCE(b.hanging, '[]') AS statements, IF(b.hanging IS NULL, '[]', b.member) AS privileges,
           b.code, b.message FROM mayfly.batch b ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.holder, mayfly.part, mayfly.wanted, mayfly.batch;
END//

-- Looks at one narrowed group, see `tend`. An error of one is a fault of its own. One that was asked for while it was being dropped
-- stays in the table, and is made again. One that lost something is compared in full by the next `narrow`: it may be back.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.do_tend(this_group VARCHAR(32), OUT done TEXT)
BEGIN
    DECLARE base, before_it, why LONGTEXT;
    DECLARE these_parts LONGTEXT;
    DECLARE surplus, lacking, is_idle BOOLEAN DEFAULT FALSE;
    DECLARE began DATETIME(6) DEFAULT SYSDATE(6);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
        GET DIAGNOSTICS CONDITION 1 why = MESSAGE_TEXT;
        UPDATE mayfly.narrowed n SET n.fault = why, n.tended_at = SYSDATE(6) WHERE n.name = this_group;
        SET done = 'fault';
    END;
    SET done = NULL;
    UPDATE mayfly.narrowed n SET n.leaving = TRUE WHERE n.name = this_group AND n.asked_at < SYSDATE(6) - INTERVAL 10 MINUTE
       AND NOT EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.Role = this_group
                          AND NOT (m.User = 'mayfly_guard' AND m.Host = 'localhost'));
    SELECT n.leaving, n.scope, JSON_VALUE(n.bases, '$[0]'), n.fault INTO is_idle, these_parts, base, before_it
      FROM mayfly.narrowed n WHERE n.name = this_group;
    IF is_idle OR NOT EXISTS (SELECT 1 FROM mayfly.account a WHERE a.user = this_group AND a.host = '') THEN
        SET done = IF(is_idle, 'dropped', 'gone');
        CALL mayfly.run(CONCAT('DROP ROLE IF EXISTS ', mayfly.quoted(this_group)));
        DELETE FROM mayfly.narrowed WHERE name = this_group AND (leaving OR asked_at < SYSDATE(6) - INTERVAL 1 MINUTE);
    ELSE
        CALL mayfly.find_holders(base);
        DELETE FROM mayfly.part;
        INSERT INTO mayfly.part (n, place, name, parts)
            SELECT j.n, j.place, j.name, IF(JSON_TYPE(j.parts) = 'ARRAY', j.parts, NULL)
              FROM JSON_TABLE(these_parts, '$[*]' COLUMNS (n FOR ORDINALITY, place VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.schema',
                       name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.table', parts JSON PATH '$.columns')) AS j;
        CALL mayfly.find_wanted();
        CALL mayfly.compare(this_group, surplus, lacking);
        CALL mayfly.bring_about(this_group, TRUE, why);
        UPDATE mayfly.narrowed n SET n.fault = why, n.tended_at = SYSDATE(6), n.compared_at = IF(why IS NULL, began, n.compared_at),
               n.asked_at = IF(surplus, n.asked_at - INTERVAL 1 MINUTE, n.asked_at) WHERE n.name = this_group;
        SET done = CASE WHEN why IS NOT NULL AND NOT why <=> before_it THEN 'fault' WHEN surplus AND why IS NULL THEN 'revoked' END;
    END IF;
END//

-- Each minute, by the broker or a scheduler: the 50 that were not looked at for longest, for ten seconds at most. Narrowed groups
-- lose what their groups have lost, or what somebody else gave them; those without members that nobody asked for in ten minutes are
-- dropped. At once: CALL mayfly.tend(). Answers narrowed, action: revoked | dropped | gone | fault (see mayfly.narrowed), and
-- `more` when there are others to look at.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.tend()
BEGIN
    DECLARE i, most INT DEFAULT 0;
    DECLARE this_group VARCHAR(32);
    DECLARE done TEXT;
    DECLARE began DATETIME(6) DEFAULT SYSDATE(6);
    CALL mayfly.open_scopes('[]', TRUE);
    INSERT INTO mayfly.batch (ordinal, told)
        SELECT x.n, x.name FROM (SELECT ROW_NUMBER() OVER (ORDER BY n.tended_at, n.name) AS n, n.name FROM mayfly.narrowed n) x WHERE x.n <= 50;
    SELECT COUNT(*) INTO most FROM mayfly.batch;
    WHILE i < most AND SYSDATE(6) < began + INTERVAL 10 SECOND DO
        SET i = i + 1;
        SELECT b.told INTO this_group FROM mayfly.batch b WHERE b.ordinal = i;
        CALL mayfly.do_tend(this_group, done);
        UPDATE mayfly.batch b SET b.message = done WHERE b.ordinal = i AND done IS NOT NULL;
    END WHILE;
    SELECT b.told AS narrowed, b.message AS action FROM mayfly.batch b WHERE b.message <> ''
     UNION ALL
    SELECT '', 'more' FROM mayfly.guard g WHERE EXISTS (SELECT 1 FROM mayfly.narrowed n WHERE n.tended_at < SYSDATE(6) - INTERVAL 20 SECOND);
    DROP TEMPORARY TABLE mayfly.holder, mayfly.part, mayfly.wanted, mayfly.batch;
END//

-- ------------------------------------------------------------------------------------------- what there is

-- Fills the table `told`: what the members' accounts may do, themselves, by their group, and as everybody; or, together,
-- what the groups named may do, by themselves and by roles granted to them, without what everybody may. 201 lines at most,
-- and what is cut off at the end are the narrowest.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.tell(together BOOLEAN)
BEGIN
    DROP TEMPORARY TABLE IF EXISTS mayfly.told;
    CREATE TEMPORARY TABLE mayfly.told (ordinal INT, n INT, line LONGTEXT, source VARCHAR(16), PRIMARY KEY (ordinal, n))
        ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    INSERT INTO mayfly.told (ordinal, n, line, source)
    WITH RECURSIVE up (ordinal, user, host, source) AS (
        SELECT IF(together, 1, b.ordinal), CAST(COALESCE(b.role, b.granted) AS CHAR(128) CHARACTER SET utf8mb3),
               CAST(COALESCE(b.host, '') AS CHAR(255) CHARACTER SET utf8mb3), IF(together, 'group', 'itself')
          FROM mayfly.batch b WHERE b.code = '00000'
         UNION
        SELECT b.ordinal, 'PUBLIC', '', 'everybody' FROM mayfly.batch b WHERE b.code = '00000' AND NOT together
         UNION
        SELECT b.ordinal, '', '%', 'everybody' FROM mayfly.batch b WHERE b.code = '00000' AND NOT together
         UNION
        SELECT up.ordinal, m.Role, '', IF(up.source = 'itself', 'group', up.source)
          FROM up JOIN mysql.roles_mapping m ON m.User = up.user AND m.Host = up.host),
    held (ordinal, source, object, privileges) AS (
        SELECT p.ordinal, p.source, 'everything', CONCAT_WS(', ', IF(p.bits & 16384, 'SHOW DATABASES', NULL),
               IF(p.bits & 65536, 'CREATE TEMPORARY TABLES', NULL), IF(p.bits & 131072, 'LOCK TABLES', NULL),
               IF(p.bits & 4194304, 'SHOW VIEW', NULL), IF(p.bits & ~4407296, 'what no lease may have', NULL))
          FROM (SELECT up.ordinal, up.source, CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) AS bits
                  FROM up JOIN mysql.global_priv g ON g.User = up.user AND g.Host = up.host WHERE up.user <> '') p
         UNION
        SELECT up.ordinal, up.source, CONCAT('schema ', mayfly.quoted(d.Db)), CONCAT_WS(', ', IF(d.Select_priv = 'Y', 'SELECT', NULL),
               IF(d.Insert_priv = 'Y', 'INSERT', NULL), IF(d.Update_priv = 'Y', 'UPDATE', NULL),
               IF(d.Delete_priv = 'Y', 'DELETE', NULL), IF(d.Create_priv = 'Y', 'CREATE', NULL),
               IF(d.Drop_priv = 'Y', 'DROP', NULL), IF(d.Grant_priv = 'Y', 'GRANT', NULL),
               IF(d.References_priv = 'Y', 'REFERENCES', NULL), IF(d.Index_priv = 'Y', 'INDEX', NULL),
               IF(d.Alter_priv = 'Y', 'ALTER', NULL), IF(d.Create_tmp_table_priv = 'Y', 'CREATE TEMPORARY TABLES', NULL),
               IF(d.Lock_tables_priv = 'Y', 'LOCK TABLES', NULL), IF(d.Create_view_priv = 'Y', 'CREATE VIEW', NULL),
               IF(d.Show_view_priv = 'Y', 'SHOW VIEW', NULL), IF(d.Create_routine_priv = 'Y', 'CREATE ROUTINE', NULL),
               IF(d.Alter_routine_priv = 'Y', 'ALTER ROUTINE', NULL), IF(d.Execute_priv = 'Y', 'EXECUTE', NULL),
               IF(d.Event_priv = 'Y', 'EVENT', NULL), IF(d.Trigger_priv = 'Y', 'TRIGGER', NULL),
               IF(d.Delete_history_priv = 'Y', 'DELETE HISTORY', NULL))
          FROM up JOIN mysql.db d ON d.User = up.user AND d.Host = up.host
         UNION
        SELECT up.ordinal, up.source, CONCAT('table ', mayfly.quoted(t.Db), '.', mayfly.quoted(t.Table_name)),
               UPPER(REPLACE(t.Table_priv, ',', ', '))
          FROM up JOIN mysql.tables_priv t ON t.User = up.user AND t.Host = up.host
         UNION
        SELECT up.ordinal, up.source,
               CONCAT('column ', mayfly.quoted(c.Db), '.', mayfly.quoted(c.Table_name), '.', mayfly.quoted(c.Column_name)),
               UPPER(REPLACE(c.Column_priv, ',', ', '))
          FROM up JOIN mysql.columns_priv c ON c.User = up.user AND c.Host = up.host
         UNION
        SELECT up.ordinal, up.source, CONCAT(LOWER(r.Routine_type), ' ', mayfly.quoted(r.Db), '.', mayfly.quoted(r.Routine_name)),
               UPPER(REPLACE(r.Proc_priv, ',', ', '))
          FROM up JOIN mysql.procs_priv r ON r.User = up.user AND r.Host = up.host
         UNION
        SELECT up.ordinal, up.source, CONCAT('account ', mayfly.quoted(x.Proxied_user), '@', mayfly.quoted(x.Proxied_host)), 'PROXY'
          FROM up JOIN mysql.proxies_priv x ON x.User = up.user AND x.Host = up.host WHERE up.user <> '')
    SELECT s.ordinal, s.n, s.line, s.source FROM (
        SELECT h.ordinal, h.source, CONCAT(h.privileges, ' on ', h.object) AS line, ROW_NUMBER() OVER (PARTITION BY h.ordinal
                   ORDER BY CASE SUBSTRING_INDEX(h.object, ' ', 1) WHEN 'everything' THEN 0 WHEN 'schema' THEN 1 WHEN 'table' THEN 2
                                 WHEN 'column' THEN 4 ELSE 3 END, h.object, h.privileges, h.source) AS n
          FROM held h WHERE h.privileges <> '') s WHERE s.n <= 201;
END//

-- The names of allowed groups, and narrowed ones, of which alone something is told: the broker could give them out anyway.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.open_names(names LONGTEXT)
BEGIN
    CALL mayfly.begin_call(FALSE);
    IF names IS NULL OR NOT JSON_VALID(names) OR JSON_TYPE(names) <> 'ARRAY' OR JSON_LENGTH(names) > 50 THEN
        SIGNAL SQLSTATE 'MF001' SET MESSAGE_TEXT = 'the names are not an array of 50 at most';
    END IF;
    INSERT INTO mayfly.batch (ordinal, member)
        SELECT j.n, j.m FROM JSON_TABLE(names, '$[*]' COLUMNS (n FOR ORDINALITY, m JSON PATH '$')) AS j;
    UPDATE mayfly.batch SET granted = JSON_UNQUOTE(member)
     WHERE JSON_TYPE(member) <=> 'STRING' AND CHAR_LENGTH(JSON_UNQUOTE(member)) <= 128;
    IF EXISTS (SELECT 1 FROM mayfly.batch b
                WHERE b.granted IS NULL
                   OR NOT (EXISTS (SELECT 1 FROM mayfly.allowed_group g WHERE g.name = BINARY b.granted)
                        OR EXISTS (SELECT 1 FROM mayfly.narrowed n WHERE n.name = BINARY b.granted))) THEN
        SIGNAL SQLSTATE 'MF002' SET MESSAGE_TEXT = 'a group is not allowed';
    END IF;
END//

-- For people who decide whether somebody gets groups.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.privileges(names LONGTEXT)
BEGIN
    CALL mayfly.open_names(names);
    CALL mayfly.tell(TRUE);
    SELECT t.line FROM mayfly.told t ORDER BY t.n;
    DROP TEMPORARY TABLE mayfly.told;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- What allowed groups hold, place by place and in the server's own words: for plans, which hold it against what the
-- configuration says. Whether a table is there is told of those only that a group has something on. Rights on everything
-- are the server's bits; newer servers have more columns in mysql.db.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.held(names LONGTEXT)
BEGIN
    DECLARE statement LONGTEXT;
    CALL mayfly.open_names(names);
    DROP TEMPORARY TABLE IF EXISTS mayfly.reached, mayfly.holding;
    CREATE TEMPORARY TABLE mayfly.reached (granted VARCHAR(128), user VARCHAR(128), host VARCHAR(255), source VARCHAR(16))
        ENGINE = InnoDB CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;
    CREATE TEMPORARY TABLE mayfly.holding (granted VARCHAR(128), source VARCHAR(16), kind VARCHAR(16), place VARCHAR(255),
        name VARCHAR(255), part VARCHAR(255), rights LONGTEXT, gone BOOLEAN DEFAULT FALSE)
        ENGINE = InnoDB CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;
    INSERT INTO mayfly.reached (granted, user, host, source)
    WITH RECURSIVE up (granted, user, host, source) AS (
        SELECT CAST(b.granted AS CHAR(128) CHARACTER SET utf8mb3), CAST(b.granted AS CHAR(128) CHARACTER SET utf8mb3),
               CAST('' AS CHAR(255) CHARACTER SET utf8mb3), 'group' FROM mayfly.batch b
         UNION SELECT '', 'PUBLIC', '', 'everybody' UNION SELECT '', '', '%', 'everybody'
         UNION
        SELECT '', m.Role, '', IF(up.source = 'everybody', 'everybody', 'role')
          FROM up JOIN mysql.roles_mapping m ON m.User = up.user AND m.Host = up.host)
    SELECT up.granted, up.user, up.host, up.source FROM up;
    INSERT INTO mayfly.holding (granted, source, kind, rights)
        SELECT r.granted, r.source, IF(a.is_role, 'group', 'account'), ''
          FROM mayfly.reached r JOIN mayfly.account a ON a.user = r.user AND a.host = r.host WHERE r.source = 'group';
    INSERT INTO mayfly.holding (granted, source, kind, rights)
        SELECT r.granted, r.source, 'mark', m.mark FROM mayfly.reached r JOIN mayfly.group_mark m ON m.name = r.granted
         WHERE r.source = 'group';
    INSERT INTO mayfly.holding (granted, source, kind, name, rights)
        SELECT r.granted, r.source, 'role', m.Role, ''
          FROM mayfly.reached r JOIN mysql.roles_mapping m ON m.User = r.user AND m.Host = r.host WHERE r.source = 'group';
    INSERT INTO mayfly.holding (granted, source, kind, rights)
        SELECT r.granted, r.source, 'everything', CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED)
          FROM mayfly.reached r JOIN mysql.global_priv g ON g.User = r.user AND g.Host = r.host
         WHERE r.user <> '' AND CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) <> 0;
    SELECT CONCAT('INSERT INTO mayfly.holding (granted, source, kind, place, rights) SELECT r.granted, r.source,
        ''schema'', d.Db, CONCAT_WS('','', ', GROUP_CONCAT('IF(d.', c.COLUMN_NAME, ' = ''Y'', ''',
            LEFT(c.COLUMN_NAME, CHAR_LENGTH(c.COLUMN_NAME) - 5), ''', NULL)' ORDER BY c.ORDINAL_POSITION SEPARATOR ', '),
        ') FROM mayfly.reached r JOIN mysql.db d ON d.User = r.user AND d.Host = r.host')
      INTO statement FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = 'mysql' AND c.TABLE_NAME = 'db'
       AND c.COLUMN_NAME REGEXP BINARY '^[A-Za-z_]+_priv\\z';
    EXECUTE IMMEDIATE statement;
    INSERT INTO mayfly.holding (granted, source, kind, place, name, rights)
        SELECT r.granted, r.source, 'table', t.Db, t.Table_name, t.Table_priv
          FROM mayfly.reached r JOIN mysql.tables_priv t ON t.User = r.user AND t.Host = r.host WHERE t.Table_priv <> '';
    INSERT INTO mayfly.holding (granted, source, kind, place, name, part, rights)
        SELECT r.granted, r.source, 'column', c.Db, c.Table_name, c.Column_name, c.Column_priv
          FROM mayfly.reached r JOIN mysql.columns_priv c ON c.User = r.user AND c.Host = r.host;
    INSERT INTO mayfly.holding (granted, source, kind, place, name, rights)
        SELECT r.granted, r.source, LOWER(p.Routine_type), p.Db, p.Routine_name, p.Proc_priv
          FROM mayfly.reached r JOIN mysql.procs_priv p ON p.User = r.user AND p.Host = r.host;
    INSERT INTO mayfly.holding (granted, source, kind, place, name, rights)
        SELECT r.granted, r.source, 'proxy', x.Proxied_host, x.Proxied_user, 'Proxy'
          FROM mayfly.reached r JOIN mysql.proxies_priv x ON x.User = r.user AND x.Host = r.host WHERE r.user <> '';
    UPDATE mayfly.holding h SET h.gone = TRUE WHERE h.kind IN ('table', 'column')
       AND (h.place, h.name) NOT IN (SELECT t.TABLE_SCHEMA, t.TABLE_NAME FROM information_schema.TABLES t);
    SELECT h.granted, h.source, h.kind, COALESCE(h.place, '') AS place, COALESCE(h.name, '') AS name, COALESCE(h.part, '') AS part,
           h.rights, h.gone
      FROM mayfly.holding h WHERE h.rights <> '' OR h.kind IN ('group', 'account', 'role')
     ORDER BY h.source, h.granted, h.kind, h.place, h.name, h.part;
    DROP TEMPORARY TABLE mayfly.reached, mayfly.holding, mayfly.batch;
END//

-- What accounts of the register can really do, whoever gave it to them.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.effective(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', FALSE);
    CALL mayfly.look_up();
    UPDATE mayfly.batch SET code = 'MF004', message = 'the role is gone' WHERE code = '00000' AND NOT present;
    CALL mayfly.tell(FALSE);
    SELECT b.ordinal, b.lease, IF(b.code = '00000', COALESCE(f.found, '[]'), NULL) AS effective, b.code, b.message
      FROM mayfly.batch b LEFT JOIN (
        SELECT t.ordinal, CONCAT('[', GROUP_CONCAT(JSON_OBJECT('line', t.line, 'from', t.source) ORDER BY t.n SEPARATOR ', '), ']')
            AS found FROM mayfly.told t GROUP BY t.ordinal) f ON f.ordinal = b.ordinal
     ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.told;
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- How register and server agree. An account that came back after its end (a failover) is live again.
CREATE DEFINER = mayfly_guard@localhost FUNCTION mayfly.standing(present BOOLEAN, made_at DATETIME(6), ended_at DATETIME(6))
RETURNS VARCHAR(16) DETERMINISTIC NO SQL
    RETURN CASE WHEN NOT present AND ended_at IS NOT NULL THEN 'ended'
                WHEN made_at IS NULL THEN 'unfinished'
                WHEN present THEN 'live' ELSE 'gone' END//

-- Every account that is registered and has not ended, and every one that only looks like ours.
-- altered: the password is not the one issued (a lease may change its own).
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.roles()
BEGIN
    CALL mayfly.begin_call(FALSE);
    SELECT l.lease, COALESCE(l.role, a.user) AS role, COALESCE(l.host, a.host) AS host, l.requester,
           mayfly.epoch(l.created_at) AS created_at, mayfly.epoch(l.valid_until) AS valid_until,
           COALESCE(l.valid_until <= SYSDATE(6), FALSE) AS overdue, NOT a.is_role AND NOT a.locked AS can_login,
           COALESCE(a.verifier_sha256 <> l.verifier_sha256, FALSE) AS altered, mayfly.epoch(l.ended_at) AS ended_at,
           IF(l.lease IS NULL, 'foreign', mayfly.standing(TRUE, l.made_at, l.ended_at)) AS standing
      FROM mayfly.guard g JOIN mayfly.account a ON a.user LIKE CONCAT('mf\\_', g.tag, '\\_%')
      LEFT JOIN mayfly.lease l ON l.role = a.user AND l.host = a.host
     UNION ALL
    SELECT l.lease, l.role, l.host, l.requester, mayfly.epoch(l.created_at), mayfly.epoch(l.valid_until),
           l.valid_until <= SYSDATE(6), FALSE, FALSE, NULL, mayfly.standing(FALSE, l.made_at, NULL)
      FROM mayfly.lease l WHERE l.ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM mysql.global_priv p WHERE p.User = l.role AND p.Host = l.host);
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- What `roles` tells, with more of each: for people, and for the broker's sweep.
-- alterations: JSON, what was done to an account since it was issued; words, some with a name or a number: global COUNT
-- (rights on everything), nologin, password, connection_limit, settings (its default role, other
-- limits), member_of ROLE, admin_of ROLE, lacks ROLE,
-- privileges COUNT (of its own), group_powers ROLE (a group that it was issued with has got a power no lease may have since);
-- and powers: it has, or is reached with, such a power itself. What the guard itself took away is left out. used: somebody has
-- logged in with it. Each group is judged once, however many leases have it: LIMIT keeps that from being merged.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.inspect()
BEGIN
    CALL mayfly.begin_call(FALSE);
    WITH activity (role, sessions) AS (
        SELECT p.user, COUNT(*) FROM mayfly.session p GROUP BY p.user),
    own (role, host, grants) AS (
        SELECT x.user, x.host, COUNT(*) FROM (
            SELECT d.User AS user, d.Host AS host FROM mysql.db d
             UNION ALL SELECT t.User, t.Host FROM mysql.tables_priv t
             UNION ALL SELECT c.User, c.Host FROM mysql.columns_priv c
             UNION ALL SELECT r.User, r.Host FROM mysql.procs_priv r
             UNION ALL SELECT x.User, x.Host FROM mysql.proxies_priv x) x GROUP BY x.user, x.host),
    mapped (role, host, beyond, admin, granted) AS (
        SELECT l.role, l.host,
               GROUP_CONCAT(IF(m.Role <> BINARY l.granted, JSON_QUOTE(CONCAT('member_of ', m.Role)), NULL) ORDER BY m.Role),
               GROUP_CONCAT(IF(m.Admin_option = 'Y', JSON_QUOTE(CONCAT('admin_of ', m.Role)), NULL) ORDER BY m.Role),
               SUM(m.Role = BINARY l.granted) > 0
          FROM mayfly.lease l JOIN mysql.roles_mapping m ON m.User = l.role AND m.Host = l.host GROUP BY l.role, l.host),
    judged (granted, bad) AS (
        SELECT d.granted, mayfly.culprit(d.granted, '')
          FROM (SELECT DISTINCT l.granted FROM mayfly.lease l WHERE l.ended_at IS NULL) d LIMIT 1000000)
    SELECT l.lease, COALESCE(l.role, a.user) AS role, l.requester, mayfly.epoch(l.created_at) AS created_at,
           mayfly.epoch(l.valid_until) AS valid_until, COALESCE(l.valid_until <= SYSDATE(6), FALSE) AS overdue,
           NOT a.is_role AND NOT a.locked AS can_login,
           IF(l.lease IS NULL, 'foreign', mayfly.standing(TRUE, l.made_at, l.ended_at)) AS standing,
           IF(l.lease IS NULL, '[]', JSON_ARRAY(l.granted)) AS groups,
           IF(l.lease IS NULL OR l.made_at IS NULL, '[]', CONCAT('[', CONCAT_WS(',',
               IF(p.access <> 0, JSON_QUOTE(CONCAT('global ', BIT_COUNT(p.access))), NULL),
               IF(a.locked AND l.locked_at IS NULL, '"nologin"', NULL),
               IF(a.verifier_sha256 <> l.verifier_sha256, '"password"', NULL),
               IF(SUBSTRING_INDEX(p.limits, ' ', 1) <> SUBSTRING_INDEX(l.limits, ' ', 1), '"connection_limit"', NULL),
               IF(p.default_role <> BINARY l.granted
                  OR SUBSTRING(p.limits, LOCATE(' ', p.limits)) <> SUBSTRING(l.limits, LOCATE(' ', l.limits)), '"settings"', NULL),
               mapped.beyond, mapped.admin,
               IF(mapped.granted, NULL, JSON_QUOTE(CONCAT('lacks ', l.granted))),
               JSON_QUOTE(CONCAT('privileges ', own.grants)),
               IF(mapped.granted AND judged.bad IS NOT NULL, JSON_QUOTE(CONCAT('group_powers ', l.granted)), NULL),
               IF((p.access <> 0 OR own.grants > 0 OR mapped.beyond IS NOT NULL OR mapped.admin IS NOT NULL)
                  AND mayfly.culprit(l.role, l.host) IS NOT NULL, '"powers"', NULL)), ']')) AS alterations,
           COALESCE(activity.sessions, 0) AS sessions,
           l.first_session_at IS NOT NULL OR activity.sessions IS NOT NULL AS used
      FROM mayfly.guard g JOIN mayfly.account a ON a.user LIKE CONCAT('mf\\_', g.tag, '\\_%')
      JOIN (SELECT x.User, x.Host, CAST(JSON_VALUE(x.Priv, '$.access') AS UNSIGNED) AS access,
                   COALESCE(JSON_VALUE(x.Priv, '$.default_role'), '') AS default_role,
                   CONCAT_WS(' ', COALESCE(JSON_VALUE(x.Priv, '$.max_user_connections'), 0),
                       TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM
                           CAST(COALESCE(JSON_VALUE(x.Priv, '$.max_statement_time'), 0) AS DECIMAL(30,6)))),
                       COALESCE(JSON_VALUE(x.Priv, '$.max_questions'), 0), COALESCE(JSON_VALUE(x.Priv, '$.max_updates'), 0),
                       COALESCE(JSON_VALUE(x.Priv, '$.max_connections'), 0)) AS limits FROM mysql.global_priv x) p
        ON p.User = a.user AND p.Host = a.host
      LEFT JOIN mayfly.lease l ON l.role = a.user AND l.host = a.host
      LEFT JOIN activity ON activity.role = a.user
      LEFT JOIN own ON own.role = l.role AND own.host = l.host
      LEFT JOIN mapped ON mapped.role = l.role AND mapped.host = l.host
      LEFT JOIN judged ON judged.granted = l.granted
     UNION ALL
    SELECT l.lease, l.role, l.requester, mayfly.epoch(l.created_at), mayfly.epoch(l.valid_until),
           l.valid_until <= SYSDATE(6), FALSE, mayfly.standing(FALSE, l.made_at, NULL), JSON_ARRAY(l.granted), '[]', 0,
           l.first_session_at IS NOT NULL
      FROM mayfly.lease l WHERE l.ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM mysql.global_priv p WHERE p.User = l.role AND p.Host = l.host);
    DROP TEMPORARY TABLE mayfly.batch;
END//

-- What `roles` tells for leases by id, ended ones too.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.find(batch LONGTEXT)
BEGIN
    CALL mayfly.open_batch(batch, '{"lease": "STRING"}', FALSE);
    CALL mayfly.look_up();
    SELECT b.ordinal, b.lease, l.role, l.host, l.requester, mayfly.epoch(l.created_at) AS created_at,
           mayfly.epoch(l.valid_until) AS valid_until, b.present AND NOT b.locked AS can_login,
           COALESCE(a.verifier_sha256 <> l.verifier_sha256, FALSE) AS altered, mayfly.epoch(l.ended_at) AS ended_at,
           IF(l.lease IS NULL, NULL, mayfly.standing(b.present, l.made_at, l.ended_at)) AS standing, b.code, b.message
      FROM mayfly.batch b LEFT JOIN mayfly.lease l ON l.lease = b.lease AND b.code = '00000'
      LEFT JOIN mayfly.account a ON a.user = l.role AND a.host = l.host ORDER BY b.ordinal;
    DROP TEMPORARY TABLE mayfly.batch;
END//

CREATE OR REPLACE VIEW mayfly.who AS
    SELECT l.role, l.host, l.requester, l.reason, l.granted, l.lease, l.created_at, l.valid_until, l.first_session_at,
           l.locked_at, l.ended_at, a.user IS NOT NULL AS account_exists,
           (SELECT COUNT(*) FROM mayfly.session p WHERE p.user = l.role) AS sessions
      FROM mayfly.lease l LEFT JOIN mayfly.account a ON a.user = l.role AND a.host = l.host
     ORDER BY l.ended_at IS NOT NULL, l.valid_until//

-- What the broker's account has beyond its job.
CREATE OR REPLACE VIEW mayfly.broker_power AS
    SELECT CONCAT('global rights, as bits: ', JSON_VALUE(p.Priv, '$.access')) AS power
      FROM mayfly.guard g JOIN mysql.global_priv p ON p.User = g.broker_user AND p.Host = g.broker_host
     WHERE JSON_VALUE(p.Priv, '$.access') <> '0'
     UNION ALL
    SELECT CONCAT('rights in ', d.Db, '.*') FROM mayfly.guard g JOIN mysql.db d ON d.User = g.broker_user AND d.Host = g.broker_host
     UNION ALL
    SELECT CONCAT('rights on ', t.Db, '.', t.Table_name)
      FROM mayfly.guard g JOIN mysql.tables_priv t ON t.User = g.broker_user AND t.Host = g.broker_host
     UNION ALL
    SELECT CONCAT('rights on ', LOWER(p.Routine_type), ' ', p.Db, '.', p.Routine_name)
      FROM mayfly.guard g JOIN mysql.procs_priv p ON p.User = g.broker_user AND p.Host = g.broker_host
     WHERE p.Db <> 'mayfly' OR p.Proc_priv <> 'Execute'
     UNION ALL
    SELECT CONCAT('role ', m.Role) FROM mayfly.guard g JOIN mysql.roles_mapping m ON m.User = g.broker_user AND m.Host = g.broker_host
     UNION ALL
    SELECT CONCAT('proxy of ', x.Proxied_user)
      FROM mayfly.guard g JOIN mysql.proxies_priv x ON x.User = g.broker_user AND x.Host = g.broker_host//
GRANT SELECT ON mayfly.broker_power TO mayfly_guard@localhost//

-- What `mayflyd check` compares: this installation, the routines as they are, and what the broker's account has beyond
-- its job. A guard that was tampered with can lie here: `check --as-dba` re-reads the bodies itself.
CREATE DEFINER = mayfly_guard@localhost PROCEDURE mayfly.describe()
BEGIN
    CALL mayfly.begin_call(FALSE);
    SELECT JSON_OBJECT(
        'guard_version', g.guard_version, 'module', 'mariadb', 'engine', 'mariadb', 'installation', g.installation, 'tag', g.tag,
        'broker', CONCAT(g.broker_user, '@', g.broker_host), 'host', g.host, 'owner', CURRENT_USER(),
        'server_version', VERSION(), 'server_id', @@server_id, 'read_only', @@GLOBAL.read_only <> 0,
        'clock', DATE_FORMAT(SYSDATE(6), '%Y-%m-%dT%H:%i:%s.%fZ'),
        'max_ttl_seconds', g.max_ttl_seconds, 'max_live', g.max_live, 'max_issues_per_minute', g.max_issues_per_minute,
        'live', (SELECT COUNT(*) FROM mayfly.lease WHERE ended_at IS NULL),
        'groups', (SELECT COALESCE(JSON_ARRAYAGG(name ORDER BY name), JSON_ARRAY()) FROM mayfly.allowed_group),
        'groups_not_grantable', (SELECT COALESCE(JSON_ARRAYAGG(a.name ORDER BY a.name), JSON_ARRAY()) FROM mayfly.allowed_group a
            WHERE NOT EXISTS (SELECT 1 FROM mysql.roles_mapping m WHERE m.Host = 'localhost' AND m.User = 'mayfly_guard'
                                 AND m.Role = a.name AND m.Admin_option = 'Y')),
        'group_definers', (SELECT COALESCE(JSON_ARRAYAGG(CONCAT(o.definer, ' of ', o.name) ORDER BY o.name), JSON_ARRAY())
            FROM (SELECT p.definer, CONCAT(LOWER(p.type), ' ', p.db, '.', p.name) AS name FROM mysql.proc p
                   UNION ALL SELECT e.definer, CONCAT('event ', e.db, '.', e.name) FROM mysql.event e) o
            JOIN mayfly.allowed_group a ON o.definer IN (a.name, CONCAT(a.name, '@'))),
        'narrowing', JSON_OBJECT('tables', (SELECT COUNT(*) FROM mysql.tables_priv t WHERE t.User = 'mayfly_guard' AND t.Host = 'localhost'
                                     AND FIND_IN_SET('Grant', t.Table_priv)), 'schemas', (SELECT COUNT(*) FROM mysql.db d
                                   WHERE d.User = 'mayfly_guard' AND d.Host = 'localhost' AND d.Grant_priv = 'Y'),
            'faults', (SELECT COALESCE(JSON_ARRAYAGG(CONCAT(n.name, ': ', n.fault) ORDER BY n.name), JSON_ARRAY())
                         FROM mayfly.narrowed n WHERE n.fault IS NOT NULL)),
        'detached_transactions', (SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = 0),
        'settings', JSON_ARRAY('max_connections_per_hour', 'max_queries_per_hour', 'max_statement_time', 'max_updates_per_hour'),
        'performance_schema', @@GLOBAL.performance_schema <> 0,
        'flush_log_at_commit', @@GLOBAL.innodb_flush_log_at_trx_commit, 'event_scheduler', @@GLOBAL.event_scheduler,
        'event', (SELECT e.status FROM mysql.event e WHERE e.db = 'mayfly' AND e.name = 'end_overdue'),
        'ed25519', (SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'ed25519' AND PLUGIN_STATUS = 'ACTIVE') > 0,
        'password_checks', (SELECT COALESCE(JSON_ARRAYAGG(PLUGIN_NAME), JSON_ARRAY()) FROM information_schema.PLUGINS
                             WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'),
        'strict_password_validation', @@GLOBAL.strict_password_validation <> 0,
        'routines', (SELECT JSON_ARRAYAGG(JSON_OBJECT('name', CONCAT('mayfly.', p.name), 'type', LOWER(p.type),
                'sha256', SHA2(p.body, 256), 'definer', p.definer, 'security', p.security_type, 'sql_mode', p.sql_mode,
                'callers', (SELECT COALESCE(JSON_ARRAYAGG(CONCAT(x.User, '@', x.Host)), JSON_ARRAY()) FROM mysql.procs_priv x
                             WHERE x.Db = 'mayfly' AND x.Routine_name = p.name AND x.Routine_type = p.type))
                ORDER BY p.name) FROM mysql.proc p WHERE p.db = 'mayfly'),
        'schema_callers', (SELECT COALESCE(JSON_ARRAYAGG(CONCAT(d.User, '@', d.Host)), JSON_ARRAY()) FROM mysql.db d
                            WHERE 'mayfly' LIKE d.Db AND (d.Execute_priv = 'Y' OR d.Alter_routine_priv = 'Y')
                              AND NOT (d.User = 'mayfly_guard' AND d.Host = 'localhost')),
        'broker_powers', (SELECT COALESCE(JSON_ARRAYAGG(w.power ORDER BY w.power), JSON_ARRAY()) FROM mayfly.broker_power w)) AS description
      FROM mayfly.guard g;
    DROP TEMPORARY TABLE mayfly.batch;
END//

DELIMITER ;

-- section: values
-- ----------------------------------------------------------------------- this installation: values, then rights

INSERT INTO mayfly.guard (one_row, guard_version, installation, tag, broker_user, broker_host, host, max_ttl_seconds, max_live,
    max_issues_per_minute) VALUES (TRUE, 3, {{installation}}, {{tag}}, {{broker_user}}, {{broker_host}}, {{host}},
    {{max_ttl_seconds}}, {{max_live}}, {{max_issues_per_minute}});
{{insert_groups}}

-- section: rights
-- The procedures that the broker may call; the others are theirs alone.
GRANT EXECUTE ON PROCEDURE mayfly.describe TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.issue TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.renew TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.replace_verifier TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.sessions TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.watch TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.`lock` TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.terminate TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.end_session TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.statements TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.hanging TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.`drop` TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.find TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.roles TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.inspect TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.privileges TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.held TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.effective TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.end_overdue TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.narrow TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.preview TO {{broker}};
GRANT EXECUTE ON PROCEDURE mayfly.tend TO {{broker}};

-- section: event
-- Ends what is overdue when the broker is dead. Needs event_scheduler = ON.
CREATE DEFINER = mayfly_guard@localhost EVENT mayfly.end_overdue ON SCHEDULE EVERY 1 MINUTE ON COMPLETION PRESERVE
    DO CALL mayfly.end_overdue();
