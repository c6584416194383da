import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Whether the guard lets leases create for the owners that profiles name, and lets the takers take over.
    func ownerFindings(_ profile: Profile, _ description: GuardDescription) async -> [Finding] {
        let check = "profile \(profile.name)"
        var findings: [Finding] = []
        if let create = profile.create {
            let allowed = description.owners?.first { $0.name == create.owner }
            if allowed == nil || (create.ddlAsOwner && allowed?.ddl_as_owner != true) {
                findings.append(
                    Finding(
                        .error, check,
                        "the guard does not let leases create for \(create.owner.quoted())"
                            + (allowed == nil ? "" : " while it owns data"),
                        statement: Self.statement(
                            "INSERT INTO mayfly.allowed_owner VALUES (%, \(create.ddlAsOwner)) ON CONFLICT (name) DO"
                                + " UPDATE SET ddl_as_owner = excluded.ddl_as_owner;", create.owner)))
            }
            findings += await powerFindings(create, check)
        }
        for database in PostgreSQLGuard.cleanupDatabases(of: definition) {
            findings += await cleanupOwnerFindings(profile, in: database)
        }
        return findings
    }

    private func powerFindings(_ create: Profile.CreateRights, _ check: String) async -> [Finding] {
        let statement = """
            SELECT pg_catalog.current_setting('server_version_num')::int < 160000 AS inherits,
                   (WITH RECURSIVE up (oid) AS (
                        SELECT r.oid UNION SELECT m.roleid FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.oid)
                    SELECT g.rolname FROM up JOIN pg_catalog.pg_roles g ON g.oid = up.oid
                     WHERE EXISTS (SELECT FROM pg_catalog.pg_shdepend s WHERE s.deptype = 'o' AND s.refobjid = up.oid
                                      AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass)
                     ORDER BY up.oid <> r.oid LIMIT 1) AS owns
              FROM pg_catalog.pg_roles r WHERE r.rolname = $1
            """
        do throws(EngineFailure) {
            let rows = try await ask(guardPool, statement, [create.owner])
            do throws(PostgreSQLError) {
                guard let row = rows.first else {
                    return [
                        Finding(
                            .error, check, "the owner \(create.owner.quoted()) does not exist",
                            statement: "CREATE ROLE \(GuardInspection.grantee(create.owner)) NOLOGIN;")
                    ]
                }
                guard let owns = try row.optionalString("owns"), !create.ddlAsOwner else { return [] }
                guard ExactText(owns) == ExactText(create.owner) else {
                    return [
                        Finding(
                            .error, check,
                            "the owner \(create.owner.quoted()) is a member of \(owns.quoted()), or reaches it, which owns"
                                + " objects that a lease could do anything with: nothing is issued",
                            statement: "REVOKE \(GuardInspection.grantee(owns)) FROM "
                                + "\(GuardInspection.grantee(create.owner));  -- or say `ddl_as_owner: true`")
                    ]
                }
                return [
                    Finding(
                        .error, check,
                        "the owner \(create.owner.quoted()) owns objects already, which a lease could do anything with:"
                            + " nothing is issued",
                        statement: "REASSIGN OWNED BY \(GuardInspection.grantee(create.owner)) TO …;"
                            + "  -- or say `ddl_as_owner: true`")
                ]
            } catch {
                throw EngineFailure(error)
            }
        } catch {
            return [Finding(.warning, check, "the owner \(create.owner.quoted()): \(error.message)")]
        }
    }

    private func cleanupOwnerFindings(_ profile: Profile, in database: String) async -> [Finding] {
        guard let pool = cleanupPools[database], profile.create != nil || profile.ownedObjects.taker != nil
        else { return [] }
        let check = "profile \(profile.name)"
        do throws(EngineFailure) {
            let description = try await describe(pool, .cleanup)
            guard let owners = description.owners else { return [] }
            var findings: [Finding] = []
            if let taker = profile.ownedObjects.taker,
                owners.first(where: { $0.name == taker })?.takes_over != true
            {
                findings.append(
                    Finding(
                        .error, check,
                        "the guard does not let \(taker.quoted()) take over what ended roles own in \(database.quoted())",
                        statement: "\\connect \(GuardInspection.grantee(database))\n"
                            + Self.statement(
                                "INSERT INTO mayfly_cleanup.allowed_owner VALUES (%, true, false) ON CONFLICT (name) DO"
                                    + " UPDATE SET takes_over = true;", taker)))
            }
            if let owner = profile.create?.owner,
                owners.first(where: { $0.name == owner })?.creates != true
            {
                findings.append(
                    Finding(
                        .warning, check,
                        "what leases leave in the name of \(owner.quoted()) in \(database.quoted()) cannot be listed",
                        statement: "\\connect \(GuardInspection.grantee(database))\n"
                            + Self.statement(
                                "INSERT INTO mayfly_cleanup.allowed_owner VALUES (%, false, true) ON CONFLICT (name) DO"
                                    + " UPDATE SET creates = true;", owner)))
            }
            return findings
        } catch {
            return []  // that the module cannot be asked is said once, where it is looked at
        }
    }

    private static func statement(_ text: String, _ name: String) -> String {
        do throws(EngineFailure) {
            return text.replacing("%", with: try PostgreSQLQuoting.literal(name))
        } catch {
            return "-- \(error.message)"
        }
    }
}
