import MayflyCore
import SQLClients

/// PostgreSQL's way to call the guard's functions. A call is one transaction.
enum PostgreSQLDialect: GuardDialect {
    typealias Connection = PostgreSQLConnection

    /// Times come as seconds since 1970, so that nothing depends on a format of dates.
    static func statement(_ function: GuardFunction) -> String {
        let times =
            switch function {
            case .statements: ", extract(epoch FROM since)::text AS since_epoch"
            case .issue, .renew, .replaceVerifier, .find:
                ", extract(epoch FROM valid_until)::text AS valid_until_epoch"
            case .lock, .terminate, .endSession, .hanging, .drop, .clean, .effective, .narrow, .preview,
                .reassign,
                .leftBehind:
                ""
            }
        return "SELECT *\(times) FROM \(function.rawValue)($1::jsonb) ORDER BY ordinal"
    }

    static func answer(_ row: PostgreSQLRow) throws(PostgreSQLError) -> Result<PostgreSQLRow, EngineFailure> {
        let code = try row.string("sqlstate")
        if code == "00000" { return .success(row) }
        guard let state = SQLState(code) else { throw .unexpectedAnswer("sqlstate is not one") }
        // 2BP01 is an answer of drop's, not a failure.
        if state == .dependentObjectsStillExist { return .success(row) }
        return .failure(EngineFailure(ServerReport(sqlState: state, message: try row.string("message"))))
    }

    static func failure(_ error: PostgreSQLError) -> EngineFailure { EngineFailure(error) }

    /// 55P03 is a lock held for long, and XX000 all there is for "tuple concurrently updated".
    static func isCollision(_ failure: EngineFailure) -> Bool {
        switch failure.code {
        case "40001", "40P01", "55P03", "XX000": true
        default: false
        }
    }

    static func end(
        _ backend: PostgreSQLServerFacts, on connection: PostgreSQLConnection
    ) async throws(PostgreSQLError) -> Bool {
        let statement = """
            SELECT count(*) AS left, count(*) FILTER (WHERE pg_terminate_backend(pid)) AS told
              FROM pg_stat_activity
             WHERE pid = $1::int AND usename = current_user AND pid <> pg_backend_pid()
               AND backend_start::text = $2
            """
        let values = [String(backend.backendPID), backend.startedAt]
        let rows = try await connection.query(statement, values, timeout: .seconds(2))
        return try rows.only().int("left") == 0
    }
}

typealias PostgreSQLPool = ConnectionPool<PostgreSQLConnection>
typealias PostgreSQLCaller = GuardCaller<PostgreSQLDialect>
