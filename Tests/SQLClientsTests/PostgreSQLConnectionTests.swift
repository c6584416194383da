import MayflyTesting
import SQLClients
import Testing

@Suite struct PostgreSQLConnectionTests {
    private func connection() async throws -> PostgreSQLConnection {
        try await PostgreSQLServer.shared().superuser()
    }

    @Test func valuesAreBoundAsTheyAre() async throws {
        let connection = try await connection()
        let text = "'; DROP TABLE x; -- \" \\ äöü 漢字 🦋 $1 %s"
        let row = try await connection.query(
            "SELECT $1::text AS a, $2::text AS b, 7 AS n, true AS t", [text, nil]
        )
        .only()
        #expect(try row.string("a") == text)
        #expect(try row.optionalString("b") == nil)
        #expect(try row.int("n") == 7)
        #expect(try row.bool("t"))
        #expect(throws: PostgreSQLError.self) { try row.string("b") }
        #expect(throws: PostgreSQLError.self) { try row.int("a") }
        #expect(throws: PostgreSQLError.self) { try row.string("nothing") }
    }

    @Test func aNULInAValueIsRefusedAndNothingIsSent() async throws {
        let connection = try await connection()
        await #expect(throws: PostgreSQLError.invalidValue("$1 contains NUL")) {
            _ = try await connection.query("SELECT $1::text", ["a\u{0}b"])
        }
        #expect(try await connection.query("SELECT 1 AS one").only().int("one") == 1)
    }

    @Test func aBigAnswerArrivesWhole() async throws {
        let rows = try await connection().query(
            "SELECT i, repeat('x', 1000) AS text FROM generate_series(1, 50000) i")
        #expect(rows.count == 50_000)
        #expect(try rows[49_999].string("text").utf8.count == 1_000)
    }

    @Test func anErrorOfTheServerHasItsCodeAndADescriptionWithoutItsText() async throws {
        let connection = try await connection()
        do throws(PostgreSQLError) {
            _ = try await connection.query("SELECT 'secret-value'::int")
            Issue.record("no error")
        } catch {
            #expect(error.sqlState?.code == "22P02")
            #expect(!error.description.contains("secret-value"))
            #expect(error.debugDescription.contains("secret-value"))
            #expect(!error.isUnknownOutcome)
        }
        #expect(await connection.isOpen)
    }

    @Test func aStatementOverItsDeadlineIsOfUnknownOutcomeAndEndsTheConnection() async throws {
        let connection = try await connection()
        let pid = await connection.server.backendPID
        await #expect(throws: PostgreSQLError.timedOut(after: .milliseconds(200))) {
            _ = try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(200))
        }
        await #expect(throws: PostgreSQLError.closed) { _ = try await connection.query("SELECT 1") }
        // The server was asked to stop, too.
        let server = try await PostgreSQLServer.shared()
        try await eventually("the backend ends") {
            try await server.execute("SELECT FROM pg_stat_activity WHERE pid = $1::int", ["\(pid)"]).isEmpty
        }
    }

    @Test func aCancelledTaskDoesNotWaitForTheServer() async throws {
        let connection = try await connection()
        let pid = await connection.server.backendPID
        let task = Task { try await connection.query("SELECT pg_sleep(600)", timeout: .seconds(300)) }
        try await eventually("the statement runs") {
            try await PostgreSQLServer.shared().execute(
                "SELECT FROM pg_stat_activity WHERE pid = $1::int AND state = 'active'", ["\(pid)"]
            ).isEmpty == false
        }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: PostgreSQLError.cancelled) { _ = try await task.value }
        #expect(ContinuousClock.now - start < .seconds(60))
        await #expect(throws: PostgreSQLError.closed) { _ = try await connection.query("SELECT 1") }
    }

    /// Swift's own pool has as many threads as the machine has cores: on it these would wait for each other.
    @Test func connectionsWaitAtTheSameTimeOnThreadsOfTheirOwn() async throws {
        let server = try await PostgreSQLServer.shared()
        var connections: [PostgreSQLConnection] = []
        for _ in 0..<16 { connections.append(try await server.superuser()) }
        let waiting = connections.map { connection in
            Task { try await connection.query("SELECT pg_sleep(300 + 4712)", timeout: .seconds(200)) }
        }
        try await eventually("all of them wait") {
            try await server.execute(
                "SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(300 + 4712)'"
            ).count == connections.count
        }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: PostgreSQLError.cancelled) { _ = try await task.value } }
        for connection in connections { await connection.close() }
    }

    @Test func aScriptIsOneTransaction() async throws {
        let connection = try await connection()
        await #expect(throws: PostgreSQLError.self) {
            try await connection.run(script: "CREATE TABLE half_done (a int); SELECT 1/0;")
        }
        let rows = try await connection.query("SELECT to_regclass('half_done')::text AS name")
        #expect(try rows.only().optionalString("name") == nil)
        #expect(try await connection.run(script: "SELECT 1 AS n; SELECT 2 AS n;").only().int("n") == 2)
    }

    @Test func copyIsNotSpokenAndEndsTheConnection() async throws {
        let connection = try await connection()
        await #expect(throws: PostgreSQLError.self) {
            _ = try await connection.query("COPY pg_class TO STDOUT")
        }
        #expect(await !connection.isOpen)
    }

    @Test func theSessionHasOurSettingsWhateverTheyHold() async throws {
        let server = try await PostgreSQLServer.shared()
        let value = "a b\\c 'd' -c x=y"
        let connection = try await server.connect(
            as: "postgres", password: PostgreSQLServer.superuserPassword, database: "postgres",
            settings: ["mayfly.test": value])
        let row = try await connection.query(
            "SELECT current_setting('mayfly.test') AS own, current_setting('TimeZone') AS zone"
        ).only()
        #expect(try row.string("own") == value)
        #expect(try row.string("zone") == "UTC")
    }
}
