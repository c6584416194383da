import MayflyCore
import SQLClients

/// MariaDB's and MySQL's way to call the guard's procedures.
///
/// A call is no transaction, as every statement about accounts commits by itself: what was done is asked afterwards.
enum MariaDBDialect: GuardDialect {
    typealias Connection = MariaDBConnection

    /// The guard is one schema here.
    static func statement(_ function: GuardFunction) -> String {
        "CALL \(function.rawValue.replacing("mayfly_narrowing.", with: "mayfly."))(?)"
    }

    static func answer(_ row: MariaDBRow) throws(MariaDBError) -> Result<MariaDBRow, EngineFailure> {
        let code = try row.string("code")
        // MF015 is an answer of drop's, not a failure.
        if code == "00000" || code == GuardCode.stillHanging?.code { return .success(row) }
        return .failure(EngineFailure(guardCode: code, try row.string("message")))
    }

    static func failure(_ error: MariaDBError) -> EngineFailure { EngineFailure(error) }

    static func isCollision(_ failure: EngineFailure) -> Bool {
        failure.code == MariaDBErrorNumber.lockWaitTimeout.description
            || failure.code == MariaDBErrorNumber.deadlock.description
    }

    /// A connection's number is used again after a restart of the server. Then it may be another one of ours, which
    /// somebody finds lost, and asks again: nothing worse.
    static func end(
        _ backend: MariaDBServerFacts, on connection: MariaDBConnection
    ) async throws(MariaDBError) -> Bool {
        let own = await connection.server.connectionID
        guard backend.connectionID != own else { return true }
        let id = String(backend.connectionID)
        let sql = "SELECT COUNT(*) AS present FROM information_schema.PROCESSLIST WHERE ID = ?"
        guard try await connection.query(sql, [id], timeout: .seconds(2)).only().int("present") > 0 else {
            return true
        }
        do throws(MariaDBError) {
            // A number, and one of the server's own. MariaDB 10.11 falls over (in ha_maria::drop_table) when a plain KILL
            // hits a query of information_schema that is making its temporary table; SOFT leaves that alone.
            let kill = await connection.server.isMariaDB ? "KILL SOFT CONNECTION" : "KILL CONNECTION"
            _ = try await connection.query("\(kill) \(id)", timeout: .seconds(2))
        } catch {
            // It ended by itself meanwhile, or is none of ours: the next look says.
            guard case .server = error else { throw error }
        }
        return false
    }
}

typealias MariaDBPool = ConnectionPool<MariaDBConnection>
typealias MariaDBCaller = GuardCaller<MariaDBDialect>
