import MayflyAPI
import MayflyCore

/// Stopping new leases.
extension Routes {
    func lockdowns(_ call: Call) throws(Refusal) -> Action {
        let ended = try call.query(as: LockdownSearch.self).ended ?? false
        return .identified { broker, identity throws(Refusal) in
            let withPeople = !(await broker.roles(of: identity)).isEmpty
            let found = try await broker.lockdowns(ended: ended, by: identity)
            return try .json(
                LockdownList(lockdowns: found.map { MayflyAPI.Lockdown($0, withPeople: withPeople) }))
        }
    }

    func startLockdown(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: StartLockdown.self)
        let database = try Self.database(try body.string(.database))
        let profile = try Self.profile(try body.string(.profile))
        let user = try body.string(.user)
        guard [database != nil, profile != nil, user != nil].count(where: { $0 }) <= 1 else {
            throw Refusal(
                .invalidRequest, "a lockdown is on one thing", field: profile == nil ? "user" : "profile",
                hint: "give database, profile or user, or none for everything; several may be in force")
        }
        let seconds = try body.integer(.forSeconds)
        if let seconds, !(1...LockdownOrder.longest).contains(seconds) {
            throw Refusal(
                .invalidRequest, "for_seconds \(seconds) is not between 1 and \(LockdownOrder.longest)",
                field: "for_seconds", hint: "leave it out for a lockdown that somebody ends")
        }
        let reason = try Self.lockdownReason(try body.string(.reason))
        let revokes = try body.bool(.revoke) ?? false
        return .identified { broker, identity throws(Refusal) in
            var scope = LockdownOrder.Scope.everything
            if let database { scope = .database(database) }
            if let profile { scope = .profile(profile) }
            if let user { scope = .user(typed: user, found: try await found(user)) }
            let order = LockdownOrder(scope: scope, reason: reason, seconds: seconds, revokes: revokes)
            let start = try await broker.lockDown(order, by: identity)
            return try .json(
                LockdownReply(
                    lockdown: MayflyAPI.Lockdown(start.lockdown, withPeople: true),
                    leases: start.leases.map { MayflyAPI.Lease($0) }), status: 201)
        }
    }

    func endLockdown(_ call: Call) throws(Refusal) -> Action {
        let reason = try Self.lockdownReason(try call.body(as: EndLockdown.self).string(.reason))
        return .identified { broker, identity throws(Refusal) in
            let ended = try await broker.endLockdown(call.id, reason: reason, by: identity)
            return try .json(MayflyAPI.Lockdown(ended, withPeople: true))
        }
    }

    private static func lockdownReason(_ text: String?) throws(Refusal) -> Reason {
        guard let reason = try Self.reason(text) else {
            throw Refusal(
                .reasonRequired, "a lockdown begins and ends with a reason", field: "reason",
                hint: "whoever is stopped reads it")
        }
        return reason
    }

    /// Whom the broker's host knows by that name.
    private func found(_ user: String) async throws(Refusal) -> Identity? {
        let principal = Principal(user) ?? .user(user)
        switch principal {
        case .user, .uid:
            do { return try await directory.identity(named: principal.description) } catch {
                throw Refusal(.timedOut, "\(error)", field: "user", hint: "try again in a moment")
            }
        case .group, .subject, .claims, .anyone: return nil
        }
    }
}
