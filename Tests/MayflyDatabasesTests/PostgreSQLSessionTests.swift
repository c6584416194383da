import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// Following sessions on a real PostgreSQL server.
@Suite struct PostgreSQLSessionTests {
    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await PostgreSQLEnvironment.shared())
    }

    @Test func aLookFindsTheSessionsOfOurRolesAndOfNobodyElse() async throws {
        try await suite().aLookFindsTheSessionsOfOurRolesAndOfNobodyElse(tellsStart: true)
    }

    @Test func howSessionsEndIsProvedNotGuessed() async throws {
        let suite = try await suite()
        try await suite.howSessionsEndIsProvedNotGuessed(
            tellsClients: try await suite.environment.server.majorVersion() >= 15)
    }

    @Test func aLookAtManySessionsIsCheap() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        try await DatabaseEngineConformance(environment).aLookAtManySessionsIsCheap(
            count: 80, within: .milliseconds(500))
        await environment.engine.close()
    }

    @Test func anotherSessionIsNeverEndedInItsPlace() async throws {
        let guarded = try await GuardAttackServer.shared()
        let lease = try await guarded.issue()
        let leaser = try await guarded.leaser(lease)
        let victim = try await guarded.server.superuser(database: "app")
        func row(_ connection: PostgreSQLConnection) async throws -> (pid: String, started: String) {
            let row = try await connection.query(
                "SELECT pid::text, extract(epoch FROM backend_start)::text AS s FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            ).only()
            return (try row.string("pid"), try row.string("s"))
        }
        let (own, other) = (try await row(leaser), try await row(victim))
        func member(_ number: String, _ started: String) -> String {
            #"[{"lease": "\#(lease.id)", "number": \#(number), "started": \#(started)}]"#
        }
        for batch in [
            member(other.pid, other.started), member(own.pid, other.started), member(own.pid, "0"),
            member(own.pid, "-1e300"), member(own.pid, "\(own.started)9e9"),
        ] {
            #expect(
                try await guarded.call("end_session", batch).only().optionalInt("terminated") == 0, "\(batch)"
            )
        }
        for batch in [
            member(own.pid, "null"), member("null", own.started), member("\"\(own.pid)\"", own.started),
            member("\(own.pid).5", own.started), member("99999999999", own.started), member("0", own.started),
            #"[{"lease": "\#(lease.id)", "number": \#(own.pid)}]"#,
        ] {
            try expectCode(try await guarded.call("end_session", batch).only(), "MF001")
        }
        _ = try await leaser.query("SELECT 1")
        _ = try await victim.query("SELECT 1")
        let row = try await guarded.call("end_session", member(own.pid, own.started)).only()
        #expect(try row.int("terminated") == 1)
        await #expect(throws: PostgreSQLError.self) { _ = try await leaser.query("SELECT 1") }
        await victim.close()
    }
}
