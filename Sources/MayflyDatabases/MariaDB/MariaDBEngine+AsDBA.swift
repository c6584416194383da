package import MayflyCore
import MayflyCrypto
package import SQLClients

extension MariaDBEngine {
    /// Reads the guard's routines out of the server's own tables as somebody who may: a guard that was tampered with can
    /// lie when it describes itself.
    ///
    /// - Parameters:
    ///   - user: with SELECT on `mysql`.
    ///   - password: nil where the server asks for none.
    package func preflight(asDBA user: String, password: AccountPassword?) async -> [Finding] {
        guard direct == nil else { return [.noGuard] }
        let check = "as \(user): guard"
        do throws(EngineFailure) {
            let (routines, broker, version) = try await read(asDBA: user, password)
            let inspection = MariaDBGuardInspection(
                module: guardModule, check: check, broker: broker, isOlder: version < guardModule.version)
            let findings: [Finding]
            do throws(CryptoFailure) {
                findings = try inspection.routines(routines)
            } catch {
                throw EngineFailure(.invalid, error.description)
            }
            guard findings.allSatisfy({ $0.severity < .warning }) else { return findings }
            return findings + [
                Finding(.ok, check, "\(routines.count) routines unchanged, called by nobody else")
            ]
        } catch {
            return [Finding(.error, check, error.description)]
        }
    }

    private func read(
        asDBA user: String, _ password: AccountPassword?
    ) async throws(EngineFailure) -> (
        [MariaDBGuardDescription.Routine], broker: String, version: Int
    ) {
        let problems = try MariaDBGuard.problems()
        let distrust: String
        do throws(MariaDBError) {
            let parameters = MariaDBParameters(
                hosts: definition.hosts, port: definition.port, user: user, password: password,
                tls: try Self.tls(definition.tls))
            let connection = try await MariaDBConnection.connect(
                parameters, timeout: .seconds(definition.timeoutSeconds))
            // What is no guard's is not read with a DBA's rights: a view in a table's place would run somebody's code.
            if let problem = try await connection.query(problems).first?.values.first ?? nil {
                distrust = problem
                await connection.close()
            } else {
                return try await read(connection)
            }
        } catch {
            throw EngineFailure(error)
        }
        throw EngineFailure(.guardUnusable, "the schema mayfly is not to be trusted: \(distrust)")
    }

    private func read(
        _ connection: MariaDBConnection
    ) async throws(MariaDBError) -> (
        [MariaDBGuardDescription.Routine], broker: String, version: Int
    ) {
        let routines = try await connection.query(
            isMySQL ? Self.routinesOfMySQL : Self.routinesOfMariaDB)
        let callers = try await connection.query(
            "SELECT Routine_name AS name, CONCAT(User, '@', Host) AS caller FROM mysql.procs_priv WHERE Db = 'mayfly'"
        )
        let own = try await connection.query(
            "SELECT CONCAT(broker_user, '@', broker_host) AS broker, guard_version AS version FROM mayfly.guard"
        ).only()
        await connection.close()
        var byName: [String: [String]] = [:]
        for row in callers {
            byName[try row.string("name"), default: []].append(try row.string("caller"))
        }
        var result: [MariaDBGuardDescription.Routine] = []
        for row in routines {
            let name = try row.string("name")
            result.append(
                .init(
                    name: "mayfly.\(name)", type: try row.string("type").lowercased(),
                    sha256: try Self.digest(of: try row.optionalString("body") ?? ""),
                    definer: try row.string("definer"), security: try row.string("security"),
                    sql_mode: try row.string("sql_mode"), callers: byName[name] ?? []))
        }
        return (result, try own.string("broker"), try own.int("version"))
    }

    private static func digest(of body: String) throws(MariaDBError) -> String {
        do throws(CryptoFailure) {
            return try SHA256Digest(hashing: Array(body.utf8)).hex
        } catch {
            throw .unexpectedAnswer(error.description)
        }
    }

    /// `body` and not `body_utf8`, nor what information_schema has of it: they show string literals as they are read.
    private static let routinesOfMariaDB = """
        SELECT name, type, body, definer, security_type AS security, sql_mode FROM mysql.proc
         WHERE db = 'mayfly' ORDER BY name
        """

    private static let routinesOfMySQL = """
        SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS type, ROUTINE_DEFINITION AS body, DEFINER AS definer,
               SECURITY_TYPE AS security, SQL_MODE AS sql_mode
          FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'mayfly' ORDER BY ROUTINE_NAME
        """
}
