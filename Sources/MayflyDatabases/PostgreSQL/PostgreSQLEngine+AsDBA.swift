package import MayflyCore
import MayflyCrypto
package import SQLClients

extension PostgreSQLEngine {
    /// Reads the guard's functions out of the catalogue as somebody who may: a guard that was tampered with can lie
    /// when it describes itself.
    ///
    /// - Parameters:
    ///   - user: a superuser, or the guard's owner.
    ///   - password: nil where the server asks for none.
    package func preflight(asDBA user: String, password: AccountPassword?) async -> [Finding] {
        guard direct == nil else { return [.noGuard] }
        var findings: [Finding] = []
        let places =
            [(definition.guardDatabase, PostgreSQLGuard.Module.core)]
            + PostgreSQLGuard.cleanupDatabases(of: definition).map { ($0, .cleanup) }
            + [(definition.database, .narrowing)]
        for (database, module) in places {
            let check = "as \(user): \(module.rawValue) in \(database.quoted())"
            do throws(EngineFailure) {
                let (version, functions) = try await functions(of: module, in: database, user, password)
                // It is the DBA's choice whether there is one.
                if module == .narrowing, functions.isEmpty { continue }
                let inspection = GuardInspection(
                    module: module, check: check, broker: definition.account.user, version: version)
                let own: [Finding]
                do throws(CryptoFailure) {
                    own = try inspection.functions(functions)
                } catch {
                    throw EngineFailure(.invalid, error.description)
                }
                findings += own
                if own.allSatisfy({ $0.severity < .warning }) {
                    findings.append(
                        Finding(
                            .ok, check,
                            "\(functions.count) functions unchanged, called by nobody else"
                        ))
                }
            } catch {
                findings.append(Finding(.error, check, error.description))
            }
        }
        return findings
    }

    private func functions(
        of module: PostgreSQLGuard.Module, in database: String, _ user: String, _ password: AccountPassword?
    ) async throws(EngineFailure) -> (version: Int, [GuardDescription.Function]) {
        let statement = """
            SELECT coalesce(jsonb_agg(jsonb_build_object('name', p.oid::regprocedure::text,
                       'sha256', encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'),
                       'owner', p.proowner::regrole::text, 'security_definer', p.prosecdef,
                       'config', to_jsonb(p.proconfig),
                       'acl', (SELECT coalesce(jsonb_agg(coalesce(r.rolname, 'PUBLIC')), '[]')
                                 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                                 LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner))), '[]')::text
                   AS functions
              FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1
            """
        let problems = try PostgreSQLGuard.problems(of: module)
        let distrust: EngineFailure
        do throws(PostgreSQLError) {
            let parameters = PostgreSQLParameters(
                hosts: definition.hosts, port: definition.port, database: database, user: user,
                password: password,
                tls: try Self.tls(definition.tls), settings: ["search_path": "pg_catalog", "role": "none"])
            let connection = try await PostgreSQLConnection.connect(
                parameters, timeout: .seconds(definition.timeoutSeconds))
            let text = try await connection.query(statement, [module.schema]).only().string("functions")
            // What is no guard's is not read with a DBA's rights: a view in a table's place would run somebody's code.
            if let problem = try await connection.query(problems).first {
                distrust = EngineFailure(
                    .guardUnusable, try problem.string("problem"), hint: try problem.string("fix"))
                await connection.close()
            } else {
                // Without a function there is no module.
                let version =
                    text == "[]"
                    ? 0
                    : try await connection.query(
                        "SELECT guard_version AS version FROM \(module.schema).guard"
                    ).only().int("version")
                await connection.close()
                do throws(EngineFailure) {
                    return (version, try GuardDescription.decode(text))
                } catch {
                    throw .unexpectedAnswer(error.message)
                }
            }
        } catch {
            throw EngineFailure(error)
        }
        throw distrust
    }
}
