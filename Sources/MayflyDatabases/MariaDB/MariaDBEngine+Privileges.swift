import Foundation
package import MayflyCore
import SQLClients

extension MariaDBEngine {
    /// Asked of the guard, as our account sees no roles but its own.
    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        guard direct == nil else { return try await directPrivileges(of: groups) }
        guard !isMySQL else {
            throw EngineFailure(.serverError, "the guard for MySQL does not tell what groups may do")
        }
        let names: String
        do {
            names = String(decoding: try JSONEncoder().encode(groups), as: UTF8.self)
        } catch { throw EngineFailure(.invalid, "the groups' names cannot be written") }
        let rows: MariaDBRows
        do throws(EngineFailure) {
            rows = try await ask("CALL mayfly.privileges(?)", [names])
        } catch {
            // Who may not call a procedure is not told whether there is one.
            guard error.code == "1370" || error.code == "1305" else { throw error }
            throw EngineFailure(
                .serverError,
                "the server's guard is older than the broker, and does not tell what groups may do")
        }
        do throws(MariaDBError) {
            var lines: [String] = []
            for row in rows { lines.append(try row.string("line")) }
            guard lines.count > Self.privilegeLines else { return lines }
            return lines.prefix(Self.privilegeLines) + ["and more"]
        } catch { throw EngineFailure(error) }
    }

    /// The guard gives one more, so that it is known whether there are more.
    private static let privilegeLines = 200
}
