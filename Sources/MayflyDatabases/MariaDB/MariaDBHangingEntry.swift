import Foundation
import MayflyCore

/// Something that keeps an account from being dropped, as the guard says.
struct MariaDBHangingEntry: Decodable, Sendable {
    /// Nil for what is in no schema.
    let database: String?
    /// `view`, `procedure`, `function`, `package`, `package body`, `trigger`, `event`: the account is its definer;
    /// `proxy`: an account that may act as it; `transaction`: one that its sessions left prepared; `account`: another
    /// one of its name, which has sessions; `role`: given to it by somebody else; `definition`: what only the server
    /// found.
    let kind: String
    let name: String
    /// Of an account or role.
    let host: String?
    /// The account of the lease, as `user@host`. Nil from guards before version 3.
    let account: String?

    private var isDefined: Bool { database != nil }

    var line: String {
        if let database { return "\(kind) \(database).\(name)" }
        switch kind {
        case "proxy": return "\(name)@\(host ?? "") may act as the account"
        case "account": return "\(name)@\(host ?? "") has its name, and sessions"
        case "transaction": return "prepared XA transaction \(name)"
        case "definition": return "something that names it as its definer, as the server says"
        default: return "\(kind) \(name)"
        }
    }

    /// What a DBA would run.
    var statement: String {
        get throws(EngineFailure) {
            if let database { return try definedStatement(database) }
            switch kind {
            case "proxy":
                return "REVOKE PROXY ON \(try own) FROM \(try grantee);  -- and end its sessions"
            case "account":
                return "DROP USER \(try grantee);  -- Mayfly did not make it: look at it first"
            case "role":
                return "REVOKE \(try grantee) FROM \(try own);"
            case "definition":
                return "-- look in information_schema for what has it as its DEFINER"
            case "transaction":
                // As MySQL's guard knows it; MariaDB's has only InnoDB's number.
                guard name.wholeMatch(of: /X'[0-9A-F]*',X'[0-9A-F]*',[0-9]+/) != nil else {
                    return "XA RECOVER FORMAT='SQL';  -- and XA ROLLBACK of what nobody waits for: "
                        + "the server does not say which it is"
                }
                return "XA ROLLBACK \(name);  -- or XA COMMIT"
            default:
                throw Self.unknown
            }
        }
    }

    private func definedStatement(_ database: String) throws(EngineFailure) -> String {
        let object = try MariaDBQuoting.identifier(database) + "." + (try MariaDBQuoting.identifier(name))
        switch kind {
        case "event":
            return "ALTER DEFINER = CURRENT_USER EVENT \(object) DISABLE;  -- look at it before you ENABLE it"
        case "view":
            return try Self.viewStatement(object, database, name)
        case "procedure", "function", "package", "package body", "trigger":
            return "SHOW CREATE \(kind.uppercased()) \(object);"
                + "  -- its definer cannot be changed: make it anew with another, or drop it"
        default:
            throw Self.unknown
        }
    }

    /// The definition stays in the server, so what somebody wrote there is not shown to be run. It is the server's own
    /// text, which is to be read under a sql_mode in which a backslash escapes.
    private static func viewStatement(
        _ object: String, _ schema: String, _ name: String
    ) throws(EngineFailure) -> String {
        let create = try MariaDBQuoting.literal(
            "CREATE OR REPLACE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW \(object) AS ")
        return """
            SET SESSION sql_mode = ''; SELECT CONCAT(\(create), VIEW_DEFINITION, IF(CHECK_OPTION = 'NONE', '', \
            CONCAT(' WITH ', CHECK_OPTION, ' CHECK OPTION'))) INTO @view FROM information_schema.VIEWS \
            WHERE TABLE_SCHEMA = \(try MariaDBQuoting.literal(schema)) AND TABLE_NAME = \(try MariaDBQuoting.literal(name)); \
            PREPARE view FROM @view; EXECUTE view; DEALLOCATE PREPARE view;  \
            -- it reads with the rights of whoever asks, then
            """
    }

    private var grantee: String {
        get throws(EngineFailure) { try MariaDBQuoting.account(name, host: host ?? "%") }
    }

    private var own: String {
        get throws(EngineFailure) {
            guard let account, let at = account.lastIndex(of: "@") else { throw Self.unknown }
            return try MariaDBQuoting.account(
                String(account[..<at]), host: String(account[account.index(after: at)...]))
        }
    }

    private static let unknown = EngineFailure(
        .guardUnusable, "the guard's answer is not what this version expects")

    /// Nil when nothing hangs on the account.
    static func obstacle(_ json: String) throws(EngineFailure) -> Lease.Obstacle? {
        let entries: [MariaDBHangingEntry]
        do {
            entries = try JSONDecoder().decode([MariaDBHangingEntry].self, from: Data(json.utf8))
        } catch {
            throw unknown
        }
        guard !entries.isEmpty else { return nil }
        var reasons: [String] = []
        if entries.contains(where: \.isDefined) {
            reasons.append("the account is the definer of objects, which would fail without it")
        }
        let kinds = Set(entries.map(\.kind))
        for (kind, reason) in [
            ("proxy", "other accounts may act as it"),
            ("transaction", "its sessions left prepared transactions, with their locks"),
            ("account", "another account has its name, and sessions"),
            ("role", "somebody gave it roles that the guard may not take away"),
            ("definition", "the server says that something names it as its definer"),
        ] where kinds.contains(kind) {
            reasons.append(reason)
        }
        var statements: [String] = []
        for entry in entries.prefix(most) { statements.append(try entry.statement) }
        if entries.count > most { statements.append("-- and so on, for \(entries.count - most) more") }
        return Lease.Obstacle(
            message: reasons.joined(separator: "; "), hanging: entries.map(\.line),
            statement: statements.joined(separator: "\n"))
    }

    /// Statements that are written out.
    private static let most = 50
}
