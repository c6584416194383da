import MayflyCore
import SQLClients

/// Transactions that somebody prepared with our account, who never prepare one.
///
/// Such a one holds rows of the guard, and on 16 and newer group roles, for ever: no session has it that could be ended, and
/// what waits for it (locking a lease, tending narrowed groups) does not come to its end.
extension PostgreSQLEngine {
    func preparedFindings() async -> [Finding] {
        let check = "account"
        let statement = """
            SELECT pg_catalog.quote_ident(p.database) AS place, pg_catalog.quote_literal(p.gid) AS gid,
                   pg_catalog.to_char(p.prepared, 'YYYY-MM-DD"T"HH24:MI:SSOF') AS since
              FROM pg_catalog.pg_prepared_xacts p WHERE p.owner = current_user ORDER BY p.prepared LIMIT 20
            """
        do throws(EngineFailure) {
            let rows = try await ask(guardPool, statement)
            do throws(PostgreSQLError) {
                var findings: [Finding] = []
                for row in rows {
                    findings.append(
                        Finding(
                            .error, check,
                            "a transaction was prepared with our account, which never does, at "
                                + "\(try row.string("since")): somebody else has its password, and what the "
                                + "transaction holds keeps leases from being ended",
                            statement: "ROLLBACK PREPARED \(try row.string("gid"));  -- in the database "
                                + "\(try row.string("place")); then `mayflyd rotate-account \(definition.name)`"
                        ))
                }
                return findings
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return [Finding(.warning, check, "transactions prepared with our account: \(error.message)")]
        }
    }
}
