import Foundation
import MayflyCore
import SQLClients

/// What an engine asks in its own name where there is no guard (`mode: direct`).
extension PostgreSQLEngine {
    /// By the catalogue and its comments; what this process made and is not there is missing.
    func directRoles(_ direct: PostgreSQLDirect) async throws(EngineFailure) -> [RoleStanding] {
        // Before the catalogue: what is made meanwhile is not missing.
        let made = direct.register.living.filter { $0.making?.isComplete == true }
        let rows = try await ask(
            guardPool,
            """
            SELECT r.rolname AS role, r.rolcanlogin AS can_login, coalesce(r.rolvaliduntil <= clock_timestamp(), false) AS overdue,
                   extract(epoch FROM r.rolvaliduntil)::text AS valid_until_epoch, x.ours,
                   CASE WHEN x.ours THEN substr(d.description, length($2) + 1, 36) END AS lease,
                   CASE WHEN x.ours THEN substr(d.description, strpos(d.description, ' requester=') + 11) END AS requester,
                   d.description AS comment,
                   (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid) AS sessions,
                   to_json(array_remove(ARRAY[
                       CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
                       CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
                       CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
                       CASE WHEN r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                            THEN 'powers' END], NULL))::text AS alterations
              FROM pg_catalog.pg_roles r
              LEFT JOIN pg_catalog.pg_shdescription d
                   ON d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_authid'::regclass,
                   LATERAL (SELECT coalesce(starts_with(d.description, $2)
                            AND starts_with(substr(d.description, length($2) + 37), ' until='), false)) AS x (ours)
             WHERE starts_with(r.rolname::text, $1)
            """, [direct.rolePrefix, direct.commentPrefix])
        var standings: [RoleStanding] = []
        do throws(PostgreSQLError) {
            for row in rows {
                let end = try row.optionalString("valid_until_epoch").flatMap(Double.init)
                let lease = try row.optionalString("lease").flatMap(LeaseID.init(rawValue:))
                standings.append(
                    RoleStanding(
                        standing: lease == nil ? .stray : .live, lease: lease, role: try row.string("role"),
                        requester: try row.optionalString("requester"),
                        validUntil: end.flatMap { $0.isFinite ? Date(timeIntervalSince1970: $0) : nil },
                        isOverdue: lease == nil ? false : try row.bool("overdue"),
                        canLogIn: try row.bool("can_login"),
                        // Nobody but a superuser reads the verifiers, and nobody remembers what was issued.
                        alterations: lease == nil
                            ? [] : try row.strings("alterations").map(RoleAlteration.init),
                        sessions: try row.int("sessions"), comment: try row.optionalString("comment")))
            }
        } catch {
            throw EngineFailure(error)
        }
        let there = Set(standings.compactMap(\.lease))
        let unseen = made.filter { !there.contains($0.reference.lease) }
        // A role that was renamed or lost its comment is there.
        let present = try await present(unseen.map(\.reference))
        return standings
            + unseen.filter { !present.contains($0.reference.role.rawValue) }.map { $0.missing }
    }

    /// - Returns: as `health`, and remembers which roles were used.
    func directHealth(_ direct: PostgreSQLDirect) async throws(EngineFailure) -> PostgreSQLRows {
        let rows = try await ask(
            guardPool,
            """
            SELECT current_setting('server_version') AS version, NULL AS guard,
                   extract(epoch FROM clock_timestamp())::text AS now
            """)
        let used = try await ask(
            guardPool,
            """
            SELECT DISTINCT a.usename::text AS role FROM pg_catalog.pg_stat_activity a
             WHERE starts_with(a.usename::text, $1)
            """, [direct.rolePrefix])
        direct.register.markUsed(Set(used.compactMap(\.firstText)))
        return rows
    }
}

extension DirectRegister.Entry {
    /// What is said of a role that was made, and is not there.
    var missing: RoleStanding {
        RoleStanding(
            standing: .missing, lease: reference.lease, role: reference.role.rawValue, requester: requester,
            validUntil: validUntil.map { Date(timeIntervalSince1970: $0) }, isOverdue: false, canLogIn: false)
    }
}
