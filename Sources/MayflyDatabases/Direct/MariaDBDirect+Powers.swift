import MayflyCore
import SQLClients

extension MariaDBDirect {
    /// What makes an account or group unfit, as the guard judges: neither it nor what is above it may hold a power that
    /// outlives or exceeds a lease.
    ///
    /// - Parameter host: of a group: empty on MariaDB, `%` on MySQL.
    func culprit(_ name: String, host: String, _ session: Session) async throws(Failure) -> String? {
        try await session.query(
            isMySQL ? Self.mysqlCulprit : Self.mariadbCulprit, [name, host]
        ).first?.optionalString("culprit")
    }

    var groupHost: String { isMySQL ? "%" : "" }

    /// Groups that exist, each with its culprit.
    func culprits(of groups: [String], _ session: Session) async throws(Failure) -> [String: String?] {
        let exists =
            isMySQL
            ? "SELECT 1 AS here FROM mysql.user u WHERE u.User = ? AND u.Host = ? AND u.account_locked = 'Y'"
            : """
            SELECT 1 AS here FROM mysql.global_priv g WHERE g.User = BINARY ? AND g.Host = ?
               AND COALESCE(JSON_VALUE(g.Priv, '$.is_role'), '0') IN ('true', '1')
            """
        var result: [String: String?] = [:]
        for name in Set(groups).sorted() {
            guard try await !session.query(exists, [name, groupHost]).isEmpty else { continue }
            result[name] = .some(try await culprit(name, host: groupHost, session))
        }
        return result
    }

    private static let common = """
            OR EXISTS (SELECT 1 FROM mysql.tables_priv t WHERE t.User = up.user AND t.Host = up.host
                          AND (FIND_IN_SET('Grant', t.Table_priv) OR t.Db = 'mysql'))
            OR EXISTS (SELECT 1 FROM mysql.columns_priv c WHERE c.User = up.user AND c.Host = up.host AND c.Db = 'mysql')
            OR EXISTS (SELECT 1 FROM mysql.procs_priv p WHERE p.User = up.user AND p.Host = up.host
                          AND (FIND_IN_SET('Grant', p.Proc_priv) OR p.Db = 'mysql'))
            OR EXISTS (SELECT 1 FROM mysql.db d WHERE d.User = up.user AND d.Host = up.host
                          AND (d.Grant_priv = 'Y' OR 'mysql' LIKE d.Db))
            OR EXISTS (SELECT 1 FROM mysql.proxies_priv x WHERE x.User = up.user AND x.Host = up.host)
         LIMIT 1
        """

    /// As `mayfly.culprit` of the guard for MariaDB, where the bits are explained.
    private static let mariadbCulprit = """
        WITH RECURSIVE up (user, host, admin) AS (
            SELECT CAST(? AS CHAR(128)), CAST(? AS CHAR(255)), 'N'
             UNION SELECT 'PUBLIC', '', 'N' UNION SELECT '', '%', 'N'
             UNION
            SELECT m.Role, '', m.Admin_option FROM up JOIN mysql.roles_mapping m ON m.User = up.user AND m.Host = up.host)
        SELECT IF(up.user = '', 'anonymous', up.user) AS culprit FROM up
         WHERE up.admin = 'Y'
            OR EXISTS (SELECT 1 FROM mysql.global_priv g WHERE g.User = up.user AND g.Host = up.host AND up.user <> ''
                          AND CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & ~4407296 <> 0)
        """ + "\n" + common

    /// As `mayfly.culprit` of the guard for MySQL.
    private static let mysqlCulprit = """
        WITH RECURSIVE up (user, host, admin) AS (
            SELECT CAST(? AS CHAR(32)), CAST(? AS CHAR(255)), 'N' UNION SELECT '', '%', 'N'
             UNION
            SELECT u.User, u.Host, 'N' FROM mysql.user u JOIN JSON_TABLE(
                CONCAT('["', REPLACE(REPLACE(REPLACE(@@GLOBAL.mandatory_roles, '`', ''), '''', ''), ',', '","'), '"]'),
                '$[*]' COLUMNS (role VARCHAR(300) PATH '$')) AS m
                ON u.User = SUBSTRING_INDEX(TRIM(m.role), '@', 1) AND u.User <> ''
             UNION
            SELECT e.FROM_USER, e.FROM_HOST, e.WITH_ADMIN_OPTION
              FROM up JOIN mysql.role_edges e ON e.TO_USER = up.user AND e.TO_HOST = up.host)
        SELECT IF(up.user = '', 'anonymous', up.user) AS culprit FROM up
         WHERE up.admin = 'Y'
            OR EXISTS (SELECT 1 FROM mysql.user u WHERE u.User = up.user AND u.Host = up.host AND up.user <> ''
                          AND 'Y' IN (\(privilegeColumns.map { "u.\($0)" }.joined(separator: ", "))))
            OR EXISTS (SELECT 1 FROM mysql.global_grants g WHERE g.USER = up.user AND g.HOST = up.host AND up.user <> '')
        """ + "\n" + common

    /// Global privileges of MySQL that no lease may have.
    static let privilegeColumns = [
        "Select_priv", "Insert_priv", "Update_priv", "Delete_priv", "Create_priv", "Drop_priv", "Reload_priv",
        "Shutdown_priv", "Process_priv", "File_priv", "Grant_priv", "References_priv", "Index_priv",
        "Alter_priv",
        "Super_priv", "Execute_priv", "Repl_slave_priv", "Repl_client_priv", "Create_view_priv",
        "Create_routine_priv", "Alter_routine_priv", "Create_user_priv", "Event_priv", "Trigger_priv",
        "Create_tablespace_priv", "Create_role_priv", "Drop_role_priv",
    ]
}
