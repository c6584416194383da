import Foundation
import MayflyCore

/// What an administrator named, held against what there is: a lockdown of something misspelt would stop nothing, and
/// feel safe.
extension Broker {
    func scope(_ scope: LockdownOrder.Scope) async throws(Refusal) -> Lockdown.Scope {
        switch scope {
        case .everything: return .everything
        case .database(let name):
            let names = Set(configuration.databases.keys).union(databases.keys)
            guard names.contains(name) else {
                throw Self.unknown("database", name.rawValue, names.map(\.rawValue))
            }
            return .database(name)
        case .profile(let name):
            let names = configuration.profiles.keys
            guard names.contains(name) else {
                throw Self.unknown("profile", name.rawValue, names.map(\.rawValue))
            }
            return .profile(name)
        case .user(let typed, let found): return .person(try await target(typed, found))
        }
    }

    private static func unknown(_ kind: String, _ name: String, _ names: [String]) -> Refusal {
        Refusal(
            .notFound, "the configuration has no \(kind) \(name.quoted())", field: kind,
            hint: "it has: \(names.sorted().joined(separator: ", "))")
    }

    private func target(_ typed: String, _ found: Identity?) async throws(Refusal) -> Lockdown.Target {
        let people = configuration.people
        let named = Person(rawValue: typed)
        if let identities = people.entries[named] {
            // A user of the host may have the name of another person.
            if let found, people.person(of: found) != named {
                throw Refusal(
                    .invalidRequest,
                    "\(typed.quoted()) is a person of the configuration, and a user who is another",
                    field: "user",
                    hint: "say user:\(typed), or an identity of the person's")
            }
            return Lockdown.Target(
                typed: typed, person: named, identities: Set(identities.compactMap(\.literal)))
        }
        let principal = Principal(typed) ?? (typed.contains(":") ? nil : .user(typed))
        let identity: Identity?
        switch principal {
        case .user(let name):
            identity =
                if let found { found } else { try await onRecord(LeaseQuery(requester: name, limit: 1)) }
        case .uid(let uid):
            identity = if let found { found } else { try await onRecord(LeaseQuery(uid: uid, limit: 1)) }
        case .subject(let issuer, let subject): identity = try await bearer(issuer, subject.pattern)
        case .group, .claims, .anyone, nil:
            throw Refusal(
                .invalidRequest, "user \(typed.quoted(limit: 80)) names no one person", field: "user",
                hint: "a person of the configuration, user:NAME, uid:NUMBER or sub:ISSUER:SUBJECT")
        }
        guard let identity else {
            let known = people.entries.keys.sorted().map(\.rawValue).joined(separator: ", ")
            throw Refusal(
                .notFound,
                "\(typed.quoted(limit: 80)) is nobody: not on the broker's host, in the configuration or on"
                    + " record", field: "user",
                hint: known.isEmpty
                    ? "`mayfly leases --all` shows who has access" : "the configuration names \(known)")
        }
        let person = people.person(of: identity)
        var identities = Set((people.entries[person] ?? []).compactMap(\.literal))
        identities.insert(identity.key)
        return Lockdown.Target(typed: typed, person: person, identities: identities)
    }

    /// Who has left the host may still hold something.
    private func onRecord(_ query: LeaseQuery) async throws(Refusal) -> Identity? {
        let lease = try await stored { () async throws(StoreError) in try await store.leases(query) }.first
        return lease.map { Identity(uid: $0.requester.uid, user: $0.requester.user, groups: [], pid: nil) }
    }

    /// A token's subject, which no host knows: somebody of whose issuer the configuration speaks, or who is on record.
    private func bearer(_ issuer: String, _ subject: String) async throws(Refusal) -> Identity? {
        guard !subject.contains("*") else {
            throw Refusal(
                .invalidRequest, "\(subject.quoted(limit: 80)) names several", field: "user",
                hint: "lock down a profile or a database for them, or one subject")
        }
        let token = TokenIdentity(issuer: issuer, subject: subject, expiresAt: .distantFuture)
        // No uid but the token's: whoever brings it.
        let identity = Identity(uid: .max, user: subject, groups: [], pid: nil, token: token)
        let configuration = configuration
        let principals =
            configuration.access.flatMap(\.who) + configuration.people.entries.values.joined()
            + configuration.administrators + configuration.auditors
        if principals.contains(where: { $0.issuer == issuer }) { return identity }
        let query = RequestQuery(person: Person(rawValue: identity.key), limit: 1)
        let known = try await stored { () async throws(StoreError) in try await store.requests(query) }
        return known.isEmpty ? nil : identity
    }
}

extension Principal {
    /// As it stands on record for exactly one identity; nil for a pattern.
    fileprivate var literal: String? {
        switch self {
        case .user, .uid: description
        case .subject(_, let subject): subject.pattern.contains("*") ? nil : description
        case .group, .claims, .anyone: nil
        }
    }
}
