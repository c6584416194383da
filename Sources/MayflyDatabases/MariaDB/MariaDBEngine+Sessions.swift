package import Foundation
package import MayflyCore
import SQLClients

/// What sessions our accounts have.
extension MariaDBEngine {
    package func watchSessions() async throws(EngineFailure) -> SessionLook {
        let primary = try await look(at: askers, host: "")
        var standbys: [SeenServer] = []
        var unanswered: [String: EngineFailure] = [:]
        await withTaskGroup(of: (String, Result<SeenServer, EngineFailure>).self) { group in
            for (host, pool) in replicas.pools {
                group.addTask {
                    do throws(EngineFailure) {
                        return (host, .success(try await self.look(at: pool, host: host)))
                    } catch {
                        return (host, .failure(error))
                    }
                }
            }
            for await (host, answer) in group {
                switch answer {
                case .success(let server): standbys.append(server)
                case .failure(let failure): unanswered[host] = failure
                }
            }
        }
        let (told, unread) = told.take()
        return SessionLook(
            servers: [primary] + standbys.sorted { $0.host < $1.host }, told: told, unanswered: unanswered,
            unreadTold: unread)
    }

    private func look(at pool: MariaDBPool, host: String) async throws(EngineFailure) -> SeenServer {
        if let direct { return try await directLook(direct, at: pool, host: host) }
        let rows: MariaDBRows
        do throws(EngineFailure) {
            rows = try await ask("CALL mayfly.watch()", on: pool)
        } catch {
            // Who may not call a procedure is not told whether there is one.
            guard error.code == "1370" || error.code == "1305" else { throw error }
            return try await plainLook("CALL mayfly.sessions()", at: pool, host: host) {
                row throws(MariaDBError) in
                try row.optionalString("lease").flatMap(LeaseID.init(rawValue:))
            }
        }
        guard let text = rows.first?.values.first ?? nil else {
            throw EngineFailure(.guardUnusable, "the server's answer about sessions was not as expected")
        }
        return try GuardLook(decoding: text).server(host, ours: Date())
    }

    /// By what an older guard tells, or the server itself: not how any ended.
    private func plainLook(
        _ statement: String, _ values: [String?] = [], at pool: MariaDBPool, host: String,
        lease: (MariaDBRow) throws(MariaDBError) -> LeaseID?
    ) async throws(EngineFailure) -> SeenServer {
        let clock = try await ask("SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS now", on: pool)
        let status = try await ask("SHOW GLOBAL STATUS LIKE 'Uptime'", on: pool)
        let rows = try await ask(statement, values, on: pool)
        do throws(MariaDBError) {
            guard let uptime = status.first?.values.last.flatMap({ $0 }).flatMap(Double.init) else {
                throw .unexpectedAnswer("there is no uptime")
            }
            let now = try clock.only().double("now")
            var look = GuardLook(now: now, serverStarted: now - uptime)
            for row in rows {
                guard let lease = try lease(row) else { continue }
                look.sessions.append(
                    .init(
                        lease: lease.rawValue, number: Int64(try row.int("id")),
                        database: try row.optionalString("db"),
                        client: try row.optionalString("client"), state: try row.optionalString("command"),
                        seconds: try row.optionalString("seconds").flatMap(Double.init)))
            }
            return look.server(host, ours: Date())
        } catch {
            throw EngineFailure(error)
        }
    }

    private func directLook(
        _ direct: MariaDBDirect, at pool: MariaDBPool, host: String
    ) async throws(EngineFailure) -> SeenServer {
        let living = Dictionary(
            direct.register.living.map { ($0.reference.role.rawValue, $0.reference.lease) },
            uniquingKeysWith: { first, _ in first })
        return try await plainLook(
            """
            SELECT p.ID AS id, p.USER AS role, p.HOST AS client, p.DB AS db, p.COMMAND AS command, p.TIME AS seconds
              FROM information_schema.PROCESSLIST p WHERE LEFT(p.USER, CHAR_LENGTH(?)) = ?
            """, [direct.rolePrefix, direct.rolePrefix], at: pool, host: host
        ) { row throws(MariaDBError) in living[try row.string("role")] }
    }

    package func statements(of leases: [LeaseID]) async throws(EngineFailure) -> StatementReadings {
        guard direct == nil else {
            throw EngineFailure(.invalid, code: "statements", "what was run is not told in mode direct")
        }
        return try await GuardStatements.readings(leases, asker, by: deadline)
    }

    package func endSession(
        _ key: SessionKey, of lease: LeaseID, seenAt moment: Date
    ) async throws(EngineFailure) -> Bool {
        guard direct == nil else {
            throw EngineFailure(
                .invalid, "single sessions are not ended in mode direct", hint: "revoke the lease")
        }
        guard let pool = key.host.isEmpty ? askers : replicas.pools[key.host] else {
            throw EngineFailure(.invalid, "the standby \(key.host.quoted()) is no longer configured")
        }
        // A duration, as the server's clock and ours may differ.
        // MySQL has another type for what is over 2³².
        let age = max(0, min(Date().timeIntervalSince(moment), 1e9))
        let member = GuardMembers.EndSession(
            lease: lease.rawValue, number: key.number, seen_seconds: Int(age))
        let answers = await MariaDBCaller(pool: pool).call(.endSession, [member], by: deadline)
        return try MariaDBCaller.read(answers) { (row) throws(MariaDBError) in
            try row.int("terminated") > 0
        }[0].get()
    }
}
