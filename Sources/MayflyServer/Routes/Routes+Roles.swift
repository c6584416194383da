import MayflyAPI
import MayflyCore

/// Login roles as the servers have them.
extension Routes {
    func roles(_ call: Call) throws(Refusal) -> Action {
        let database = try Self.database(try call.query(as: RoleSearch.self).database)
        return .identified { broker, identity throws(Refusal) in
            let reports = try await broker.roleReports(of: database, by: identity)
            let withErrors = !(await broker.roles(of: identity)).isEmpty
            return try .json(ServerRoleList(reports, withErrors: withErrors))
        }
    }

    func who(_ call: Call) throws(Refusal) -> Action {
        let database = try Self.database(try call.query(as: RoleSearch.self).database)
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.RoleBearer(try await broker.who(call.id, on: database, by: identity)))
        }
    }

    func reap(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: ReapRequest.self)
        let database = try DatabaseName(parsing: call.id, field: "id")
        let isDry = try body.bool(.dryRun) ?? false
        let keeps = try body.bool(.keep) ?? false
        let roles = try body.strings(.roles)
        // Only what somebody has seen is ended.
        guard isDry || roles != nil else {
            throw Refusal(
                .invalidRequest, "no role is named", field: "roles",
                hint: "a dry run tells which there are; name those that are meant")
        }
        let order = ReapOrder(
            database: database, choice: isDry ? .look : keeps ? .keep : .drop, roles: roles.map { Set($0) },
            reason: try Self.reason(try body.string(.reason)))
        return .identified { broker, identity throws(Refusal) in
            let answer = try await broker.reap(order, by: identity)
            return try .json(
                ReapReply(
                    database: database.rawValue, dryRun: isDry, safeMode: answer.safeMode.isOn,
                    roles: answer.roles.map { ReapedRole($0.report, $0.outcome) }))
        }
    }
}
