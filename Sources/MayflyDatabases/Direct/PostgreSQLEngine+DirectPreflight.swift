import MayflyCore
import SQLClients

/// The preflight where there is no guard (`mode: direct`): whether our account has what it takes, and no more.
extension PostgreSQLEngine {
    /// From so many live roles on, each statement about a role is felt to be slower since 16, where our account holds
    /// ADMIN on every one.
    private static let comfortable = 500

    private var account: String { GuardInspection.grantee(definition.account.user) }

    func directPreflight(_ profiles: [Profile], major: Int) async -> [Finding] {
        var findings: [Finding] = []
        if let risk = definition.risk { findings.append(Finding(.warning, "mode", risk)) }
        do throws(EngineFailure) {
            findings += try await accountFindings(major: major)
            findings += try await membershipFindings(profiles, major: major)
        } catch {
            findings.append(Finding(.error, "account", error.message))
        }
        for profile in profiles { findings += await directFindings(profile, major: major) }
        for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
            findings += await reachFindings(database)
        }
        findings.append(Finding(.ok, "expiry", "VALID UNTIL ends new logins by itself"))
        findings.append(
            Finding(
                .warning, "expiry",
                "without the guard nothing in the server ends sessions and roles while the broker is dead"))
        for host in replicas.pools.keys.sorted() { findings += await directReplicaFindings(host) }
        return findings
    }

    private func accountFindings(major: Int) async throws(EngineFailure) -> [Finding] {
        let rows = try await ask(
            guardPool,
            """
            SELECT r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
                   pg_catalog.pg_has_role(r.oid, 'pg_signal_backend', 'USAGE') AS signals,
                   (SELECT count(*) FROM pg_catalog.pg_roles l WHERE starts_with(l.rolname::text, $1)) AS live
              FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """, [direct?.rolePrefix])
        do throws(PostgreSQLError) {
            let row = try rows.only()
            var findings: [Finding] = []
            for (column, name) in [
                ("rolsuper", "SUPERUSER"), ("rolcreatedb", "CREATEDB"), ("rolreplication", "REPLICATION"),
                ("rolbypassrls", "BYPASSRLS"),
            ] where try row.bool(column) {
                findings.append(
                    Finding(
                        .error, "account", "our account has \(name), which is not our job",
                        statement: "ALTER ROLE \(account) NO\(name);"))
            }
            if try !row.bool("rolcreaterole") {
                findings.append(
                    Finding(
                        .error, "account", "our account may not make roles",
                        statement: "ALTER ROLE \(account) CREATEROLE;"))
            }
            if try !row.bool("signals") {
                findings.append(
                    Finding(
                        .warning, "account",
                        "our account is not in pg_signal_backend: sessions that outlive their role cannot be ended",
                        statement: "GRANT pg_signal_backend TO \(account);"))
            }
            if findings.isEmpty {
                findings.append(Finding(.ok, "account", "CREATEROLE, and no other attribute"))
            }
            return findings + [liveFinding(try row.int("live"), major: major)]
        } catch {
            throw EngineFailure(error)
        }
    }

    private func liveFinding(_ live: Int, major: Int) -> Finding {
        let most = definition.ceilings.maxLive
        if major >= 16, max(live, most) > Self.comfortable {
            return Finding(
                .warning, "ceilings",
                "\(live) of \(most) roles live: since PostgreSQL 16 each live role makes the next one dearer where our"
                    + " account is no superuser (559 a second with 1,000 live, 130 with 5,000)")
        }
        return Finding(
            live * 10 >= most * 9 ? .warning : .ok, "ceilings",
            "\(live) of \(most) roles live; the ceilings are held by the daemon, not by the server")
    }

    /// What our account is a member of: the groups that it hands on, and no others.
    private func membershipFindings(
        _ profiles: [Profile], major: Int
    ) async throws(EngineFailure) -> [Finding] {
        let inherits = major >= 16 ? "m.inherit_option" : "true"
        let rows = try await ask(
            guardPool,
            """
            SELECT g.rolname AS name, bool_or(\(inherits)) AS inherits
              FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
             WHERE m.member = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
               AND NOT starts_with(g.rolname::text, $1) AND g.rolname <> 'pg_signal_backend'
             GROUP BY g.rolname ORDER BY g.rolname
            """, [direct?.rolePrefix])
        let groups = Set(profiles.flatMap(\.memberOf))
        do throws(PostgreSQLError) {
            var findings: [Finding] = []
            for row in rows {
                let name = try row.string("name")
                let quoted = GuardInspection.grantee(name)
                if !groups.contains(name) {
                    findings.append(
                        Finding(
                            .warning, "account",
                            "our account is a member of \(name.quoted()), which no profile here gives",
                            statement: "REVOKE \(quoted) FROM \(account);"))
                } else if try row.bool("inherits") {
                    findings.append(
                        Finding(
                            .warning, "account", "our account has itself what \(name.quoted()) may do",
                            statement: major >= 16
                                ? "GRANT \(quoted) TO \(account) WITH INHERIT FALSE, SET FALSE;"
                                : "REVOKE \(quoted) FROM \(account);"))
                }
            }
            return findings
        } catch {
            throw EngineFailure(error)
        }
    }

    private func directFindings(_ profile: Profile, major: Int) async -> [Finding] {
        let check = "profile \(profile.name)"
        var findings: [Finding] = []
        for group in profile.memberOf {
            findings += await groupFindings(group, check, allowed: [group])
            for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
                findings += await leavingFindings(group, check, in: database)
            }
            if major >= 16 { findings += await adminFindings(group, check) }
        }
        if findings.allSatisfy({ $0.severity < .warning }) {
            findings.append(Finding(.ok, check, "its groups exist, and our account may hand them on"))
        }
        return findings
    }

    private func adminFindings(_ group: String, _ check: String) async -> [Finding] {
        do throws(EngineFailure) {
            let rows = try await ask(
                guardPool,
                """
                SELECT pg_catalog.pg_has_role(r.oid, 'USAGE WITH ADMIN OPTION') AS admin
                  FROM pg_catalog.pg_roles r WHERE r.rolname = $1
                """, [group])
            guard let row = rows.first, row.firstText != "t" else { return [] }
            let quoted = GuardInspection.grantee(group)
            return [
                Finding(
                    .error, check, "our account may not hand on the group \(group.quoted())",
                    statement: "GRANT \(quoted) TO \(account) WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;")
            ]
        } catch {
            return [Finding(.warning, check, error.message)]
        }
    }

    private func reachFindings(_ database: String) async -> [Finding] {
        guard let pool = cleanupPools[database] else { return [] }
        do throws(EngineFailure) {
            _ = try await ask(pool, "SELECT 1")
            return []
        } catch {
            return [
                Finding(
                    .error, "clean-up in \(database.quoted())", error.message,
                    statement:
                        "GRANT CONNECT ON DATABASE \(GuardInspection.grantee(database)) TO \(account);")
            ]
        }
    }

    private func directReplicaFindings(_ host: String) async -> [Finding] {
        guard let pool = replicas.pools[host] else { return [] }
        do throws(EngineFailure) {
            let rows = try await ask(pool, "SELECT pg_catalog.pg_is_in_recovery()")
            return rows.first?.firstText == "t"
                ? [Finding(.ok, "replica", "sessions can be ended on \(host)")]
                : [Finding(.warning, "replica", "\(host) is not a standby")]
        } catch {
            return [Finding(.error, "replica", "\(host): \(error.message)")]
        }
    }
}
