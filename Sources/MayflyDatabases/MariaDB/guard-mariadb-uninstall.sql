-- Mayfly guard for {{product}}: takes away all of it, as it was installed for installation {{installation}}.
--
-- Stop the daemon first. Run it as root, on the writable server:  {{client}} < this-file
-- While accounts of the guard live it lists them and refuses: let their leases end, or revoke them. Should it stop half-way,
-- run it again; should it stop because a lease was issued at the last moment, nothing is issued any more, and what was is
-- ended as ever.
-- What goes: the procedures, the event, the register with all that it remembers (to keep it: {{dump}} mayfly >
-- register.sql), the schema mayfly, mayfly_guard@localhost, and the broker's account {{broker}}.
-- What stays: the group roles and what they may do, and event_scheduler as it is.

SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SET @installation = {{installation}}, @tag = {{tag}}, @broker_user = {{broker_user}}, @broker_host = {{broker_host}};

-- Whoever may write in the schema could have laid what this script reads or runs as root.
SET @refused = (SELECT p.problem FROM (
-- sections: trust
) p);
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', REPLACE(@refused, '`', '``'), '`'));
PREPARE statement FROM @statement;
EXECUTE statement;

-- Where there is no register any more (an earlier run went so far) there is nothing to ask it.
SET @is_there = (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mayfly' AND TABLE_NAME = 'guard');
SET @statement = IF(@is_there, 'SELECT IF(COUNT(*) = 1, NULL, ''the guard is of another installation'') INTO @refused
    FROM mayfly.guard g WHERE g.installation = @installation AND g.tag = @tag AND g.broker_user = @broker_user
     AND g.broker_host = @broker_host', 'SELECT IF(COUNT(*) = 0, NULL, ''the schema mayfly is no guard'') INTO @refused
    FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ''mayfly''');
PREPARE statement FROM @statement;
EXECUTE statement;
SET @refused = IF(@@GLOBAL.read_only <> 0, 'this server is read-only', @refused);
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', @refused, '`'));
PREPARE statement FROM @statement;
EXECUTE statement;

-- Accounts that live, the first of them by their names.
SELECT u.User AS `living account`, u.Host AS `from` FROM mysql.user u WHERE u.User LIKE CONCAT('mf\\_', @tag, '\\_%') ORDER BY 1 LIMIT 20;
SET @refused = IF((SELECT COUNT(*) FROM mysql.user u WHERE u.User LIKE CONCAT('mf\\_', @tag, '\\_%')) > 0, 'accounts of leases live', NULL);
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', @refused, '`'));
PREPARE statement FROM @statement;
EXECUTE statement;

-- Nothing is issued from here on: looked at once more, after the calls that are under way.
CREATE SCHEMA IF NOT EXISTS mayfly;
DROP PROCEDURE IF EXISTS mayfly.`issue`;
DROP PROCEDURE IF EXISTS mayfly.wait_for_calls;
DELIMITER //
CREATE PROCEDURE mayfly.wait_for_calls() SQL SECURITY INVOKER
BEGIN
    DECLARE again INT DEFAULT 600;
    WHILE again > 0 AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST p
                                 WHERE p.USER IN (@broker_user, 'mayfly_guard') AND p.COMMAND <> 'Sleep' AND p.ID <> CONNECTION_ID()) DO
        DO SLEEP(0.05);
        SET again = again - 1;
    END WHILE;
    IF again = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a call of the broker does not end: see SHOW PROCESSLIST, then run this again';
    END IF;
END//
DELIMITER ;
CALL mayfly.wait_for_calls();
DROP PROCEDURE mayfly.wait_for_calls;
SELECT u.User AS `living account`, u.Host AS `from` FROM mysql.user u WHERE u.User LIKE CONCAT('mf\\_', @tag, '\\_%') ORDER BY 1 LIMIT 20;
SET @refused = IF((SELECT COUNT(*) FROM mysql.user u WHERE u.User LIKE CONCAT('mf\\_', @tag, '\\_%')) > 0, 'accounts of leases live', NULL);
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', @refused, '`'));
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- Narrowed groups, which are the guard's own. An older guard has no such table. (MySQL's roles are accounts.)
SET SESSION group_concat_max_len = 1000000;
SET @groups = NULL, @drop = IF(LOCATE('MariaDB', VERSION()), 'DROP ROLE', 'DROP USER');
SET @statement = IF((SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mayfly' AND TABLE_NAME = 'narrowed') = 0,
    'DO 0', 'SELECT CONCAT(@drop, '' IF EXISTS '', GROUP_CONCAT(''`'', n.name, ''`'')) INTO @groups FROM mayfly.narrowed n');
PREPARE statement FROM @statement;
EXECUTE statement;
SET @statement = COALESCE(@groups, 'DO 0');
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

DROP USER IF EXISTS {{broker}};
-- By itself, as a schema's end leaves behind what was granted on its procedures.
DROP PROCEDURE IF EXISTS mayfly.end_overdue;
DROP SCHEMA mayfly;
DROP USER IF EXISTS mayfly_guard@localhost;
