package import MayflyCore

/// What an administrator says to do with roles that no lease knows.
package struct ReapOrder: Sendable {
    package enum Choice: Sendable {
        /// Nothing: tell what there is.
        case look
        /// End them through the guard, in the steps in which leases end.
        case drop
        /// Leave them to their end.
        case keep
    }

    package var database: DatabaseName
    package var choice: Choice
    /// Only these, by name; nil for all that there are.
    package var roles: Set<String>?
    package var reason: Reason?

    package init(database: DatabaseName, choice: Choice, roles: Set<String>? = nil, reason: Reason? = nil) {
        self.database = database
        self.choice = choice
        self.roles = roles
        self.reason = reason
    }
}

/// What became of the roles that an order was about.
package struct ReapAnswer: Sendable {
    package enum Outcome: Sendable {
        /// Looked at only.
        case found
        case dropped(sessionsEnded: Int)
        /// It ended meanwhile.
        case gone
        case kept
        /// Login is off, but something hangs on it.
        case locked(Lease.Obstacle)
        case failed(EngineFailure)
        /// It only looks like ours: a DBA may run this.
        case notOurs(statement: String)
    }

    package var roles: [(report: RoleReport, outcome: Outcome)]
    package var safeMode: SafeMode

    package init(roles: [(report: RoleReport, outcome: Outcome)], safeMode: SafeMode) {
        self.roles = roles
        self.safeMode = safeMode
    }
}
