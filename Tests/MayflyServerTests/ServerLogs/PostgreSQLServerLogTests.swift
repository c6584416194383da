import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import SQLClients
import Testing

/// The log of a real PostgreSQL, in both of its formats.
@Suite(.serialized) struct PostgreSQLServerLogTests {
    private static let role = "mf_t_alice_aaaaaaaaaaaaa"

    private static func makeServer(_ settings: [String] = []) async throws -> PostgreSQLServer {
        let server = try await PostgreSQLServer.start(
            settings: [
                "logging_collector = on", "log_destination = 'csvlog,jsonlog'", "log_filename = 'pg-%H%M%S'",
                "log_connections = on", "log_disconnections = on", "log_parameter_max_length_on_error = -1",
            ] + settings)
        try await server.execute("CREATE ROLE \(role) LOGIN PASSWORD 'right'")
        for setting in ["log_statement = 'all'", "log_min_duration_statement = 0"] {
            try await server.execute("ALTER ROLE \(role) SET \(setting)")
        }
        return server
    }

    private func connect(_ server: PostgreSQLServer, database: String = "postgres") async throws
        -> PostgreSQLConnection
    {
        try await server.connect(as: Self.role, password: "right", database: database)
    }

    private func folder(_ server: PostgreSQLServer, _ format: ServerLogSource.Format) -> ServerLogFolder {
        ServerLogFolder(
            .init(directory: server.dataDirectory + "/log", names: Glob("*" + format.suffix), format: format),
            cursors: [])
    }

    /// All lines of the role until one that `isLast`.
    private func lines(
        _ folder: ServerLogFolder, _ format: ServerLogSource.Format,
        until isLast: @escaping (ServerLogLine) -> Bool
    ) async throws -> [ServerLogLine] {
        var (found, clock) = ([ServerLogLine](), ServerLogClock())
        try await eventually("the last line is there") {
            let haul = try folder.look()
            #expect(haul.gaps == [])
            for record in haul.records.map(\.record) {
                let fields = try #require(LogFields(record.bytes, format, isCut: record.isCut))
                if let line = ServerLogLine(fields, &clock), line.user == Self.role { found.append(line) }
            }
            return found.contains(where: isLast)
        }
        return found
    }

    private func isEnd(_ line: ServerLogLine) -> Bool {
        if case .disconnected = line.kind { true } else { false }
    }

    private func statements(_ lines: [ServerLogLine]) -> [LoggedStatement] {
        lines.compactMap { if case .statement(let statement) = $0.kind { statement } else { nil } }
    }

    @Test(
        "Statements, their values and failures, connections and failed logins are read",
        arguments: ServerLogSource.Format.allCases)
    func everything(_ format: ServerLogSource.Format) async throws {
        let server = try await Self.makeServer(["log_timezone = 'Europe/Berlin'"])
        let before = Date()
        let session = try await connect(server)
        try await session.run(
            script: "SELECT 'a\"b,\n2026-11-30 22:44:35.548 UTC,\"mf_t_bob_aaaaaaaaaaaaa\",'")
        _ = try await session.query("SELECT $1::text, $2::int", ["it's", nil])
        _ = try? await session.query("SELECT 1 / $1::int", ["0"])
        try await session.run(
            script:
                "SET application_name = E'evil\\n\\x1b[2J'; DO $$ BEGIN RAISE LOG 'statement: forged'; END $$"
        )
        await session.close()
        await #expect(throws: PostgreSQLError.self) {
            try await server.connect(as: Self.role, password: "wrong", database: "postgres")
        }
        let lines = try await lines(folder(server, format), format) { line in
            if case .loginFailed = line.kind { true } else { false }
        }
        #expect(lines.contains(where: isEnd))
        let statements = statements(lines)
        #expect(
            statements.contains {
                $0.phase == .simple && $0.text.contains("\n2026-11-30 22:44:35.548 UTC,\"mf_t_bob")
            })
        #expect(
            statements.contains { $0.phase == .execute && $0.parameters == "$1 = 'it''s', $2 = NULL" },
            "\(statements)")
        #expect(!statements.contains { $0.text == "forged" })
        #expect(lines.contains { $0.kind == .message("statement: forged") })
        #expect(
            lines.contains {
                if case .failure("22012", "division by zero", let statement?) = $0.kind {
                    statement.text == "SELECT 1 / $1::int" && statement.parameters == "$1 = '0'"
                } else {
                    false
                }
            }, "\(lines.map(\.kind))")
        #expect(lines.contains { $0.kind == .authorized })
        for line in lines { #expect(abs(line.at.timeIntervalSince(before)) < 60) }
        let failed = try #require(lines.last)
        guard case .loginFailed("28P01", _) = failed.kind else { throw Unexpected(lines: lines) }
        #expect(failed.address == "127.0.0.1" && (failed.port ?? 0) > 0)
        let first = try #require(lines.first)
        let inSession = lines.filter { $0.backend == first.backend }
        #expect(inSession.map(\.number) == inSession.map(\.number).sorted())
    }

    @Test(
        "The log goes on over the server's rotation and restart", arguments: ServerLogSource.Format.allCases)
    func rotation(_ format: ServerLogSource.Format) async throws {
        let server = try await Self.makeServer(["log_filename = 'pg-%H%M%S'"])
        let folder = folder(server, format)
        var texts: [String] = []
        func run(_ number: Int) async throws {
            let session = try await connect(server)
            try await session.run(script: "SELECT \(number)")
            await session.close()
            texts += statements(try await lines(folder, format, until: isEnd)).map(\.text).filter {
                $0.utf8.count == 8
            }
        }
        func files() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: server.dataDirectory + "/log").count {
                $0.hasSuffix(format.suffix)
            }
        }
        try await run(1)
        let count = try files()
        try await eventually("there is another file") {
            try await server.execute("SELECT pg_rotate_logfile()")
            return try files() > count
        }
        try await run(2)
        try await server.restart(.immediate)
        try await run(3)
        #expect(texts == ["SELECT 1", "SELECT 2", "SELECT 3"])
    }

    @Test(
        "A statement over a megabyte, and one that is not UTF-8, are read and marked",
        arguments: ServerLogSource.Format.allCases)
    func oddities(_ format: ServerLogSource.Format) async throws {
        let server = try await Self.makeServer()
        try await server.execute(
            "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        let session = try await connect(server, database: "bytes")
        try await session.run(script: "SELECT length('" + String(repeating: "\"x", count: 1 << 20) + "')")
        // The server makes the bytes itself: our client sends none that are not UTF-8.
        _ = try? await session.run(
            script: "DO $$ BEGIN EXECUTE 'SELECT 1 / 0 -- ' || chr(255) || chr(254); END $$")
        _ = try? await session.run(script: "DO $$ BEGIN RAISE EXCEPTION '%', chr(255) || chr(254); END $$")
        await session.close()
        let lines = try await lines(folder(server, format), format, until: isEnd)
        let cut = try #require(lines.first { $0.isCut })
        guard case .statement(let statement) = cut.kind else { throw Unexpected(lines: lines) }
        #expect(statement.text.hasPrefix("SELECT length('\"x\"x") && cut.backend == lines.first?.backend)
        #expect(
            lines.contains {
                if case .failure("P0001", "\u{FFFD}\u{FFFD}", _) = $0.kind { $0.isLossy } else { false }
            }, "\(lines.map(\.kind).map { String(describing: $0).prefix(200) })")
    }

    private struct Unexpected: Error {
        var lines: [ServerLogLine]
    }
}
