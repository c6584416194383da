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
                let (version, functions, strays) = try await functions(
                    of: module, in: database, user, password)
                // It is the DBA's choice whether there is one.
                if module == .narrowing, functions.isEmpty { continue }
                let inspection = GuardInspection(
                    module: module, check: check, broker: definition.account.user, version: version)
                var own: [Finding]
                do throws(CryptoFailure) {
                    own = try inspection.functions(functions)
                } catch {
                    throw EngineFailure(.invalid, error.description)
                }
                own += strays.map { Finding(.error, check, $0.message, statement: $0.statement) }
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
    ) async throws(EngineFailure) -> (version: Int, [GuardDescription.Function], [Stray]) {
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
                let strays = try await connection.query(
                    Self.strays, [module.schema, module == .core ? definition.account.user : nil]
                ).map { (row) throws(PostgreSQLError) in
                    Stray(message: try row.string("message"), statement: try row.string("statement"))
                }
                await connection.close()
                do throws(EngineFailure) {
                    return (version, try GuardDescription.decode(text), strays)
                } catch {
                    throw .unexpectedAnswer(error.message)
                }
            }
        } catch {
            throw EngineFailure(error)
        }
        throw distrust
    }

    /// What somebody has of the guard that only its functions are to have.
    private struct Stray {
        let message: String
        let statement: String
    }

    /// Rights on the tables of the schema `$1`, and on the schema, that default privileges or somebody gave; and members of
    /// the account `$2`. The views are for DBAs to give, and using the schema with them.
    private static let strays = """
        SELECT format('%s has %s on %s', coalesce(quote_ident(r.rolname), 'everybody'), o.privileges, o.name) AS message,
               format('REVOKE %s ON %s %s FROM %s;', o.privileges, o.kind, o.name, coalesce(quote_ident(r.rolname), 'PUBLIC')) AS statement
          FROM (SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), a.grantee, string_agg(DISTINCT a.privilege_type, ', ')
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
                 WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'S') AND a.grantee <> c.relowner
                   AND NOT (c.relkind = 'v' AND a.privilege_type = 'SELECT') GROUP BY 2, 3
                 UNION ALL
                SELECT 'TABLE', format('%I.%I', n.nspname, c.relname), a.grantee, 'ALL'
                  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid,
                       aclexplode(t.attacl) a
                 WHERE n.nspname = $1 AND c.relkind = 'r' AND NOT t.attisdropped AND a.grantee <> c.relowner GROUP BY 2, 3
                 UNION ALL
                SELECT 'SCHEMA', quote_ident(n.nspname), a.grantee, 'CREATE' FROM pg_namespace n, aclexplode(n.nspacl) a
                 WHERE n.nspname = $1 AND a.grantee <> n.nspowner AND a.privilege_type = 'CREATE')
               AS o (kind, name, grantee, privileges) LEFT JOIN pg_roles r ON r.oid = o.grantee
         UNION ALL
        SELECT format('%I is a member of our account, and so can call the guard as it', u.rolname),
               format('REVOKE %I FROM %I;', b.rolname, u.rolname)
          FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
         WHERE b.rolname = $2 AND NOT u.rolsuper
           AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = $1 AND n.nspowner = u.oid)
        """
}
