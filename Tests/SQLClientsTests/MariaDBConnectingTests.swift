import Foundation
import Glibc
import MayflyTesting
import SQLClients
import Testing

@Suite struct MariaDBConnectingTests {
    private func error(_ parameters: MariaDBParameters, timeout: Duration = .seconds(20)) async
        -> MariaDBError?
    {
        do throws(MariaDBError) {
            await (try MariaDBConnection.connect(parameters, timeout: timeout)).close()
            return nil
        } catch {
            return error
        }
    }

    private func account(_ name: String, _ identified: String) async throws -> MariaDBServer {
        let server = try await MariaDBServer.shared()
        try await server.execute("DROP USER IF EXISTS \(name)@localhost")
        try await server.execute("CREATE USER \(name)@localhost IDENTIFIED \(identified)")
        return server
    }

    @Test(.enabled(if: MariaDBServer.isMariaDBByDefault))
    func eachMethodThatProvesThePasswordWorks() async throws {
        let password = "0123456789abcdef0123456789abcdef"
        let native = try await account("native", "VIA mysql_native_password USING PASSWORD('\(password)')")
        #expect(await error(native.parameters(as: "native", password: password)) == nil)
        try await native.execute("INSTALL SONAME 'auth_ed25519'")
        let ed = try await account("ed", "VIA ed25519 USING PASSWORD('\(password)')")
        #expect(await error(ed.parameters(as: "ed", password: password)) == nil)
        #expect(await error(ed.parameters(as: "ed", password: "other"))?.number == .accessDenied)
        try await native.execute("DROP USER ed@localhost")
        try await native.execute("UNINSTALL SONAME 'auth_ed25519'")
    }

    @Test func aWrongPasswordIsToldByItsNumber() async throws {
        let server = try await account("wrong", "BY 'right'")
        let error = await error(server.parameters(as: "wrong", password: "wrong"))
        #expect(error?.number == .accessDenied)
        #expect(error?.isUnknownOutcome == false)
    }

    @Test func noPasswordIsAWrongOneWhateverTheEnvironmentAndOptionFilesSay() async throws {
        let server = try await account("none", "BY 'of-the-environment'")
        setenv("MYSQL_PWD", "of-the-environment", 1)
        setenv("MYSQL_HOST", "192.0.2.1", 1)
        setenv("MYSQL_TCP_PORT", "1", 1)
        setenv("MYSQL_UNIX_PORT", "/nowhere", 1)
        defer {
            for name in ["MYSQL_PWD", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT"] { unsetenv(name) }
        }
        #expect(await error(server.parameters(as: "none", password: nil))?.number == .accessDenied)
        #expect(await error(server.parameters(as: "none", password: "of-the-environment")) == nil)
    }

    @Test func aLockedAccountAndAMissingDatabaseAreToldByTheirNumbers() async throws {
        let server = try await account("locked", "BY 'x'")
        #expect(
            await error(server.parameters(as: "root", password: nil, database: "nothing"))?.number
                == .unknownDatabase)
        try await server.execute("ALTER USER locked@localhost ACCOUNT LOCK")
        let number = await error(server.parameters(as: "locked", password: "x"))?.number
        #expect(number == .accountIsLocked || number == .accountLocked)
    }

    @Test func nobodyListeningIsUnreachable() async throws {
        for host in ["127.0.0.1", "/nowhere/s"] {
            let parameters = MariaDBParameters(
                hosts: [host], port: try PostgreSQLServer.freePort(), user: "x", tls: .disable)
            guard case .cannotConnect(let failures) = await error(parameters) else {
                Issue.record("connected")
                return
            }
            #expect(failures.map(\.reason) == [.unreachable])
        }
    }

    /// Not on MySQL, whose method is not for plain TCP.
    @Test(.enabled(if: MariaDBServer.isMariaDBByDefault))
    func aHostThatDoesNotAnswerLeavesTimeForTheNext() async throws {
        let server = try await MariaDBServer.shared()
        try await server.execute("CREATE OR REPLACE USER tcp@'127.0.0.1' IDENTIFIED BY 'tcp'")
        let parameters = MariaDBParameters(
            // TEST-NET-1 (RFC 5737): nobody answers there.
            hosts: ["192.0.2.1", "127.0.0.1"], port: server.port, user: "tcp",
            password: AccountPassword(copying: "tcp".utf8), tls: .disable)
        let connection = try await MariaDBConnection.connect(parameters, timeout: .seconds(12))
        #expect(await connection.server.host == "127.0.0.1")
    }

