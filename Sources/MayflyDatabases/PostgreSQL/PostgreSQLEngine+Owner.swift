import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Who owns the guard, with whose rights its functions run, and what that role lacks for them.
    func ownerFindings(_ description: GuardDescription) async -> [Finding] {
        guard let owner = description.owner else { return [] }
        // Everybody may ask this of any role.
        let statement = """
            SELECT o.rolsuper AS is_superuser, o.rolcreaterole AS creates_roles,
                   pg_catalog.pg_has_role(o.oid, 'pg_signal_backend', 'USAGE') AS ends_sessions,
                   pg_catalog.pg_has_role(o.oid, 'pg_read_all_stats', 'USAGE') AS sees_sessions,
                   (SELECT pg_catalog.jsonb_agg(r.rolname ORDER BY r.rolname)::text
                      FROM pg_catalog.jsonb_array_elements_text($2::jsonb) AS g (name)
                      JOIN pg_catalog.pg_roles r ON r.rolname = g.name
                     WHERE NOT pg_catalog.pg_has_role(o.oid, r.oid, 'MEMBER WITH ADMIN OPTION')) AS not_given,
                   pg_catalog.current_setting('server_version_num')::int AS version
              FROM pg_catalog.pg_roles o WHERE o.rolname = $1
            """
        do throws(EngineFailure) {
            let rows = try await ask(
                guardPool, statement, [owner, try GuardMembers.json(description.groups ?? [])])
            do throws(PostgreSQLError) {
                let row = try rows.only()
                if try row.bool("is_superuser") {
                    return [Finding(.ok, "owner", "\(owner.quoted()), a superuser, owns the guard")]
                }
                let lacks = Lacks(
                    createRole: try !row.bool("creates_roles"), endSessions: try !row.bool("ends_sessions"),
                    seeSessions: try !row.bool("sees_sessions"),
                    groups: try row.optionalString("not_given"), version: try row.int("version"))
                return Self.findings(owner, lacks)
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return [Finding(.warning, "owner", "what \(owner.quoted()) may do: \(error.message)")]
        }
    }

    private struct Lacks {
        var createRole: Bool
        var endSessions: Bool
        var seeSessions: Bool
        /// Groups that it may not hand on, as JSON.
        var groups: String?
        /// As `server_version_num`.
        var version: Int
        /// CREATEROLE has been no power over all roles since.
        var isBounded: Bool { version >= 160_000 }
    }

    private static func findings(_ owner: String, _ lacks: Lacks) -> [Finding] {
        let name = GuardInspection.grantee(owner)
        var findings = [
            Finding(
                .note, "owner",
                "\(owner.quoted()), no superuser, owns the guard"
                    + (lacks.isBounded
                        ? ": issuing and dropping cost more with each live lease"
                        : "; before PostgreSQL 16 its CREATEROLE is nearly a superuser's power"))
        ]
        if lacks.createRole {
            findings.append(
                Finding(
                    .error, "owner", "\(owner.quoted()) may not make roles",
                    statement: "ALTER ROLE \(name) CREATEROLE;"))
        }
        if lacks.endSessions {
            findings.append(
                Finding(
                    .error, "owner", "\(owner.quoted()) may not end sessions: leases would stay locked",
                    statement: "GRANT pg_signal_backend TO \(name);"))
        }
        if lacks.seeSessions {
            findings.append(
                Finding(
                    .warning, "owner",
                    "\(owner.quoted()) does not see when sessions began, and so misses those that "
                        + "outlive their role",
                    statement: "GRANT pg_read_all_stats TO \(name);"))
        }
        // Before 16, CREATEROLE is enough.
        if lacks.isBounded, let groups = lacks.groups {
            findings.append(
                Finding(
                    .error, "owner", "\(owner.quoted()) may not hand on groups: \(groups)",
                    statement: "GRANT … TO \(name) WITH ADMIN OPTION;"))
        }
        return findings
    }
}
