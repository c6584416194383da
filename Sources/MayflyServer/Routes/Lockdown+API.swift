import MayflyAPI
import MayflyCore

extension MayflyAPI.Lockdown {
    /// - Parameter withPeople: for auditors and administrators: who did it.
    init(_ lockdown: MayflyCore.Lockdown, withPeople: Bool) {
        self.init(
            id: lockdown.id.rawValue, scope: lockdown.scope.description, reason: lockdown.reason.rawValue,
            since: lockdown.since, until: lockdown.until, revoke: lockdown.revokes,
            inForce: lockdown.isInForce, startedBy: withPeople ? lockdown.by.user : nil,
            endedAt: lockdown.ending?.at, endedBy: withPeople ? lockdown.ending?.by?.user : nil,
            endReason: lockdown.ending?.reason?.rawValue)
        switch lockdown.scope {
        case .everything: break
        case .database(let name): database = name.rawValue
        case .profile(let name): profile = name.rawValue
        case .person(let target): (user, person) = (target.typed, target.person.rawValue)
        }
    }
}
