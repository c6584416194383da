package import Foundation
package import MayflyCore
import SQLClients

/// What sessions our roles have.
extension PostgreSQLEngine {
    package func watchSessions() async throws(EngineFailure) -> SessionLook {
        let primary = try await look(at: guardPool, host: "")
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

    private func look(at pool: PostgreSQLPool, host: String) async throws(EngineFailure) -> SeenServer {
        let rows: PostgreSQLRows
        if let direct {
            rows = try await ask(pool, Self.directLook, [direct.rolePrefix, direct.commentPrefix])
        } else {
            do throws(EngineFailure) {
                rows = try await ask(pool, "SELECT mayfly.watch()::text AS look")
            } catch  where error.code == SQLState.undefinedFunction.code {
                rows = try await ask(pool, Self.lookOfVersion1)
            }
        }
        do throws(PostgreSQLError) {
            let text = try rows.only().string("look")
            do throws(EngineFailure) { return try GuardLook(decoding: text).server(host, ours: nil) } catch {
                throw .unexpectedAnswer(error.message)
            }
        } catch {
            throw EngineFailure(error)
        }
    }

    /// The same by what the first guard tells: less of each, and not how any ended.
    private static let lookOfVersion1 = """
        SELECT jsonb_build_object('now', extract(epoch FROM clock_timestamp()),
                   'server_started', extract(epoch FROM pg_postmaster_start_time()),
                   'sessions', coalesce(jsonb_agg(jsonb_build_object(
                       'lease', s.lease, 'number', s.pid, 'started', extract(epoch FROM s.backend_start),
                       'database', s.database, 'client_addr', s.client_addr, 'client_port', s.client_port,
                       'application', s.application_name, 'state', s.state,
                       'state_since', extract(epoch FROM s.state_change), 'tls', s.ssl)), '[]'))::text AS look
          FROM mayfly.sessions() s
        """

    /// What everybody may see of others' sessions, and more where our account may (pg_read_all_stats).
    private static let directLook = """
        SELECT jsonb_build_object('now', extract(epoch FROM clock_timestamp()),
                   'server_started', extract(epoch FROM pg_postmaster_start_time()),
                   'sessions', coalesce(jsonb_agg(jsonb_build_object(
                       'lease', substr(d.description, length($2) + 1, 36), 'number', a.pid,
                       'started', extract(epoch FROM a.backend_start), 'database', a.datname,
                       'client_addr', host(a.client_addr), 'client_port', a.client_port,
                       'application', a.application_name, 'state', a.state,
                       'state_since', extract(epoch FROM a.state_change))), '[]'))::text AS look
          FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
          JOIN pg_catalog.pg_shdescription d ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_authid'::regclass
         WHERE starts_with(r.rolname::text, $1) AND starts_with(d.description, $2)
        """

    package func endSession(
        _ key: SessionKey, of lease: LeaseID, seenAt _: Date
    ) async throws(EngineFailure) -> Bool {
        let pool = try sessionPool(key.host)
        let member = GuardMembers.EndSession(
            lease: lease.rawValue, number: key.number, started: Double(key.since) / 1000)
        let answers = await PostgreSQLCaller(pool: pool, direct: direct).call(
            .endSession, [member], by: deadline)
        return try PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            try row.int("terminated") > 0
        }[0].get()
    }

    package func statements(of leases: [LeaseID]) async throws(EngineFailure) -> StatementReadings {
        guard direct == nil else {
            throw EngineFailure(.invalid, code: "statements", "what was run is not told in mode direct")
        }
        return try await GuardStatements.readings(leases, caller, by: deadline)
    }

    private func sessionPool(_ host: String) throws(EngineFailure) -> PostgreSQLPool {
        guard direct == nil else {
            throw EngineFailure(
                .invalid, "single sessions are not ended in mode direct", hint: "revoke the lease")
        }
        if host.isEmpty { return guardPool }
        guard let pool = replicas.pools[host] else {
            throw EngineFailure(.invalid, "the standby \(host.quoted()) is no longer configured")
        }
        return pool
    }
}
