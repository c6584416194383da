import Foundation
package import MayflyCore
import SQLClients
import Synchronization

extension MariaDBEngine {
    package func endLateSessions(_ roles: [RoleReference]) async throws(EngineFailure) -> Int {
        let members = roles.map { GuardMembers.Lease($0.lease) }
        let deadline = deadline
        var ended = 0
        var firstFailure: EngineFailure?
        for caller in [asker] + replicas.callers {
            let answers = await caller.call(.terminate, members, by: deadline)
            let counts = MariaDBCaller.read(answers) { (row) throws(MariaDBError) in try row.int("terminated")
            }
            for count in counts {
                switch count {
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
            let rows = try await ask("SELECT VERSION() AS version, UNIX_TIMESTAMP(SYSDATE(6)) AS now")
            let middle = before.addingTimeInterval(Date().timeIntervalSince(before) / 2)
            // Which remembers that accounts were used.
            if let direct {
                try await directSessions(direct)
            } else {
                _ = try await ask("CALL mayfly.sessions()")
            }
            let guardVersion: Int? = direct == nil ? try await describe().guard_version : nil
            let mismatch = guardVersion.flatMap(mismatch)
            guardMismatch.withLock { $0 = mismatch }
            do throws(MariaDBError) {
                let row = try rows.only()
                return EngineHealth(
                    reachable: true, serverVersion: try row.string("version"),
                    guardVersion: guardVersion,
                    clockSkew: try row.double("now") - middle.timeIntervalSince1970, failure: mismatch)
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return EngineHealth(reachable: error.kind == .guardUnusable, failure: error)
        }
    }

    private func mismatch(_ version: Int) -> EngineFailure? {
        guard !(MariaDBGuard.Module.oldest...guardModule.version).contains(version) else { return nil }
        return EngineFailure(
            .guardUnusable,
            "the guard is of version \(version), this program's is \(guardModule.version)",
            hint: "`mayflyd check --connect` says what a DBA would run")
    }

    /// What the guard says of itself.
    func describe() async throws(EngineFailure) -> MariaDBGuardDescription {
        let rows = try await ask("CALL mayfly.describe()")
        guard rows.count == 1, let text = rows[0].values.first ?? nil else {
            throw EngineFailure(.guardUnusable, "the server's answer was not as expected")
        }
        return try MariaDBGuardDescription.decode(text)
    }
}
