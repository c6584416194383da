import Foundation
package import MayflyCore
import SQLClients
import Synchronization

extension PostgreSQLEngine {
    package func endLateSessions(_ roles: [RoleReference]) async throws(EngineFailure) -> Int {
        let members = roles.map { GuardMembers.Lease($0.lease) }
        let deadline = deadline
        var ended = 0
        var firstFailure: EngineFailure?
        for caller in [caller] + replicas.callers {
            for answer in await caller.call(.terminate, members, by: deadline) {
                switch PostgreSQLCaller.read(
                    [answer], { (row) throws(PostgreSQLError) in try row.int("terminated") })[0]
                {
                case .success(let count): ended += count
                case .failure(let failure):
                    // A role that no register knows has no session that is ours to end.
                    if failure.code != GuardCode.notOurs?.code { firstFailure = firstFailure ?? failure }
                }
            }
        }
        if let firstFailure { throw firstFailure }
        return ended
    }

    package func health() async -> EngineHealth {
        do throws(EngineFailure) {
            let before = Date()
            let rows =
                if let direct { try await directHealth(direct) } else {
                    try await ask(
                        guardPool,
                        """
                        SELECT current_setting('server_version') AS version, mayfly.describe() ->> 'guard_version' AS guard,
                               extract(epoch FROM clock_timestamp())::text AS now,
                               (SELECT count(*) FROM mayfly.sessions()) AS sessions  -- which remembers that roles were used
                        """)
                }
            let middle = before.addingTimeInterval(Date().timeIntervalSince(before) / 2)
            do throws(PostgreSQLError) {
                let row = try rows.only()
                let guardVersion = try row.optionalInt("guard")
                let mismatch = direct == nil ? Self.mismatch(guardVersion) : nil
                guardMismatch.withLock { $0 = mismatch }
                self.guardVersion.withLock { $0 = guardVersion }
                return EngineHealth(
                    reachable: true, serverVersion: try row.string("version"), guardVersion: guardVersion,
                    clockSkew: try row.double("now") - middle.timeIntervalSince1970, failure: mismatch)
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            switch error.kind {
            case .guardUnusable where error.code != "3D000":
                return EngineHealth(reachable: true, failure: error)
            default: return EngineHealth(reachable: false, failure: error)
            }
        }
    }

    private static func mismatch(_ version: Int?) -> EngineFailure? {
        let supported = PostgreSQLGuard.oldest...PostgreSQLGuard.version
        if let version, supported.contains(version) { return nil }
        return EngineFailure(
            .guardUnusable,
            "the guard is of version \(version.map(String.init) ?? "unknown"), this program's is "
                + "\(PostgreSQLGuard.version)",
            hint: "`mayflyd check --connect` says what a DBA would run")
    }

    /// One question that changes nothing.
    func ask(
        _ pool: PostgreSQLPool, _ statement: String, _ values: [String?] = []
    ) async throws(EngineFailure) -> PostgreSQLRows {
        let deadline = deadline
        for attempt in 0... {
            do throws(PostgreSQLError) {
                return try await pool.withConnection(.ending, by: deadline) {
                    (connection) throws(PostgreSQLError) in
                    let left = ContinuousClock.now.duration(to: deadline)
                    guard left > .zero else { throw .noConnection }
                    return try await connection.query(statement, values, timeout: left)
                }
            } catch {
                // It changes nothing, so asking again on a new connection is safe, and no answer is no answer.
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
