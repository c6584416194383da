import MayflyTesting
import SQLClients
import Testing

/// The throw-away server keeps its word; what the other tests build on.
@Suite(.timeLimit(.minutes(2)))
struct GuardHarnessTests {
    @Test func everybodyButTheSuperuserAuthenticatesWithSCRAM() async throws {
        let server = try await PostgreSQLServer.shared()
        try await server.execute("CREATE ROLE harness_login LOGIN")
        try await server.setPassword("right", of: "harness_login")
        let connection = try await server.connect(
            as: "harness_login", password: "right", database: "postgres")
        await connection.close()
        await #expect(throws: PostgreSQLError.self) {
            _ = try await server.connect(as: "harness_login", password: "wrong", database: "postgres")
        }
        let stored = try await server.execute(
            "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' AS scram FROM pg_authid WHERE rolname = 'harness_login'"
        )
        #expect(try stored.only().bool("scram"))
    }

    @Test func aStandbyReplaysAndTakesWritesOncePromoted() async throws {
        let primary = try await PostgreSQLServer.start()
        let standby = try await primary.makeStandby()
        try await primary.execute("CREATE ROLE made_on_primary")
        try await primary.waitForReplay(on: standby)
        let roles = try await standby.execute("SELECT FROM pg_roles WHERE rolname = 'made_on_primary'")
        #expect(roles.count == 1)
        try await primary.stop(.immediate)
        #expect(!primary.isRunning)
        try await standby.promote()
        try await standby.execute("DROP ROLE made_on_primary")
    }

    @Test func aFrozenServerAnswersOnceItThaws() async throws {
        let server = try await PostgreSQLServer.start()
        let connection = try await server.superuser()
        try await server.freeze()
        await #expect(throws: PostgreSQLError.self) {
            _ = try await connection.query("SELECT 1", [], timeout: .milliseconds(200))
        }
        try server.thaw()
        try await server.execute("SELECT 1")
        try await server.restart(.immediate)
        try await server.execute("SELECT 1")
    }
}
