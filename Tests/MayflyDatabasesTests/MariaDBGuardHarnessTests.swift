import MayflyTesting
import SQLClients
import Testing

/// The throw-away MariaDB server itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MariaDBGuardHarnessTests {
    @Test func theServerCanBeStoppedStartedCrashedFrozenAndThawed() async throws {
        let server = try await MariaDBServer.start()
        try await server.execute("CREATE SCHEMA kept")
        #expect(server.isRunning)
        try await server.stop()
        #expect(!server.isRunning)
        await #expect(throws: MariaDBError.self) { try await server.execute("SELECT 1") }
        try await server.start()
        try await server.restart(crashing: true)
        #expect(try await server.execute("SHOW SCHEMAS LIKE 'kept'").count == 1)
        try await server.freeze()
        await #expect(throws: MariaDBError.self) {
            _ = try await MariaDBConnection.connect(
                server.parameters(as: "root", password: nil), timeout: .milliseconds(300))
        }
        try server.thaw()
        try await server.execute("SELECT 1")
    }

    @Test func nobodyButRootComesWithoutAPassword() async throws {
        let server = try await MariaDBServer.shared()
        await #expect(throws: MariaDBError.self) { _ = try await server.connect(as: "nobody", password: nil) }
    }
}
