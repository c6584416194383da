import MayflyCore

/// What a group role holds that its scope does not say.
struct BeyondScope {
    var privileges: [PostgreSQLHoldings.Held] = []
    /// Wanted, but not that they can be handed on.
    var grantable: [PostgreSQLHoldings.Held] = []
    var defaults: [DefaultPrivilege] = []
    var grantableDefaults: [DefaultPrivilege] = []
    var memberships: [PostgreSQLHoldings.Membership] = []
    /// What grants have no words for, described.
    var others: [String] = []

    var isEmpty: Bool { lines.isEmpty }

    /// For people, in an order of their own.
    var lines: [String] {
        let own =
            privileges.map { "\($0.privilege)" }
            + grantable.map { "\($0.privilege), with the right to grant it" }
            + defaults.map(\.description)
            + grantableDefaults.map { "\($0), with the right to grant it" }
            + memberships.map { "membership in \($0.role)" } + others.map { "rights on \($0)" }
        return Set(own).sorted()
    }
}

extension PostgreSQLHoldings.RowSecurity {
    /// What of it goes for a group role's members.
    func lines(for group: String) -> [String] {
        let own = policies.filter { $0.roles.isEmpty || $0.roles.contains(group) }
        guard !own.isEmpty else {
            return ["row-level security on \(table): there is no policy for this group, so it sees no row"]
        }
        return own.map { policy in
            var line = "row-level security on \(table): policy \(policy.name) (\(policy.word)"
            if !policy.permissive { line += ", restrictive" }
            line += ") for \(policy.roles.isEmpty ? "everybody" : group)"
            if let using = policy.using { line += " using \(using)" }
            if let check = policy.check { line += " with check \(check)" }
            return line
        }
    }
}

extension PostgreSQLHoldings.Policy {
    fileprivate var word: String {
        switch command {
        case "r": "select"
        case "a": "insert"
        case "w": "update"
        case "d": "delete"
        default: "all"
        }
    }
}
