import Foundation
package import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// What is cut off at the end are the narrowest.
    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        try await effectivePrivileges(of: groups).lines(limit: Self.privilegeLines)
    }

    /// Read from the catalogue of the database that login roles connect to, which everybody may read.
    package func effectivePrivileges(of groups: [String]) async throws(EngineFailure) -> EffectivePrivileges {
        guard let pool = cleanupPools[definition.database] else { return EffectivePrivileges([]) }
        let names: String
        do {
            names = String(decoding: try JSONEncoder().encode(groups), as: UTF8.self)
        } catch { throw EngineFailure(.invalid, "the groups' names cannot be written") }
        let statement = String(decoding: PackageResources.effective_privileges_sql, as: UTF8.self)
        let rows = try await ask(pool, statement, [names])
        var entries: [EffectivePrivileges.Entry] = []
        for row in rows {
            do throws(PostgreSQLError) {
                let privileges = try row.string("privileges")
                do throws(EngineFailure) {
                    entries.append(
                        .init(
                            kind: try text(row, "kind"), name: try text(row, "name"),
                            privileges: try GuardDescription.decode(privileges),
                            isPublic: try text(row, "is_public") == "t"))
                } catch { throw .unexpectedAnswer(error.message) }
            } catch { throw EngineFailure(error) }
        }
        return EffectivePrivileges(entries)
    }

    private func text(_ row: PostgreSQLRow, _ column: String) throws(EngineFailure) -> String {
        do throws(PostgreSQLError) { return try row.string(column) } catch { throw EngineFailure(error) }
    }

    private static let privilegeLines = 200
}
