import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Whether the guard and the catalogue have what profiles ask for.
    func profileFindings(_ profiles: [Profile], _ description: GuardDescription) async -> [Finding] {
        var findings: [Finding] = []
        for profile in profiles {
            let check = "profile \(profile.name)"
            var own: [Finding] = []
            for group in profile.memberOf {
                own += await groupFindings(group, check, allowed: description.groups ?? [])
                for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
                    own += await leavingFindings(group, check, in: database)
                }
            }
            own += limits(profile, check, description)
            own += await loggingFindings(profile, check, description)
            own += await ownerFindings(profile, description)
            if own.allSatisfy({ $0.severity < .warning }) {
                own.append(Finding(.ok, check, "its groups exist and are allowed in the guard"))
            }
            findings += own
        }
        return findings
    }

    private func limits(
        _ profile: Profile, _ check: String, _ description: GuardDescription
    ) -> [Finding] {
        var findings: [Finding] = []
        for setting in profile.settings.keys.sorted() where description.settings?.contains(setting) != true {
            findings.append(
                Finding(
                    .error, check, "the setting \(setting.quoted()) is not allowed in the guard",
                    statement: insert("allowed_setting", setting)))
        }
        if let most = description.max_ttl_seconds, profile.ttl.max.seconds > most {
            findings.append(
                Finding(
                    .error, check, "its longest TTL is above the guard's ceiling of \(most) s",
                    statement: "UPDATE mayfly.guard SET max_ttl_seconds = \(profile.ttl.max.seconds);"))
        }
        if let most = description.max_live, profile.maxActive.total > most {
            findings.append(
                Finding(
                    .warning, check, "its total of live leases is above the guard's ceiling of \(most)",
                    statement: "UPDATE mayfly.guard SET max_live = \(profile.maxActive.total);"))
        }
        return findings
    }

    func groupFindings(_ group: String, _ check: String, allowed: [String]) async -> [Finding] {
        var findings: [Finding] = []
        if !allowed.contains(group) {
            findings.append(
                Finding(
                    .error, check, "the group \(group.quoted()) is not allowed in the guard",
                    statement: insert("allowed_group", group)))
        }
        let statement = """
            WITH RECURSIVE up (oid, admin) AS (
                SELECT oid, false FROM pg_catalog.pg_roles WHERE rolname = $1
                 UNION
                SELECT m.roleid, m.admin_option FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.oid)
            SELECT (SELECT count(*) FROM up) > 0 AS exists,
                   (SELECT string_agg(r.rolname, ', ') FROM up JOIN pg_catalog.pg_roles r USING (oid)
                     WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                        OR r.oid < 16384 OR up.admin) AS powers,
                   coalesce((SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = $1), false) AS can_login,
                   coalesce((SELECT pg_catalog.has_database_privilege(oid, $2, 'CONNECT') FROM pg_catalog.pg_roles
                              WHERE rolname = $1), true) AS can_connect
            """
        do throws(EngineFailure) {
            let rows = try await ask(guardPool, statement, [group, definition.database])
            do throws(PostgreSQLError) {
                return findings + (try groupFindings(group, check, try rows.only()))
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            // 3D000: the database of the configuration is not there.
            let missing = error.code == SQLState.invalidCatalogName.code
            findings.append(
                Finding(
                    .error, check,
                    missing ? "the database \(definition.database.quoted()) does not exist" : error.message))
            return findings
        }
    }

    /// Powers of a group by which a lease may leave things behind, or do what only an owner may.
    func leavingFindings(_ group: String, _ check: String, in database: String) async -> [Finding] {
        guard let pool = cleanupPools[database] else { return [] }
        let statement = """
            SELECT pg_catalog.current_setting('server_version_num')::int < 160000 AS may_set_role,
                   (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ') FROM pg_catalog.pg_namespace n
                     WHERE n.nspname !~ '^pg_' AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')) AS creates,
                   (SELECT count(*) FROM pg_catalog.pg_shdepend d
                     WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid
                       AND d.deptype = 'o' AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database b
                                                          WHERE b.datname = pg_catalog.current_database())) AS owns
              FROM pg_catalog.pg_roles r WHERE r.rolname = $1
            """
        let quoted = GuardInspection.grantee(group)
        do throws(EngineFailure) {
            let rows = try await ask(pool, statement, [group])
            do throws(PostgreSQLError) {
                guard let row = rows.first else { return [] }
                var findings: [Finding] = []
                if try row.int("owns") > 0 {
                    findings.append(
                        Finding(
                            .warning, check,
                            "the group \(group.quoted()) owns objects in \(database.quoted()): a lease can do with them "
                                + "what an owner can, also drop them",
                            statement: "REASSIGN OWNED BY \(quoted) TO …;"))
                }
                if try row.bool("may_set_role"), let schemas = try row.optionalString("creates") {
                    findings.append(
                        Finding(
                            .warning, check,
                            "the group \(group.quoted()) may create in \(schemas) of \(database.quoted()): before "
                                + "PostgreSQL 16 a lease can leave things there in the group's name, which outlive it",
                            statement: "REVOKE CREATE ON SCHEMA \(schemas) FROM \(quoted), PUBLIC;"))
                }
                return findings
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return [Finding(.warning, check, "what \(group.quoted()) may leave behind: \(error.message)")]
        }
    }

    private func groupFindings(
        _ group: String, _ check: String, _ row: PostgreSQLRow
    ) throws(PostgreSQLError) -> [Finding] {
        let quoted = GuardInspection.grantee(group)
        guard try row.bool("exists") else {
            return [
                Finding(
                    .error, check, "the group \(group.quoted()) does not exist",
                    statement: "CREATE ROLE \(quoted) NOLOGIN;")
            ]
        }
        var findings: [Finding] = []
        if let powers = try row.optionalString("powers") {
            findings.append(
                Finding(
                    .error, check,
                    "the group \(group.quoted()) has, or reaches, a power that no lease may have: \(powers)"
                ))
        }
        if try row.bool("can_login") {
            findings.append(
                Finding(
                    .warning, check, "the group \(group.quoted()) can log in itself",
                    statement: "ALTER ROLE \(quoted) NOLOGIN;"))
        }
        if try !row.bool("can_connect") {
            findings.append(
                Finding(
                    .error, check,
                    "the group \(group.quoted()) may not connect to \(definition.database.quoted())",
                    statement:
                        "GRANT CONNECT ON DATABASE \(GuardInspection.grantee(definition.database)) TO \(quoted);"
                ))
        }
        return findings
    }

    func insert(_ table: String, _ value: String, schema: String = "mayfly") -> String {
        do throws(EngineFailure) {
            return "INSERT INTO \(schema).\(table) VALUES (\(try PostgreSQLQuoting.literal(value)));"
        } catch {
            return "-- \(error.message)"
        }
    }
}
