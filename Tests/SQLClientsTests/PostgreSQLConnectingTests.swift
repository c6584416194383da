import Glibc
import MayflyTesting
import SQLClients
import Testing

@Suite struct PostgreSQLConnectingTests {
    /// The code of the first host's refusal.
    private func refusal(_ parameters: PostgreSQLParameters) async -> PostgreSQLError? {
        do throws(PostgreSQLError) {
            await (try PostgreSQLConnection.connect(parameters, timeout: .seconds(20))).close()
            return nil
        } catch {
            return error
        }
    }

    @Test func aWrongPasswordIsToldByItsCode() async throws {
        let server = try await PostgreSQLServer.shared()
        let error = await refusal(server.parameters(as: "postgres", password: "wrong", database: "postgres"))
        #expect(error?.sqlState == .invalidPassword)
        #expect(error?.isUnknownOutcome == false)
    }

    // That PGPASSWORD does not help is tested on `mayflyd check`: here it would be set for all tests at once.
    @Test func noPasswordIsAWrongOne() async throws {
        let server = try await PostgreSQLServer.shared()
        let error = await refusal(server.parameters(as: "postgres", password: nil, database: "postgres"))
        #expect(error?.sqlState == .invalidPassword)
    }

    @Test func aMissingDatabaseIsToldByItsCode() async throws {
        let server = try await PostgreSQLServer.shared()
        let parameters = server.parameters(
            as: "postgres", password: PostgreSQLServer.superuserPassword,
            database: "host=evil dbname=postgres")
        #expect(await refusal(parameters)?.sqlState == .invalidCatalogName)
    }

    @Test func nobodyListeningIsUnreachable() async throws {
        var parameters = try await PostgreSQLServer.shared().parameters(
            as: "postgres", password: "x", database: "postgres")
        parameters.port = try PostgreSQLServer.freePort()
        guard case .cannotConnect(let failures) = await refusal(parameters) else {
            Issue.record("connected")
            return
        }
        #expect(failures.map(\.reason) == [.unreachable])
    }

    @Test func aHostThatDoesNotAnswerLeavesTimeForTheNext() async throws {
        let server = try await PostgreSQLServer.shared()
        var parameters = server.parameters(
            as: "postgres", password: PostgreSQLServer.superuserPassword, database: "postgres")
        // TEST-NET-1 (RFC 5737): nobody answers there.
        parameters.hosts = ["192.0.2.1", "127.0.0.1"]
        let connection = try await PostgreSQLConnection.connect(parameters, timeout: .seconds(12))
        #expect(await connection.server.host == "127.0.0.1")
    }

    @Test func aStoppedServerCostsTheDeadlineAndNoMore() async throws {
        let server = try await PostgreSQLServer.start()
        let connection = try await server.superuser()
        try await server.freeze()
        let start = ContinuousClock.now
        await #expect(throws: PostgreSQLError.timedOut(after: .seconds(1))) {
            _ = try await connection.query("SELECT 1", timeout: .seconds(1))
        }
        let parameters = server.parameters(as: "postgres", password: "x", database: "postgres")
        await #expect(throws: PostgreSQLError.self) {
            _ = try await PostgreSQLConnection.connect(parameters, timeout: .seconds(1))
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        try server.thaw()
    }

    @Test func aServerThatWentAwayWhileIdleShowsWithoutACall() async throws {
        let server = try await PostgreSQLServer.start()
        let connection = try await server.superuser()
        #expect(await connection.isAlive())
        try await server.stop(.fast)
        #expect(await !connection.isAlive())
    }

    @Test func aServerThatCrashesInACallLeavesTheOutcomeUnknown() async throws {
        let server = try await PostgreSQLServer.start()
        let connection = try await server.superuser()
        let pid = await connection.server.backendPID
        let watcher = try await server.superuser()
        async let answer = connection.query("SELECT pg_sleep(60)")
        try await eventually("the statement runs") {
            let sql = "SELECT FROM pg_stat_activity WHERE pid = $1::int AND state = 'active'"
            return try await watcher.query(sql, ["\(pid)"]).count == 1
        }
        kill(pid_t(pid), SIGKILL)
        do {
            _ = try await answer
            Issue.record("no error")
        } catch let error as PostgreSQLError {
            #expect(error.isUnknownOutcome)
        }
    }

    @Test func aStandbyIsPassedOverForTheWritableServer() async throws {
        let primary = try await PostgreSQLServer.start()
        let standby = try await primary.makeStandby()
        var parameters = standby.parameters(
            as: "postgres", password: PostgreSQLServer.superuserPassword, database: "postgres")
        parameters.requiresWritable = true
        guard case .cannotConnect(let failures) = await refusal(parameters) else {
            Issue.record("took a standby")
            return
        }
        #expect(failures.map(\.reason) == [.readOnly])
    }

    @Test(arguments: [
        PostgreSQLParameters(hosts: [], database: "d", user: "u", tls: .disable),
        PostgreSQLParameters(hosts: ["a,b"], database: "d", user: "u", tls: .disable),
        PostgreSQLParameters(hosts: ["a"], database: "d\u{0}", user: "u", tls: .disable),
        PostgreSQLParameters(hosts: ["a"], database: "d", user: "", tls: .disable),
        PostgreSQLParameters(hosts: ["a"], port: 0, database: "d", user: "u", tls: .disable),
    ])
    func parametersThatCannotBeAreRefused(parameters: PostgreSQLParameters) async {
        guard case .invalidValue = await refusal(parameters) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func noPasswordGoesOverAConnectionThatIsNotAsSecureAsAskedFor() async throws {
        // The server has no TLS: with verification asked for, nothing is sent.
        var parameters = try await PostgreSQLServer.shared().parameters(
            as: "postgres", password: PostgreSQLServer.superuserPassword, database: "postgres")
        parameters.tls = .require
        guard case .cannotConnect(let failures) = await refusal(parameters) else {
            Issue.record("connected without TLS")
            return
        }
        #expect(failures.map(\.reason) == [.unreachable])
    }

    @Test func aPasswordIsNeverPrinted() {
        let password = AccountPassword(copying: "hunter2".utf8)
        let parameters = PostgreSQLParameters(
            hosts: ["a"], database: "d", user: "u", password: password, tls: .disable)
        var dumped = ""
        dump(parameters, to: &dumped)
        #expect(!"\(password) \(parameters) \(dumped)".contains("hunter2"))
    }
}