    @Test func aStoppedServerCostsTheDeadlineAndNoMore() async throws {
        let server = try await MariaDBServer.start()
        let connection = try await server.connect(as: "root", password: nil)
        try await server.freeze()
        let start = ContinuousClock.now
        await #expect(throws: MariaDBError.timedOut(after: .seconds(1))) {
            _ = try await connection.query("SELECT 1", timeout: .seconds(1))
        }
        let overTCP = MariaDBParameters(
            hosts: ["127.0.0.1"], port: server.port, user: "root", tls: .require)
        for parameters in [server.parameters(as: "root", password: nil), overTCP] {
            guard case .cannotConnect(let failures) = await error(parameters, timeout: .seconds(1)) else {
                Issue.record("connected to a server that is stopped")
                return
            }
            #expect(failures.map(\.reason) == [.timedOut])
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        try server.thaw()
    }

    /// Unix sockets have no handshake of their own: connect(2) says EAGAIN while too many wait.
    @Test func aServerWithAFullQueueIsWaitedFor() async throws {
        let server = try await MariaDBServer.start(options: ["--back-log=2"])
        try await server.freeze()
        let waiting = try Self.fillQueue(at: server.socket)
        defer { for descriptor in waiting { _ = Glibc.close(descriptor) } }
        let parameters = server.parameters(as: "root", password: nil)
        guard case .cannotConnect(let failures) = await error(parameters, timeout: .seconds(1)) else {
            Issue.record("connected to a server that is stopped")
            return
        }
        #expect(failures.map(\.reason) == [.timedOut])
        async let failure = error(parameters, timeout: .seconds(60))
        try server.thaw()
        #expect(await failure == nil)
    }

    /// Connects until no more connection is taken.
    private static func fillQueue(at path: String) throws -> [CInt] {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        var taken: [CInt] = []
        while true {
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 {
                taken.append(descriptor)
                continue
            }
            let code = errno
            _ = Glibc.close(descriptor)
            guard code == EAGAIN else { throw TestServerError.system("connect", code) }
            return taken
        }
    }

    @Test(arguments: [Duration.zero, .seconds(-1)])
    func aDeadlineThatIsOverIsMissedAndNoMore(timeout: Duration) async throws {
        let server = try await MariaDBServer.shared()
        guard
            case .cannotConnect(let failures) =
                await error(server.parameters(as: "root", password: nil), timeout: timeout)
        else {
            Issue.record("connected when it was too late")
            return
        }
        #expect(failures.map(\.reason) == [.timedOut])
    }

    @Test func aServerThatWentAwayWhileIdleShowsWithoutACall() async throws {
        let server = try await MariaDBServer.start()
        let connection = try await server.connect(as: "root", password: nil)
        #expect(await connection.isAlive())
        try await server.stop()
        #expect(await !connection.isAlive())
    }

    @Test func aServerThatCrashesInACallLeavesTheOutcomeUnknown() async throws {
        let server = try await MariaDBServer.start()
        let connection = try await server.connect(as: "root", password: nil)
        let id = await connection.server.connectionID
        async let answer = connection.query("SELECT SLEEP(60)")
        try await eventually("the statement runs") {
            try await server.execute(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND = 'Query'", ["\(id)"]
            ).isEmpty == false
        }
        try await server.stop(crashing: true)
        do {
            _ = try await answer
            Issue.record("no error")
        } catch let error as MariaDBError {
            #expect(error.isUnknownOutcome)
        }
    }

    @Test func aServerThatIsReadOnlyIsPassedOver() async throws {
        let server = try await MariaDBServer.start(options: ["--read-only=ON"])
        var parameters = server.parameters(as: "root", password: nil)
        parameters.requiresWritable = true
        guard case .cannotConnect(let failures) = await error(parameters) else {
            Issue.record("took a replica")
            return
        }
        #expect(failures.map(\.reason) == [.readOnly])
    }

    @Test(arguments: [
        MariaDBParameters(hosts: [], user: "u", tls: .disable),
        MariaDBParameters(hosts: ["a"], database: "d\u{0}", user: "u", tls: .disable),
        MariaDBParameters(hosts: ["a"], user: "", tls: .disable),
        MariaDBParameters(hosts: ["a"], user: String(repeating: "u", count: 129), tls: .disable),
        MariaDBParameters(hosts: ["a"], port: 0, user: "u", tls: .disable),
    ])
    func parametersThatCannotBeAreRefused(parameters: MariaDBParameters) async {
        guard case .invalidValue = await error(parameters) else {
            Issue.record("not refused")
            return
        }
    }
}
