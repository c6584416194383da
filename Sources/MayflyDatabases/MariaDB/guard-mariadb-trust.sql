-- Why the schema mayfly is not one to be touched with a DBA's rights: whoever may write in it, by a pattern that fits its name
-- too, can lay it where the guard is absent, and a view in a table's place runs code as whoever reads it (SQL SECURITY
-- INVOKER). Reads the server's own tables only. No row: all is well, or there is no such schema. Whoever runs this has no
-- need to lay anything for himself.
-- section: problems
SELECT CONCAT('`', x.user, '`@`', x.host, '` may write in the schema mayfly: see SHOW GRANTS') AS problem FROM (
    SELECT d.User AS user, d.Host AS host FROM mysql.db d WHERE 'mayfly' LIKE d.Db
       AND 'Y' IN (d.Insert_priv, d.Update_priv, d.Delete_priv, d.Create_priv, d.Drop_priv, d.Alter_priv, d.Create_view_priv,
                   d.Create_routine_priv, d.Alter_routine_priv, d.Trigger_priv, d.Event_priv, d.Grant_priv)
     UNION ALL
    SELECT t.User, t.Host FROM mysql.tables_priv t
     WHERE t.Db = 'mayfly' AND CONCAT(t.Table_priv) REGEXP 'Insert|Update|Delete|Create|Drop|Alter|Index|Trigger|Grant'
     UNION ALL
    SELECT c.User, c.Host FROM mysql.columns_priv c WHERE c.Db = 'mayfly' AND CONCAT(c.Column_priv) REGEXP 'Insert|Update'
     UNION ALL
    SELECT p.User, p.Host FROM mysql.procs_priv p WHERE p.Db = 'mayfly' AND CONCAT(p.Proc_priv) REGEXP 'Alter|Grant') x
 WHERE NOT (x.user = 'mayfly_guard' AND x.host = 'localhost') AND CONCAT(x.user, '@', x.host) <> CURRENT_USER()
 UNION ALL
SELECT CONCAT('mayfly.', t.TABLE_NAME, ' is no table') FROM information_schema.TABLES t
 WHERE t.TABLE_SCHEMA = 'mayfly' AND t.TABLE_TYPE <> 'BASE TABLE'
   AND t.TABLE_NAME IN ('guard', 'allowed_group', 'group_mark', 'lease', 'issued', 'cut_transaction', 'narrowed', 'kept_caller')
 LIMIT 1
