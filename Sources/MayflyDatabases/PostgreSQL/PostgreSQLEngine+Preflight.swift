import Foundation
package import MayflyCore
import MayflyCrypto
import SQLClients

extension PostgreSQLEngine {
    /// The oldest and the newest major version that this engine is made for.
    static let versions = 13...18

    package func preflight(profiles: [Profile]) async -> [Finding] {
        let facts: PostgreSQLServerFacts
        do throws(PostgreSQLError) {
            facts = try await guardPool.withConnection(.ending, by: deadline) {
                (connection) throws(PostgreSQLError) in
                await connection.server
            }
        } catch {
            return [unreachable(EngineFailure(error))]
        }
        var findings = [Finding(.ok, "server", "\(facts.host):\(definition.port) takes us and is writable")]
        findings.append(version(facts))
        findings.append(tlsFinding(facts))
        findings += await clock()
        if direct != nil {
            return findings + (await directPreflight(profiles, major: facts.majorVersion))
        }
        let (description, guardFindings) = await coreFindings()
        findings += guardFindings
        if let description {
            findings += powers(description)
            findings += await preparedFindings()
            findings += await ownerFindings(description)
            findings += await excess(guardPool, definition.guardDatabase)
            findings += ceilingFindings(description)
            findings += await profileFindings(profiles, description)
        }
        for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
            findings += await cleanupFindings(database)
            findings += await everybodyFindings(in: database)
        }
        findings += await narrowingFindings(profiles)
        findings += await serverLogFindings()
        findings += await serverSideExpiry()
        for host in replicas.pools.keys.sorted() { findings += await replicaFindings(host) }
        return findings
    }

    private func unreachable(_ failure: EngineFailure) -> Finding {
        let account = GuardInspection.grantee(definition.account.user)
        let statement: String? =
            switch failure.kind {
            case .notAuthenticated:
                "\\password \(account)  -- and see that pg_hba.conf lets it in, with scram-sha-256"
            case .guardUnusable:
                "psql -f FILE, with the output of `mayflyd guard print \(definition.name)`"
            case .overloaded:
                "ALTER SYSTEM SET max_connections = …;  -- and restart"
            case .unreachable, .outcomeUnknown, .refusedByGuard, .tooMany, .readOnly, .serverError, .invalid,
                .replica:
                nil
            }
        return Finding(.error, "server", failure.description, statement: statement)
    }

    private func version(_ facts: PostgreSQLServerFacts) -> Finding {
        let major = facts.majorVersion
        if Self.versions.contains(major) { return Finding(.ok, "version", "PostgreSQL \(major)") }
        return major < Self.versions.lowerBound
            ? Finding(.error, "version", "PostgreSQL \(major) is too old: 13 to 18")
            : Finding(.warning, "version", "PostgreSQL \(major) is newer than this engine was tried with")
    }

    private func tlsFinding(_ facts: PostgreSQLServerFacts) -> Finding {
        if let tls = facts.tls {
            let verified = definition.tls.mode == .verifyFull
            return Finding(
                verified ? .ok : .warning, "tls",
                "\(tls.version), \(tls.cipher)" + (verified ? "" : "; the host's name is not verified"))
        }
        if facts.host.hasPrefix("/") { return Finding(.ok, "tls", "a local socket needs none") }
        if Loopback.contains(facts.host) {
            return Finding(.ok, "tls", "none, on loopback")
        }
        return Finding(
            .warning, "tls", "none: whoever is on the way reads and changes what we say",
            statement:
                "ALTER SYSTEM SET ssl = on;  -- with ssl_cert_file and ssl_key_file, and tls.mode verify-full here"
        )
    }

    private func clock() async -> [Finding] {
        guard let skew = await health().clockSkew else { return [] }
        let text = String(format: "%+.2f s against ours", skew)
        return [
            abs(skew) < 2
                ? Finding(.ok, "clock", text)
                : Finding(
                    abs(skew) < 60 ? .warning : .error, "clock",
                    "the server's clock is \(text): leases end by the server's, and we act by ours")
        ]
    }

    // MARK: The guard

    func describe(
        _ pool: PostgreSQLPool, _ module: PostgreSQLGuard.Module
    ) async throws(EngineFailure) -> GuardDescription {
        let rows = try await ask(pool, "SELECT \(module.schema).describe()::text AS description")
        return try GuardDescription.decode(try rows.onlyText())
    }

    private func coreFindings() async -> (GuardDescription?, [Finding]) {
        do throws(EngineFailure) {
            let description = try await describe(guardPool, .core)
            return (description, moduleFindings(description, .core, check: "guard"))
        } catch {
            return (
                nil,
                [
                    Finding(
                        .error, "guard", error.message,
                        statement: "psql -f FILE, with the output of `mayflyd guard print \(definition.name)`"
                    )
                ]
            )
        }
    }

    private func cleanupFindings(_ database: String) async -> [Finding] {
        let check = "clean-up in \(database.quoted())"
        guard let pool = cleanupPools[database] else { return [] }
        do throws(EngineFailure) {
            let description = try await describe(pool, .cleanup)
            return moduleFindings(description, .cleanup, check: check) + (await excess(pool, database))
        } catch {
            return [
                Finding(
                    .error, check, error.message,
                    statement: "psql -f FILE, with the output of `mayflyd guard print \(definition.name)`")
            ]
        }
    }

    /// Optional: without it nobody asks for less than a profile gives.
    private func narrowingFindings(_ profiles: [Profile]) async -> [Finding] {
        let check = "narrowing in \(definition.database.quoted())"
        do throws(EngineFailure) {
            guard try await isInstalled(.narrowing) else {
                return [
                    Finding(
                        .note, check, "not installed: requests for some tables or columns are refused",
                        statement: "psql -d DATABASE -f FILE, with the output of "
                            + "`mayflyd guard print \(definition.name) --narrowing`")
                ]
            }
            let description = try await describe(narrowingPool, .narrowing)
            let allowed = Set(description.groups ?? [])
            let missing = Set(profiles.flatMap(\.memberOf)).subtracting(allowed).sorted()
            let faults = (description.faults ?? []).map { Finding(.warning, check, $0) }
            return moduleFindings(description, .narrowing, check: check) + faults
                + missing.map { group in
                    Finding(
                        .note, check, "the group \(group.quoted()) cannot be narrowed",
                        statement: insert("allowed_base", group, schema: "mayfly_narrowing"))
                }
        } catch {
            return [Finding(.error, check, error.message)]
        }
    }

    private func moduleFindings(
        _ description: GuardDescription, _ module: PostgreSQLGuard.Module, check: String
    ) -> [Finding] {
        let newest = PostgreSQLGuard.version
        guard (PostgreSQLGuard.oldest...newest).contains(description.guard_version) else {
            let relation = description.guard_version < newest ? "older" : "newer"
            return [
                Finding(
                    .error, check,
                    "version \(description.guard_version) is \(relation) than this program's \(newest)",
                    statement:
                        "psql -f FILE, with the output of `mayflyd guard print \(definition.name) --upgrade`"
                )
            ]
        }
        var findings: [Finding] = []
        if description.guard_version < newest {
            findings.append(
                Finding(
                    .note, check,
                    "version \(description.guard_version) is older than this program's \(newest): leases cannot create"
                        + " for an owner, and what ended roles own is not given on",
                    statement:
                        "psql -f FILE, with the output of `mayflyd guard print \(definition.name) --upgrade`")
            )
        }
        let ours = (installation.name, installation.tag.rawValue, definition.account.user)
        if (description.installation, description.tag, description.broker) != ours {
            findings.append(
                Finding(
                    .error, check,
                    "it is installed for installation \(description.installation.quoted()), tag "
                        + "\(description.tag.quoted()), account \(description.broker.quoted())"))
        }
        do throws(CryptoFailure) {
            findings += try GuardInspection(
                module: module, check: check, broker: definition.account.user,
                version: description.guard_version
            ).functions(description.functions)
        } catch {
            findings.append(Finding(.error, check, error.description))
        }
        if findings.allSatisfy({ $0.severity < .warning }) {
            findings.append(
                Finding(
                    .ok, check,
                    "version \(description.guard_version), \(description.functions.count) functions unchanged"
                ))
        }
        return findings
    }

    // MARK: Beyond our job

    private func powers(_ description: GuardDescription) -> [Finding] {
        guard let powers = description.broker_powers else {
            return [Finding(.error, "account", "the guard does not know our account")]
        }
        let account = GuardInspection.grantee(definition.account.user)
        var findings: [Finding] = []
        if !powers.attributes.isEmpty {
            let undone = powers.attributes.map { "NO\($0)" }.joined(separator: " ")
            findings.append(
                Finding(
                    .error, "account", "our account has \(powers.attributes.joined(separator: ", "))",
                    statement: "ALTER ROLE \(account) \(undone);"))
        }
        for group in powers.memberships {
            findings.append(
                Finding(
                    .error, "account", "our account is a member of \(group)",
                    statement: "REVOKE \(group) FROM \(account);"))
        }
        if findings.isEmpty {
            findings.append(Finding(.ok, "account", "no attribute beyond LOGIN, member of nothing"))
        }
        return findings
    }

    /// Tables, columns and sequences that our account can reach in a database, and schemas that it can make things in,
    /// by a grant to it or to PUBLIC.
    private func excess(_ pool: PostgreSQLPool, _ database: String) async -> [Finding] {
        let statement = """
            SELECT kind, name FROM (
                SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
                       pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
                   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                   AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')
                       ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
                            OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
                 UNION ALL
                SELECT 'SCHEMA', pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
                 WHERE n.nspname !~ '^pg_' AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')) AS x
             ORDER BY kind, name LIMIT 6
            """
        do throws(EngineFailure) {
            let rows = try await ask(pool, statement)
            do throws(PostgreSQLError) {
                var things: [(kind: String, name: String)] = []
                for row in rows { things.append((try row.string("kind"), try row.string("name"))) }
                guard let first = things.first else { return [] }
                let names = things.prefix(5).map { "\($0.kind.lowercased()) \($0.name)" }.joined(
                    separator: ", ")
                return [
                    Finding(
                        .warning, "account",
                        "our account can use more than the guard in \(database.quoted()): \(names)"
                            + (things.count > 5 ? ", and more" : ""),
                        statement: "REVOKE ALL ON \(first.kind) \(first.name) FROM PUBLIC, "
                            + "\(GuardInspection.grantee(definition.account.user));")
                ]
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return [Finding(.warning, "account", "what we can use in \(database.quoted()): \(error.message)")]
        }
    }

    // MARK: When the broker is dead, and standbys

    private func serverSideExpiry() async -> [Finding] {
        let statement = """
            SELECT current_setting('cron.database_name', true) IS NOT NULL
                   OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_cron') AS has_cron
            """
        let scheduled = """
            SELECT cron.schedule_in_database('mayfly', '* * * * *', 'SELECT mayfly.end_overdue()', \
            '\(definition.guardDatabase.doubling("'"))');
            """
        do throws(EngineFailure) {
            let rows = try await ask(guardPool, statement)
            let hasCron = rows.first?.firstText == "t"
            return [
                Finding(.ok, "expiry", "VALID UNTIL ends new logins by itself"),
                Finding(
                    .note, "expiry",
                    hasCron
                        ? "pg_cron is there: see that it calls mayfly.end_overdue() each minute"
                        : "no pg_cron: without some scheduler that calls mayfly.end_overdue(), sessions outlive their "
                            + "lease while the broker is dead",
                    statement: hasCron
                        ? scheduled : "-- from cron, each minute: SELECT * FROM mayfly.end_overdue();"),
            ]
        } catch {
            return [Finding(.warning, "expiry", error.message)]
        }
    }

    private func replicaFindings(_ host: String) async -> [Finding] {
        guard let pool = replicas.pools[host] else { return [] }
        do throws(EngineFailure) {
            let rows = try await ask(
                pool,
                "SELECT pg_catalog.pg_is_in_recovery() AS standby, (SELECT count(*) FROM mayfly.terminate('[]'))"
            )
            guard rows.first?.firstText == "t" else {
                return [Finding(.warning, "replica", "\(host) is not a standby")]
            }
            return [Finding(.ok, "replica", "sessions can be ended on \(host)")]
        } catch {
            return [Finding(.error, "replica", "\(host): \(error.message)")]
        }
    }
}
