import Foundation
package import MayflyCore
import SQLClients

/// What is asked of the server about its roles.
extension PostgreSQLEngine {
    package func roles(withOwned: Bool) async throws(EngineFailure) -> [RoleStanding] {
        if let direct { return try await directRoles(direct) }
        let rows: PostgreSQLRows
        do throws(EngineFailure) {
            rows = try await ask(guardPool, Self.inspection, [withOwned ? "true" : "false"])
        } catch  where error.code == SQLState.undefinedFunction.code {
            rows = try await ask(guardPool, Self.inspectionOfVersion1)
        }
        do throws(PostgreSQLError) {
            var standings: [RoleStanding] = []
            var hanging: [[HangingEntry]] = []
            for row in rows {
                standings.append(try Self.standing(row))
                hanging.append(try Self.hanging(row))
            }
            guard withOwned else { return standings }
            await measure(&standings, hanging)
            return standings
        } catch {
            throw EngineFailure(error)
        }
    }

    private static let inspection = """
        SELECT lease, role, requester, standing, extract(epoch FROM created_at)::text AS created_at_epoch,
               extract(epoch FROM valid_until)::text AS valid_until_epoch,
               coalesce(valid_until <= clock_timestamp(), false) AS overdue, can_login,
               to_json(groups)::text AS groups, to_json(alterations)::text AS alterations, sessions, used, comment,
               hanging::text AS hanging
          FROM mayfly.inspect($1::boolean)
        """

    private static let inspectionOfVersion1 = """
        SELECT lease, role, requester, standing, extract(epoch FROM created_at)::text AS created_at_epoch,
               extract(epoch FROM valid_until)::text AS valid_until_epoch,
               coalesce(valid_until <= clock_timestamp(), false) AS overdue, can_login, '[]' AS groups,
               CASE WHEN altered THEN '["password_or_settings"]' ELSE '[]' END AS alterations, NULL AS sessions,
               NULL AS used, NULL AS comment, NULL AS hanging
          FROM mayfly.roles()
        """

    private static func standing(_ row: PostgreSQLRow) throws(PostgreSQLError) -> RoleStanding {
        let standing: RoleStanding.Standing =
            switch try row.string("standing") {
            case "live": .live
            case "gone": .missing
            default: .stray
            }
        return RoleStanding(
            standing: standing,
            lease: try row.optionalString("lease").flatMap(LeaseID.init(rawValue:)),
            role: try row.string("role"), requester: try row.optionalString("requester"),
            createdAt: try moment(row, "created_at_epoch"), validUntil: try moment(row, "valid_until_epoch"),
            isOverdue: try row.bool("overdue"), canLogIn: try row.bool("can_login"),
            groups: try row.strings("groups"),
            alterations: try row.strings("alterations").map(RoleAlteration.init),
            sessions: try row.optionalInt("sessions"),
            isUsed: try row.optionalString("used").map { $0 == "t" },
            comment: try row.optionalString("comment"))
    }

    /// A role that a DBA made may end at `infinity`, which is no date.
    private static func moment(_ row: PostgreSQLRow, _ column: String) throws(PostgreSQLError) -> Date? {
        guard let seconds = try row.optionalString(column).flatMap(Double.init), seconds.isFinite else {
            return nil
        }
        return Date(timeIntervalSince1970: seconds)
    }

    private static func hanging(_ row: PostgreSQLRow) throws(PostgreSQLError) -> [HangingEntry] {
        guard let json = try row.optionalString("hanging") else { return [] }
        do throws(EngineFailure) { return try HangingEntry.list(json) } catch {
            throw .unexpectedAnswer(error.message)
        }
    }

    /// Says what roles own. The guard counts it for the whole server; sizes can be asked for in each database only,
    /// with no right but that to connect.
    private func measure(_ standings: inout [RoleStanding], _ hanging: [[HangingEntry]]) async {
        var places: [String: Set<String>] = [:]
        for (index, entries) in hanging.enumerated() {
            let owned = entries.filter(\.isOwnership)
            standings[index].owned = .init(
                objects: owned.reduce(0) { $0 + $1.count }, bytes: owned.isEmpty ? 0 : nil)
            for entry in owned {
                if let database = entry.database {
                    places[database, default: []].insert(standings[index].role)
                }
            }
        }
        var sizes: [String: Int64] = [:]
        for (database, roles) in places {
            guard let pool = cleanupPools[database] else { continue }
            // A table that somebody has locked is not waited for: then nothing is said of sizes.
            guard let found = try? await bytes(of: roles, in: pool) else { continue }
            sizes.merge(found, uniquingKeysWith: +)
        }
        for index in standings.indices {
            if let size = sizes[standings[index].role] { standings[index].owned?.bytes = size }
        }
    }

    private func bytes(of roles: Set<String>, in pool: PostgreSQLPool) async throws -> [String: Int64] {
        let statement = """
            WITH patience AS MATERIALIZED (SELECT pg_catalog.set_config('lock_timeout', '500ms', true))
            SELECT r.rolname, pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)) AS bytes
              FROM patience, pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
             WHERE c.relkind IN ('r', 'm', 'S')
               AND r.rolname IN (SELECT pg_catalog.jsonb_array_elements_text($1::jsonb)) GROUP BY r.rolname
            """
        var sizes: [String: Int64] = [:]
        for row in try await ask(pool, statement, [try GuardMembers.json(roles.sorted())]) {
            sizes[try row.string("rolname")] = Int64(try row.string("bytes"))
        }
        return sizes
    }

    package func find(_ subject: RoleSubject) async throws(EngineFailure) -> FoundRole? {
        let rows =
            switch subject {
            case .role(let name): try await ask(guardPool, Self.byName, [name])
            case .session(let pid): try await ask(guardPool, Self.byProcess, [String(pid)])
            }
        let (name, text): (String, String?)
        do throws(PostgreSQLError) {
            guard let row = rows.first else { return nil }
            (name, text) = (try row.string("role"), try row.optionalString("comment"))
        } catch {
            throw EngineFailure(error)
        }
        let standing = try await roles().first { $0.role == name }
        let comment = text.flatMap(RoleComment.init)
        guard standing != nil || comment != nil else { return nil }
        return FoundRole(role: name, standing: standing, comment: comment)
    }

    private static let byName = """
        SELECT r.rolname AS role, pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
          FROM pg_catalog.pg_roles r WHERE r.rolname = $1
        """
    private static let byProcess = """
        SELECT r.rolname AS role, pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment
          FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid WHERE a.pid = $1::bigint
        """
}
