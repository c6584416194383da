-- Mayfly guard for {{product}}: brings an installed one to version {{version}}.
--
-- First the new mayflyd, which goes on with the older guard, then this. Run it as root, on the writable server:
--   {{client}} < this-file
-- The server cannot undo what a script did, so this one closes the doors first: from then on the broker's calls are refused
-- (nothing is issued, and what is to be revoked waits), until all is there again. Should it stop half-way, run it again.
-- Accounts of leases live on, and go on working.
-- What stays: the register, the ceilings, what is allowed, the event as it is, and who else may call end_overdue.
-- It refuses a guard of another installation, or a newer one, and where there is none (Table 'mayfly.guard' doesn't exist).

-- sections: session
-- Whoever may write in the schema could have laid what this script reads or runs as root.
SET @refused = (SELECT p.problem FROM (
-- sections: trust
) p);
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', REPLACE(@refused, '`', '``'), '`'));
PREPARE statement FROM @statement;
EXECUTE statement;
SET @refused = (SELECT CASE
    WHEN COUNT(*) = 0 THEN 'the guard has lost its row'
    WHEN MAX(g.guard_version) > {{version}} THEN 'the installed guard is newer than version {{version}}'
    WHEN MAX(g.installation = {{installation}} AND g.tag = {{tag}} AND g.broker_user = {{broker_user}}
         AND g.broker_host = {{broker_host}}) = 0 THEN 'the guard is of another installation'
    WHEN @@GLOBAL.read_only <> 0 THEN 'this server is read-only' END FROM mayfly.guard g);
-- Where something is in the way it is named as a column that does not exist: the one error that a script can make.
SET @statement = IF(@refused IS NULL, 'DO 0', CONCAT('SELECT `refused: ', @refused, '`'));
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;

-- Who else may call end_overdue, remembered until the end, also when this stops half-way.
CREATE TABLE IF NOT EXISTS mayfly.kept_caller (account TEXT) ENGINE = InnoDB;
INSERT INTO mayfly.kept_caller
    SELECT CONCAT('`', REPLACE(p.User, '`', '``'), '`', IF(p.Host = '', '', CONCAT('@`', REPLACE(p.Host, '`', '``'), '`')))
      FROM mysql.procs_priv p CROSS JOIN mayfly.guard g
     WHERE p.Db = 'mayfly' AND p.Routine_name = 'end_overdue' AND p.Routine_type = 'PROCEDURE'
       AND NOT (p.User = g.broker_user AND p.Host = g.broker_host);

-- The doors: what the broker calls.
{{doors}}

-- The calls that are under way, for half a minute at most.
DROP PROCEDURE IF EXISTS mayfly.wait_for_calls;
DELIMITER //
CREATE PROCEDURE mayfly.wait_for_calls() SQL SECURITY INVOKER
BEGIN
    DECLARE again INT DEFAULT 600;
    WHILE again > 0 AND EXISTS (SELECT 1 FROM information_schema.PROCESSLIST p JOIN mayfly.guard g
                                 WHERE p.USER IN (g.broker_user, 'mayfly_guard') AND p.COMMAND <> 'Sleep' AND p.ID <> CONNECTION_ID()) DO
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

-- What they call themselves.
{{rooms}}

-- sections: definer, changes, functions
UPDATE mayfly.guard SET guard_version = {{version}};

-- sections: rights
SET SESSION group_concat_max_len = 1000000;
SET @statement = (SELECT COALESCE(CONCAT('GRANT EXECUTE ON PROCEDURE mayfly.end_overdue TO ',
    GROUP_CONCAT(DISTINCT k.account SEPARATOR ', ')), 'DO 0') FROM mayfly.kept_caller k);
PREPARE statement FROM @statement;
EXECUTE statement;
DEALLOCATE PREPARE statement;
DROP TABLE mayfly.kept_caller;
