import Foundation
import Glibc
import MayflyCore
import MayflyTesting
import SQLClients
import Synchronization
import Testing

/// Sessions in every state in which a lease's end may find them, on a server with room for many.
@Suite(.serialized) struct PostgreSQLSessionEndTests {
    private static let shared = Task {
        try await PostgreSQLEnvironment.make(
            try await PostgreSQLServer.start(settings: ["max_connections = 620", "shared_buffers = 64MB"]))
    }

    private func suite() async throws -> DatabaseEngineConformance<PostgreSQLEnvironment> {
        DatabaseEngineConformance(try await Self.shared.value)
    }

    private func sessions(of made: DatabaseEngineConformance<PostgreSQLEnvironment>.Made) async throws -> Int
    {
        try await Self.shared.value.server.execute(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = $1", [made.order.role.rawValue]
        ).only().int("n")
    }

    @Test func fiveHundredSessionsOfOneRoleAreCut() async throws {
        let suite = try await suite()
        let made = try suite.order()
        var order = made.order
        order.connectionLimit = 600
        _ = try await #require(suite.engine.issue([order]).first).get()
        let server = suite.environment.server
        let (name, password) = (order.role.rawValue, made.password)
        let open = try await withThrowingTaskGroup(of: [PostgreSQLConnection].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    var own: [PostgreSQLConnection] = []
                    for _ in 0..<25 {
                        own.append(
                            try await server.connect(
                                as: name, password: password, database: "orders"))
                    }
                    return own
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(try await sessions(of: made) == 500)
        try await suite.expectGone(made, sessionsEnded: 500)
        #expect(try await sessions(of: made) == 0)
        for connection in open { await connection.close() }
    }

    @Test func sessionsAreCutInWhateverTheyAre() async throws {
        let suite = try await suite()
        let server = suite.environment.server
        let made = try suite.order()
        try await suite.issue(made)
        let name = made.order.role.rawValue
        func session() async throws -> PostgreSQLConnection {
            try await server.connect(as: name, password: made.password, database: "orders")
        }
        // Idle in a transaction, with locks, a temporary table and a place in the queue of notifications.
        let idle = try await session()
        for statement in [
            "SELECT pg_advisory_lock(4711)", "CREATE TEMPORARY TABLE scratch (a text)", "BEGIN",
            "LISTEN news",
            "SELECT count(*) FROM customers", "INSERT INTO scratch VALUES ('x')",
        ] { _ = try await idle.query(statement) }
        let blocked = try await session()
        // It may get the lock in the moment in which its holder is ended; it is ended all the same.
        async let waiting: Void = {
            do { _ = try await blocked.query("SELECT pg_advisory_lock(4711)") } catch {}
        }()
        let working = try await session()
        async let sleeping: Void = expectEnded { _ = try await working.query("SELECT pg_sleep(50)") }
        // In COPY: what psql would read comes from a pipe that nothing is written to.
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let copying = try TestCommand.spawn(
            [
                "env", "PGPASSWORD=\(made.password)", "psql", "-X", "-q", "-h", "127.0.0.1", "-p",
                "\(server.port)",
                "-U", name, "-d", "orders", "-c", "CREATE TEMPORARY TABLE copied (a text)", "-c",
                "COPY copied FROM STDIN",
            ], input: ends[0], output: null)
        try await eventually("they are as they should be") {
            let rows = try await server.execute(
                "SELECT coalesce(state, '') || ' ' || coalesce(wait_event, '') || ' ' || left(query, 4) AS s FROM pg_stat_activity WHERE usename = $1",
                [name])
            let states = Set(try rows.map { try $0.string("s") })
            return states.isSuperset(of: [
                "active advisory SELE", "active PgSleep SELE", "idle in transaction ClientRead INSE",
                "active ClientRead COPY",
            ])
        }

        try await suite.expectGone(made, sessionsEnded: 4)
        #expect(try await sessions(of: made) == 0)
        _ = await (waiting, sleeping)
        for ended in [idle, blocked, working] {
            await #expect(throws: (any Error).self) { _ = try await ended.query("SELECT 1") }
        }
        close(ends[0])
        close(ends[1])
        close(null)
        var status: Int32 = 0
        #expect(waitpid(copying, &status, 0) == copying)
        #expect(
            try await server.execute(
                "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711", database: "orders"
            ).isEmpty)
        #expect(
            try await server.execute(
                "SELECT FROM pg_class WHERE relname IN ('scratch', 'copied')", database: "orders"
            ).isEmpty)
    }

    private func expectEnded(_ body: () async throws -> Void) async {
        await #expect(throws: (any Error).self) { try await body() }
    }

    @Test func aClientThatReconnectsInALoopIsGoneToo() async throws {
        let suite = try await suite()
        let server = suite.environment.server
        let made = try suite.order()
        try await suite.issue(made)
        let name = made.order.role.rawValue
        let served = Served()
        let loops = (0..<4).map { _ in
            Task {
                // Until it is refused for what it is, not for a moment's trouble.
                while !Task.isCancelled {
                    do {
                        let session = try await server.connect(
                            as: name, password: made.password, database: "orders")
                        _ = try await session.query("SELECT count(*) FROM customers")
                        served.count.withLock { $0 += 1 }
                    } catch let error as PostgreSQLError {
                        guard let state = error.sqlState else { continue }
                        if state.code == "28000" || state.code == "28P01" { return }
                    }
                }
            }
        }
        try await eventually("they are in") { served.count.withLock { $0 } >= 4 }
        guard case .gone = try await suite.revoke(made) else {
            Issue.record("not gone")
            for loop in loops { loop.cancel() }
            return
        }
        // Whether one was there in that moment is chance.
        for loop in loops { try await loop.value }
        #expect(try await sessions(of: made) == 0)
        #expect(try await !suite.environment.roleExists(name))
    }

    private final class Served: Sendable {
        let count = Mutex(0)
    }

    /// Since 16 whoever grants a group holds it until the transaction ends, and a role that is to lose it has to wait.
    @Test func aTransactionThatGrantsTheSameGroupIsWaitedFor() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        let dba = try await suite.environment.server.superuser()
        _ = try await dba.query("CREATE ROLE a_colleague")
        _ = try await dba.query("BEGIN")
        _ = try await dba.query("GRANT orders_readonly TO a_colleague")
        async let held: Void = {
            _ = try await dba.query("SELECT pg_sleep(0.7)")
            _ = try await dba.query("COMMIT")
        }()
        try await suite.expectGone(made)
        try await held
        _ = try await dba.query("DROP ROLE a_colleague")
        await dba.close()
    }

    /// More leases than could each be waited for within the time of a call.
    @Test func aTransactionThatHoldsTheGroupForLongKeepsNoAccessAlive() async throws {
        let suite = try await suite()
        let made = try (0..<30).map { _ in try suite.order() }
        for answer in await suite.engine.issue(made.map(\.order)) { _ = try answer.get() }
        let session = try await suite.environment.logIn(made[20].order.role, password: made[20].password)
        try await session.run("SELECT 1")
        let dba = try await suite.environment.server.superuser()
        _ = try await dba.query("CREATE ROLE an_idler")
        _ = try await dba.query("BEGIN")
        _ = try await dba.query("GRANT orders_readonly TO an_idler")
        let outcomes = await suite.engine.revoke(made.map(\.reference), .full)
        await #expect(throws: (any Error).self) { try await session.run("SELECT 1") }
        let open = try await suite.environment.server.execute(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname = ANY ($1::text[])",
            ["{\(made.map(\.order.role.rawValue).joined(separator: ","))}"])
        #expect(open.isEmpty)
        for outcome in outcomes {
            switch outcome {
            case .gone: continue  // before 16
            case .failed(let failure): #expect(failure.message.contains("or a group of it"))
            case .locked: Issue.record("\(outcome)")
            }
        }
        _ = try await dba.query("ROLLBACK")
        _ = try await dba.query("DROP ROLE an_idler")
        await dba.close()
        for one in made {
            guard case .gone = try await suite.revoke(one) else {
                Issue.record("not gone")
                return
            }
        }
    }

    @Test func aRoleMadeSuperuserIsEndedWhateverItsSessionsCallThemselvesAndThatIsTold() async throws {
        let suite = try await suite()
        let server = suite.environment.server
        let made = try suite.order()
        try await suite.issue(made)
        let name = made.order.role.rawValue
        try await server.execute("ALTER ROLE \(name) SUPERUSER")
        let session = try await server.connect(as: name, password: made.password, database: "orders")
        _ = try await session.query("SET SESSION AUTHORIZATION postgres")
        let outcome = try await suite.revoke(made)
        #expect(outcome == .gone(sessionsEnded: 1, RevocationRemarks(found: "SUPERUSER")))
        await #expect(throws: (any Error).self) { _ = try await session.query("SELECT 1") }
        #expect(try await !suite.environment.roleExists(name))
    }

    @Test func aRoleThatADBADroppedIsGoneAndThatIsTold() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        try await suite.environment.dropRole(made.order.role)
        let expected = RevokeOutcome.gone(
            sessionsEnded: 0, RevocationRemarks(found: "dropped by somebody else"))
        #expect(try await suite.revoke(made) == expected)
        // The record may not have come about the first time.
        #expect(try await suite.revoke(made) == expected)
    }

    /// A guard that this installation did not install, and a broker of it, that made a role of the same looks.
    @Test func aRoleOfAnotherInstallationIsNeverTouched() async throws {
        let suite = try await suite()
        let server = suite.environment.server
        // Both are what their types take.
        let lease = LeaseID(rawValue: UUID().uuidString.lowercased())!
        for tag in ["zz", "cf"] {
            let foreign = RoleName(rawValue: "mf_\(tag)_bob_\(String(repeating: "q", count: 13))")!
            try await server.execute("CREATE ROLE \(foreign) LOGIN")
            try await server.execute(
                "COMMENT ON ROLE \(foreign) IS 'mayfly installation=elsewhere lease=\(lease) until=2099-01-01T00:00:00Z requester=bob'"
            )
            try await server.setPassword("x", of: foreign.rawValue)
            let session = try await server.connect(as: foreign.rawValue, password: "x", database: "orders")
            let roles = try await suite.engine.roles()
            #expect(
                roles.filter { $0.role == foreign.rawValue }.map(\.standing) == (tag == "cf" ? [.stray] : []))
            guard
                case .failed(let failure)? = await suite.engine.revoke(
                    [RoleReference(lease: lease, role: foreign)], .brief
                ).first
            else {
                Issue.record("the role of another installation was not refused")
                return
            }
            #expect(failure.kind == .refusedByGuard)
            #expect(try await suite.engine.endLateSessions([RoleReference(lease: lease, role: foreign)]) == 0)
            _ = try await session.query("SELECT 1")
            #expect(try await suite.environment.roleExists(foreign.rawValue))
            await session.close()
            try await server.execute("DROP ROLE \(foreign)")
        }
    }

    /// A zone whose clocks change within the lease, forward and back.
    @Test(arguments: [("AAA5BBB", 1), ("AAA5BBB", -1), ("AAA-5:45BBB", 1)])
    func aChangeOfTheClocksMovesNoEnd(zone: String, direction: Int) async throws {
        let suite = try await suite()
        let server = suite.environment.server
        let now = try await server.execute(
            """
            SELECT extract(doy FROM t)::int AS day, to_char(t, 'HH24:MI:SS') AS at, extract(doy FROM u)::int AS other
              FROM (SELECT clock_timestamp() AT TIME ZONE $1 + $2::interval AS t,
                           clock_timestamp() AT TIME ZONE $1 + interval '60 days' AS u) AS x
            """,
            // When they go back, that is said in the time that ends then.
            [zone == "AAA5BBB" ? "AAA5" : "AAA-5:45", direction > 0 ? "5 minutes" : "65 minutes"]
        ).only()
        let change = "\(try now.int("day") - 1)/\(try now.string("at"))"
        let other = "\(try now.int("other") - 1)/0"
        let full = zone + (direction > 0 ? ",\(change),\(other)" : ",\(other),\(change)")
        try await server.execute("ALTER SYSTEM SET timezone = '\(full)'")
        try await server.reload()
        try await eventually("the server has the zone") {
            // Not through our own client, which asks for UTC.
            try await server.psql(script: "SHOW timezone").contains(full)
        }
        let made = try suite.order(ttl: 900)
        let issued = try await suite.issue(made)
        #expect(abs(issued.validUntil.timeIntervalSinceNow - 900) < 120)
        func end() async throws -> Double {
            try await server.execute(
                "SELECT extract(epoch FROM rolvaliduntil - clock_timestamp())::text AS s FROM pg_roles WHERE rolname = $1",
                [made.order.role.rawValue]
            ).only().double("s")
        }
        #expect(abs(try await end() - 900) < 120)
        let renewed = try await #require(
            suite.engine.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1800))]).first
        ).get()
        #expect(abs(renewed.timeIntervalSinceNow - 1800) < 120)
        #expect(abs(try await end() - 1800) < 120)
        #expect(try await suite.engine.roles().first { $0.lease == made.order.lease }?.isOverdue == false)
        try await suite.expectGone(made)
        try await server.execute("ALTER SYSTEM RESET timezone")
        try await server.reload()
    }
}
