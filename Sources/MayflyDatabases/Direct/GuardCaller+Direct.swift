import MayflyCore
import SQLClients

extension GuardCaller {
    /// Runs the raw SQL of profiles for the end of their roles (`mode: direct`), once nobody acts as the role any more
    /// and before what hangs on it is looked at. A role whose statements fail stays locked, and is tried again.
    func runRevocationStatements(_ batch: inout Revocation, by deadline: ContinuousClock.Instant) async {
        guard let direct else { return }
        let open = batch.open.filter { !batch.members[$0].wasGone }
        do throws(EngineFailure) {
            let entries = try await direct.register.entries(
                of: open.map { batch.members[$0].reference.lease })
            for index in open {
                guard let entry = entries[batch.members[index].reference.lease],
                    !entry.revocationStatements.isEmpty
                else { continue }
                do throws(Dialect.Failure) {
                    try await pool.withConnection(.ending, by: deadline) {
                        (connection) throws(Dialect.Failure) in
                        try await direct.runRevocationStatements(
                            of: entry, on: DirectSession(connection, by: deadline))
                    }
                } catch {
                    var failure = Dialect.failure(error)
                    failure.message = "revocation_statements: \(failure.message)"
                    batch.fail(index, failure)
                }
            }
        } catch {
            for index in open { batch.fail(index, error) }
        }
    }
}
