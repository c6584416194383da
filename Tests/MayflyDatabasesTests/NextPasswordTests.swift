import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Synchronization
import Testing

/// A daemon whose account gets a new password: it is asked for at each connect, and the next one is tried where the other
/// is refused.
@Suite struct NextPasswordTests {
    private final class Passwords: Sendable {
        let current: Mutex<String>
        let next = Mutex<String?>(nil)
        init(_ current: String) { self.current = Mutex(current) }
    }

    @Test func aRunningEngineGoesOnThroughARotationAndACrashInIt() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let passwords = Passwords(PostgreSQLEnvironment.password)
        let engine = PostgreSQLEngine(
            definition: environment.definition, installation: PostgreSQLEnvironment.installation,
            nextPassword: { passwords.next.withLock { $0.map { AccountPassword(copying: $0.utf8) } } },
            password: { passwords.current.withLock { AccountPassword(copying: $0.utf8) } })
        let suite = DatabaseEngineConformance(environment)
        func issues() async throws {
            try await environment.server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mayfly'")
            let made = try suite.order()
            _ = try await #require(engine.issue([made.order]).first).get()
            guard case .gone = await engine.revoke([made.reference], .full)[0] else {
                Issue.record("not gone")
                return
            }
        }
        try await issues()
        // Between the server's change and the file's.
        passwords.next.withLock { $0 = "the-next-one" }
        try await issues()
        try await environment.server.setPassword("the-next-one", of: "mayfly")
        try await issues()
        passwords.current.withLock { $0 = "the-next-one" }
        passwords.next.withLock { $0 = nil }
        try await issues()
        // Neither: it is said to be that.
        try await environment.server.setPassword("another", of: "mayfly")
        try await environment.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mayfly'")
        try await eventually("the failure is known") {
            await engine.health().failure?.kind == .notAuthenticated
        }
        await engine.close()
    }
}
