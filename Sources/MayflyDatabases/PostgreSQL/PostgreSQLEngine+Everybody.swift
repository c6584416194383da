import MayflyCore
import SQLClients

/// What every lease can do because everybody can (PUBLIC): it comes with no profile, and no profile takes it away.
extension PostgreSQLEngine {
    /// The statement of each gives what it takes away to who has need of it, as far as the catalogue tells, before it takes it
    /// from everybody: a REVOKE alone would lock all of them out.
    func everybodyFindings(in database: String) async -> [Finding] {
        guard let pool = cleanupPools[database] else { return [] }
        let check = "everybody in \(database.quoted())"
        let statement = String(decoding: PackageResources.everybody_sql, as: UTF8.self)
        do throws(EngineFailure) {
            let rows = try await ask(pool, statement)
            do throws(PostgreSQLError) {
                var findings: [Finding] = []
                for row in rows {
                    findings.append(
                        Finding(
                            .warning, check, try row.string("message"), statement: try row.string("statement")
                        ))
                }
                return findings
            } catch { throw EngineFailure(error) }
        } catch {
            return [Finding(.warning, check, "what everybody may do: \(error.message)")]
        }
    }
}
