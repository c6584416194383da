/// All that one person is recorded under: their name by now, and the identities that are theirs by now.
///
/// Quotas, segregation of duties and the rest of a history count what is recorded under any of it. So nobody starts with
/// a clean sheet because the configuration gave them a name, another name, or one identity more.
package struct Identities: Hashable, Sendable {
    package var person: Person
    /// `Identity.key` of each, as far as it is known.
    package var keys: Set<String>
    /// Names of Unix users, whose uids the record knows.
    package var users: Set<String>

    package init(_ person: Person, keys: Set<String> = [], users: Set<String> = []) {
        self.person = person
        self.keys = keys
        self.users = users
    }

    /// What the record itself says.
    package init(of requester: Lease.Requester) {
        self.init(requester.person, keys: [requester.key])
    }
}

extension People {
    package func identities(of identity: Identity) -> Identities {
        var all = Identities(person(of: identity), keys: [identity.key])
        for principal in entries[all.person] ?? [] {
            switch principal {
            case .user(let name): all.users.insert(name)
            case .uid(let uid): all.keys.insert("uid:\(uid)")
            case .subject(let issuer, let subject) where subject.isExact:
                all.keys.insert("sub:\(issuer):\(subject.pattern)")
            // May be many, which the configuration refuses for a person.
            case .subject, .group, .claims, .anyone: break
            }
        }
        return all
    }
}
