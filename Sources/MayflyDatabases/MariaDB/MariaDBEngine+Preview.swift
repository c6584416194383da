import Foundation
package import MayflyCore

extension MariaDBEngine {
    /// The statements of the guard's `make_accounts` (in `mode: direct`, the engine's own), which a test runs beside them.
    package func preview(_ order: RoleOrder) async throws(EngineFailure) -> RolePreview {
        var (names, statements) = (order.groups, [String]())
        var privileges = try await effectivePrivileges(of: order.groups)
        if let scope = NarrowedScope(of: order.groups, to: order.narrowing) {
            let narrowed = try await preview(scope)
            (names, statements) = ([narrowed.group], narrowed.statements)
            privileges = EffectivePrivileges(
                narrowed.privileges.entries + privileges.entries.filter(\.isPublic))
        }
        // The guard says where accounts may log in from.
        let host = direct == nil ? try await describe().host : definition.madeAccounts.host
        let account = try MariaDBQuoting.account(
            order.role.rawValue.dropLast(RoleName.randomLength) + "‹random›", host: host)
        let limits =
            " WITH MAX_USER_CONNECTIONS \(order.connectionLimit)"
            + order.settings.sorted { $0.key < $1.key }.map { " \($0.key.uppercased()) \($0.value)" }.joined()
        var groups: [String] = []
        for group in names {
            groups.append(try MariaDBQuoting.role(group, host: isMySQL ? "%" : nil))
        }
        statements +=
            isMySQL
            ? [
                "CREATE USER \(account) IDENTIFIED WITH caching_sha2_password AS '‹verifier›' DEFAULT ROLE "
                    + groups.joined(separator: ", ") + limits + " ATTRIBUTE \(try attribute(of: order))"
            ]
            : [
                "CREATE USER \(account) IDENTIFIED VIA \(plugin) USING '‹verifier›'\(limits)",
                "GRANT \(groups.joined(separator: ", ")) TO \(account)",
                "SET DEFAULT ROLE \(groups.joined(separator: ", ")) FOR \(account)",
            ]
        return RolePreview(statements: statements, privileges: privileges)
    }

    private var plugin: String {
        switch definition.madeAccounts.authentication {
        case .native: "mysql_native_password"
        case .ed25519: "ed25519"
        }
    }

    private func attribute(of order: RoleOrder) throws(EngineFailure) -> String {
        var values = ["installation": installation.name, "lease": "‹lease›", "requester": order.requester]
        if direct != nil { values["until"] = "‹end›" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try MariaDBQuoting.plainLiteral(
                String(decoding: try encoder.encode(["mayfly": values]), as: UTF8.self))
        } catch let failure as EngineFailure {
            throw failure
        } catch { throw EngineFailure(.invalid, "an attribute cannot be written as JSON") }
    }
}
