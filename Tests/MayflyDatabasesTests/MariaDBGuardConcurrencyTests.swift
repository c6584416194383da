import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Calls that run at the same time, as several connections of the broker, a second broker and the event make them.
    @Suite struct Concurrency {
        @Test func callsOfOtherLeasesNeitherFailEachOtherNorUndoWhatEachMade() async throws {
            let guarded = try await MariaDBGuardServer.start()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { try await Self.makeAndEnd(guarded, rounds: 12) } }
                for _ in 0..<2 { group.addTask { try await Self.endOverdue(guarded, times: 40) } }
                try await group.waitForAll()
            }
            let live = try await guarded.rows("roles")
            #expect(live.isEmpty, "left over: \(live.count)")
        }

        private static func endOverdue(_ guarded: MariaDBGuardServer, times: Int) async throws {
            for _ in 0..<times { _ = try await guarded.rows("end_overdue") }
        }

        /// On one connection: five leases each round, which all end.
        private static func makeAndEnd(_ guarded: MariaDBGuardServer, rounds: Int) async throws {
            let connection = try await guarded.broker()
            for _ in 0..<rounds {
                let members = (0..<5).map { _ in MariaDBGuardMember().fitting(guarded.server) }
                let batch = "[\(members.map(\.json).joined(separator: ","))]"
                let ids = "[\(members.map { #"{"lease": "\#($0.lease)"}"# }.joined(separator: ","))]"
                for (procedure, batch) in [("issue", batch), ("lock", ids), ("drop", ids)] {
                    let rows = try await call(connection, procedure, batch)
                    #expect(rows.count == 5)
                    for row in rows {
                        let (code, message) = (try row.string("code"), try row.string("message"))
                        #expect(code == "00000", "\(procedure): \(message)")
                    }
                }
            }
            await connection.close()
        }

        /// A call that fails as a whole was not done; the broker repeats one that had to give way to another.
        private static func call(
            _ connection: MariaDBConnection, _ procedure: String, _ batch: String
        ) async throws -> [MariaDBRow] {
            var left = 10
            while true {
                do throws(MariaDBError) {
                    let rows = try await connection.query("CALL mayfly.`\(procedure)`(?)", [batch])
                    return Array(rows)
                } catch {
                    left -= 1
                    guard error.number == .deadlock, left > 0 else { throw error }
                }
            }
        }
    }
}
