/// What could be taken away, by what was used in a period.
package struct UnusedRights: Sendable {
    /// More leases that nobody used are not listed one by one.
    package static let mostLeases = 1000

    /// Those that can be asked for, the least used first.
    package var profiles: [(profile: Profile, use: ProfileUse)]
    /// Those in force, those that decided least first.
    package var rules: [(rule: AccessRule, requests: Int)]
    /// Of which it is known that nobody connected with them.
    package private(set) var leases: [ReportedLease] = []
    /// Of so many it is not known.
    package private(set) var unknown = 0

    package init(profiles: [Profile], rules: [AccessRule]) {
        self.profiles = profiles.map { ($0, ProfileUse($0.name)) }
        self.rules = rules.map { ($0, 0) }
    }

    package mutating func add(_ reported: ReportedLease) {
        guard let index = profiles.firstIndex(where: { $0.profile.name == reported.lease.profile }) else {
            return
        }
        profiles[index].use.add(reported)
        switch reported.isUnused {
        case true?: if leases.count < Self.mostLeases { leases.append(reported) }
        case false?: break
        case nil: unknown += 1
        }
    }

    package mutating func add(_ request: AccessRequest) {
        guard profiles.contains(where: { $0.profile.name == request.profile }),
            let index = rules.firstIndex(where: { $0.rule.name == request.rule })
        else { return }
        rules[index].requests += 1
    }

    package func sorted() -> UnusedRights {
        var sorted = self
        sorted.profiles.sort { ($0.use.leases, $0.profile.name) < ($1.use.leases, $1.profile.name) }
        sorted.rules = rules.enumerated()
            .sorted { ($0.element.requests, $0.offset) < ($1.element.requests, $1.offset) }.map(\.element)
        return sorted
    }
}
