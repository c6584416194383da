import Foundation
import MayflyCore
import SQLClients

/// What an engine asks in its own name where there is no guard (`mode: direct`).
extension MariaDBEngine {
    /// By the accounts that there are, and by whatever says whose they are: on MySQL their attributes, on MariaDB what
    /// this process made and what is on record in the state.
    func directRoles(_ direct: MariaDBDirect) async throws(EngineFailure) -> [RoleStanding] {
        let made = direct.register.living.filter { $0.making?.isComplete == true }
        let (accounts, now) = try await inSession { (session) throws(MariaDBError) in
            let now = try await session.query("SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS now").only().double("now")
            return (try await direct.accounts(session), now)
        }
        let entries =
            isMySQL
            ? [:] : try await direct.register.entries(of: accounts.keys.compactMap(RoleName.init(rawValue:)))
        var standings: [RoleStanding] = []
        for account in accounts.values {
            let entry = RoleName(rawValue: account.role).flatMap { entries[$0] }
            let lease = account.lease.flatMap(LeaseID.init(rawValue:)) ?? entry?.reference.lease
            let end = account.validUntil ?? entry?.validUntil
            standings.append(
                RoleStanding(
                    standing: lease == nil ? .stray : .live, lease: lease, role: account.role,
                    requester: account.requester ?? entry?.requester,
                    validUntil: end.map { Date(timeIntervalSince1970: $0) },
                    isOverdue: end.map { $0 <= now } ?? false, canLogIn: !account.isLocked))
        }
        let there = Set(standings.compactMap(\.lease))
        return standings + made.filter { !there.contains($0.reference.lease) }.map { $0.missing }
    }

    /// Remembers which accounts were used.
    func directSessions(_ direct: MariaDBDirect) async throws(EngineFailure) {
        let rows = try await ask(
            "SELECT DISTINCT p.USER AS role FROM information_schema.PROCESSLIST p WHERE LEFT(p.USER, CHAR_LENGTH(?)) = ?",
            [direct.rolePrefix, direct.rolePrefix])
        direct.register.markUsed(Set(rows.compactMap { $0.values.first ?? nil }))
    }

    /// A line for each object. On MariaDB what SHOW GRANTS says, without whom it is granted to; on MySQL, where our account
    /// may not read that, out of the tables of grants.
    func directPrivileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        var lines: [String] = []
        for group in groups {
            lines +=
                isMySQL ? try await grantsInMySQL(of: group) : try await grantsInMariaDB(of: group)
        }
        return Array(lines.prefix(200))
    }

    private func grantsInMariaDB(of group: String) async throws(EngineFailure) -> [String] {
        let rows = try await ask("SHOW GRANTS FOR \(try MariaDBQuoting.identifier(group, limit: 128))")
        return rows.compactMap { row -> String? in
            guard let text = row.values.first ?? nil, text.hasPrefix("GRANT "),
                let end = text.range(of: " TO ", options: .backwards)
            else { return nil }
            let line = String(text[text.index(text.startIndex, offsetBy: 6)..<end.lowerBound])
            return line.hasPrefix("USAGE ON ") ? nil : line
        }
    }

    private func grantsInMySQL(of group: String) async throws(EngineFailure) -> [String] {
        let rights = [
            "Select", "Insert", "Update", "Delete", "Create", "Drop", "References", "Index", "Alter",
            "Execute", "Event",
            "Trigger",
        ].map { "IF(d.\($0)_priv = 'Y', '\($0.uppercased())', NULL)" }.joined(separator: ", ")
        let rows = try await ask(
            """
            WITH RECURSIVE up (user, host) AS (
                SELECT CAST(? AS CHAR(32)), CAST('%' AS CHAR(255))
                 UNION
                SELECT e.FROM_USER, e.FROM_HOST FROM up JOIN mysql.role_edges e ON e.TO_USER = up.user AND e.TO_HOST = up.host)
            SELECT CONCAT(g.rights, ' ON ', g.object) AS line FROM (
                SELECT CONCAT_WS(', ', \(rights)) AS rights, CONCAT('`', d.Db, '`.*') AS object
                  FROM up JOIN mysql.db d ON d.User = up.user AND d.Host = up.host
                 UNION
                SELECT UPPER(REPLACE(t.Table_priv, ',', ', ')), CONCAT('`', t.Db, '`.`', t.Table_name, '`')
                  FROM up JOIN mysql.tables_priv t ON t.User = up.user AND t.Host = up.host
                 UNION
                SELECT UPPER(REPLACE(c.Column_priv, ',', ', ')), CONCAT('`', c.Db, '`.`', c.Table_name, '` (', c.Column_name, ')')
                  FROM up JOIN mysql.columns_priv c ON c.User = up.user AND c.Host = up.host
                 UNION
                SELECT UPPER(REPLACE(p.Proc_priv, ',', ', ')), CONCAT(p.Routine_type, ' `', p.Db, '`.`', p.Routine_name, '`')
                  FROM up JOIN mysql.procs_priv p ON p.User = up.user AND p.Host = up.host) g
             WHERE g.rights <> '' ORDER BY g.object, g.rights LIMIT 200
            """, [group])
        return rows.compactMap { $0.values.first ?? nil }
    }

    /// Questions on one connection.
    func inSession<R: Sendable>(
        _ body: @escaping @Sendable (DirectSession<MariaDBConnection>) async throws(MariaDBError) -> R
    ) async throws(EngineFailure) -> R {
        let deadline = deadline
        for attempt in 0... {
            do throws(MariaDBError) {
                return try await askers.withConnection(.ending, by: deadline) {
                    (connection) throws(MariaDBError) in
                    try await body(DirectSession(connection, by: deadline))
                }
            } catch {
                switch error {
                case .closed where attempt == 0, .connectionLost where attempt == 0: continue
                case .connectionLost, .timedOut, .cancelled:
                    throw EngineFailure(.unreachable, error.description)
                case .closed, .cannotConnect, .server, .invalidValue, .unexpectedAnswer:
                    throw EngineFailure(error)
                }
            }
        }
        throw EngineFailure(.unreachable, "the connection was lost again and again")
    }
}
