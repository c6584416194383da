import MayflyTesting
import SQLClients
import Testing

@Suite struct MariaDBConnectionTests {
    private func connection() async throws -> MariaDBConnection {
        try await MariaDBServer.shared().connect(as: "root", password: nil)
    }

    @Test func valuesAreBoundAsTheyAre() async throws {
        let connection = try await connection()
        let text = "'; DROP TABLE x; -- \" \\ äöü 漢字 🦋 ? %s"
        let row = try await connection.query(
            "SELECT ? AS a, ? AS b, 7 AS n, TRUE AS t, 1.5 AS d, '' AS e", [text, nil]
        )
        .only()
        #expect(try row.string("a") == text)
        #expect(try row.optionalString("b") == nil)
        #expect(try row.int("n") == 7)
        #expect(try row.double("d") == 1.5)
        #expect(try row.string("e") == "")
        #expect(try row.bool("t"))
        #expect(throws: MariaDBError.self) { try row.string("b") }
        #expect(throws: MariaDBError.self) { try row.int("a") }
        #expect(throws: MariaDBError.self) { try row.string("nothing") }
    }

    @Test func aNULInAValueIsRefusedAndNothingIsSent() async throws {
        let connection = try await connection()
        await #expect(throws: MariaDBError.invalidValue("value 1 contains NUL")) {
            _ = try await connection.query("SELECT ?", ["a\u{0}b"])
        }
        #expect(try await connection.query("SELECT 1 AS one").only().int("one") == 1)
    }

    @Test func aBigAnswerArrivesWhole() async throws {
        let sql =
            "SELECT a.n * 1000 + b.n AS i, REPEAT('x', 1000) AS text FROM "
            + "(WITH RECURSIVE s AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 19) SELECT n FROM s) a, "
            + "(WITH RECURSIVE s AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 999) SELECT n FROM s) b"
        let connection = try await connection()
        for rows in [
            try await connection.query(sql), try await connection.query(sql + " WHERE 1 = ?", ["1"]),
        ] {
            #expect(rows.count == 20_000)
            #expect(try rows[19_999].string("text").utf8.count == 1_000)
        }
    }

    @Test func aProceduresLastResultWithColumnsIsItsAnswer() async throws {
        let connection = try await connection()
        _ = try await connection.query("CREATE SCHEMA IF NOT EXISTS results")
        _ = try await connection.query(
            "CREATE PROCEDURE results.two(IN x TEXT) BEGIN SELECT 1 AS other; SELECT x AS answer, NULL AS nothing; DO 1; END"
        )
        for _ in 0..<3 {
            let rows = try await connection.query("CALL results.two(?)", ["é"])
            #expect(rows.columns == ["answer", "nothing"])
            #expect(try rows.only().string("answer") == "é")
        }
        #expect(try await connection.query("CALL results.two('x')").only().string("answer") == "x")
        // Nothing is left over that the next call could take for its own.
        #expect(try await connection.query("SELECT 5 AS five").only().int("five") == 5)
        _ = try await connection.query("DROP SCHEMA results")
    }

    @Test func anErrorOfTheServerHasItsNumberAndADescriptionWithoutItsText() async throws {
        let connection = try await connection()
        for values in [[], [String?.some("x")]] {
            do throws(MariaDBError) {
                _ = try await connection.query(
                    "SELECT secret_column FROM mysql.user" + (values.isEmpty ? "" : " WHERE 1 = ?"), values)
                Issue.record("no error")
            } catch {
                #expect(error.number?.rawValue == 1054)
                #expect(!error.description.contains("secret_column"))
                #expect(error.debugDescription.contains("secret_column"))
                #expect(!error.isUnknownOutcome)
            }
        }
        #expect(await connection.isOpen)
    }

    @Test func twoStatementsInOneAreAnError() async throws {
        let connection = try await connection()
        await #expect(throws: MariaDBError.self) { _ = try await connection.query("SELECT 1; SELECT 2") }
        #expect(await connection.isOpen)
    }

    @Test func aStatementOverItsDeadlineIsOfUnknownOutcomeAndEndsTheConnection() async throws {
        let connection = try await connection()
        for values in [[], [String?.some("60")]] {
            let connection = values.isEmpty ? connection : try await self.connection()
            await #expect(throws: MariaDBError.timedOut(after: .milliseconds(200))) {
                _ = try await connection.query(
                    values.isEmpty ? "SELECT SLEEP(60)" : "SELECT SLEEP(?)", values,
                    timeout: .milliseconds(200))
            }
            await #expect(throws: MariaDBError.closed) { _ = try await connection.query("SELECT 1") }
        }
    }

    @Test func aCancelledTaskDoesNotWaitForTheServer() async throws {
        let connection = try await connection()
        let id = await connection.server.connectionID
        let task = Task { try await connection.query("SELECT SLEEP(600)", timeout: .seconds(300)) }
        try await eventually("the statement runs") {
            try await MariaDBServer.shared().execute(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND = 'Query'", ["\(id)"]
            ).isEmpty == false
        }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: MariaDBError.cancelled) { _ = try await task.value }
        #expect(ContinuousClock.now - start < .seconds(60))
        await #expect(throws: MariaDBError.closed) { _ = try await connection.query("SELECT 1") }
    }

    @Test func aConnectionThatAnOperatorEndsLeavesTheOutcomeUnknown() async throws {
        let connection = try await connection()
        let id = await connection.server.connectionID
        async let answer = connection.query("SELECT SLEEP(60)")
        let server = try await MariaDBServer.shared()
        try await eventually("the statement runs") {
            try await server.execute(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND = 'Query'", ["\(id)"]
            ).isEmpty == false
        }
        try await server.execute("KILL CONNECTION \(id)")
        do {
            _ = try await answer
            Issue.record("no error")
        } catch let error as MariaDBError {
            #expect(error.isUnknownOutcome)
        }
    }

    /// Swift's own pool has as many threads as the machine has cores: on it these would wait for each other.
    @Test func connectionsWaitAtTheSameTimeOnThreadsOfTheirOwn() async throws {
        let server = try await MariaDBServer.shared()
        var connections: [MariaDBConnection] = []
        for _ in 0..<16 { connections.append(try await server.connect(as: "root", password: nil)) }
        let waiting = connections.map { connection in
            Task { try await connection.query("SELECT SLEEP(300) + 4712", timeout: .seconds(200)) }
        }
        try await eventually("all of them wait") {
            try await server.execute(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(300) + 471_'"
            ).count == connections.count
        }
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: MariaDBError.cancelled) { _ = try await task.value } }
        for connection in connections { await connection.close() }
    }

    @Test func theSessionIsOursWhateverTheServerSays() async throws {
        let server = try await MariaDBServer.start(options: [
            "--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT", "--autocommit=0",
            "--default-time-zone=+05:00", "--init-connect=SET sql_mode = 'ANSI_QUOTES', autocommit = 0",
        ])
        try await server.execute("CREATE USER plain@localhost IDENTIFIED BY 'plain'")
        let connection = try await server.connect(as: "plain", password: "plain")
        let row = try await connection.query(
            "SELECT @@autocommit AS a, @@sql_mode AS m, @@time_zone AS z, @@character_set_client AS c"
        ).only()
        #expect(try row.bool("a"))
        #expect(try row.string("m") == "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION")
        #expect(try row.string("z") == "+00:00")
        #expect(try row.string("c") == "utf8mb4")
    }
}
