import Foundation
import Glibc
import MayflyCore

/// Looks whether the users and groups of a configuration exist on this host, and whether there are people enough to
/// approve: a rule for a misspelled group is right in every other respect, and lets nobody in.
struct NameLookup {
    let configuration: Configuration
    /// The users of this host.
    private let accounts: [Account]

    private struct Account {
        var name: String
        var uid: UInt32
        var gid: UInt32
    }

    static func findings(for configuration: Configuration) -> [Finding] {
        NameLookup(configuration: configuration, accounts: allAccounts()).findings
    }

    private var findings: [Finding] {
        var findings: [Finding] = []
        if let group = configuration.listen.group, Self.members(ofGroup: group) == nil {
            findings.append(
                Finding(
                    .warning, "names", "listen.group: no group is called \(group.quoted()) on this host",
                    statement: "groupadd --system \(group)"))
        }
        let places: [(String, [Principal])] =
            [("administrators", configuration.administrators), ("auditors", configuration.auditors)]
            + configuration.people.entries.sorted { $0.key < $1.key }.map { ("people.\($0.key)", $0.value) }
            + configuration.access.map { (Self.place(of: $0), $0.who) }
        for (place, principals) in places { findings += missing(principals, at: place, .warning) }
        for rule in configuration.access { findings += approval(of: rule) }
        return findings + ended(at: Date())
    }

    private func ended(at now: Date) -> [Finding] {
        configuration.access.compactMap { rule in
            guard let end = rule.validUntil, end <= now else { return nil }
            return Finding(
                .note, "rules",
                "\(Self.place(of: rule)) ended at \(AuditEncoding.timestamp(end)), and gives nothing")
        }
    }

    private static func place(of rule: AccessRule) -> String { "access rule \(rule.name.quoted())" }

    /// Those that are nobody on this host.
    private func missing(_ principals: [Principal], at place: String, _ severity: Finding.Severity)
        -> [Finding]
    {
        principals.compactMap { principal in
            switch principal {
            case .user(let name) where account(name) == nil:
                Finding(severity, "names", "\(place): no user is called \(name.quoted()) on this host")
            case .group(let name) where Self.members(ofGroup: name) == nil:
                Finding(severity, "names", "\(place): no group is called \(name.quoted()) on this host")
            case .user, .group, .uid, .subject, .claims, .anyone: nil
            }
        }
    }

    /// A request that nobody can approve waits until it expires: what leads there is an error.
    private func approval(of rule: AccessRule) -> [Finding] {
        var findings: [Finding] = []
        for step in rule.everyStep {
            let place = "\(Self.place(of: rule)), step \(step.name.quoted())"
            findings += missing(step.approvers, at: place, .error)
            for escalation in step.escalations {
                findings += missing(escalation.to, at: place + ", escalate", .error)
            }
        }
        findings += missing(rule.review.reviewers, at: Self.place(of: rule) + ", review", .error)
        guard findings.isEmpty else { return findings }
        return StaffingCheck(people: configuration.people, members: people).findings(for: rule).map {
            Finding($0.severity, $0.check, "\(Self.place(of: rule)): \($0.message)")
        }
    }

    /// Who a principal is on this host.
    private func people(_ principal: Principal) -> Set<Person>? {
        switch principal {
        case .user(let name): return Set([account(name)].compactMap(\.self).map(person))
        case .uid(let uid):
            return [
                person(accounts.first { $0.uid == uid } ?? Account(name: "uid:\(uid)", uid: uid, gid: .max))
            ]
        case .group(let name):
            guard let group = Self.members(ofGroup: name) else { return [] }
            let members = accounts.filter { $0.gid == group.gid || group.names.contains($0.name) }
            // Those whom the list of accounts leaves out, as directories may.
            let others = group.names.subtracting(members.map(\.name)).compactMap(account)
            return Set((members + others).map(person))
        case .subject, .claims, .anyone: return nil
        }
    }

    private func person(_ account: Account) -> Person {
        configuration.people.person(of: Identity(uid: account.uid, user: account.name, groups: [], pid: nil))
    }

    // This process does nothing at the same time that would look names up: the results of getpwnam(3),
    // getgrnam(3) and getpwent(3) are not kept.

    private func account(_ name: String) -> Account? {
        guard let entry = getpwnam(name) else { return nil }
        return Account(name: name, uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
    }

    private static func members(ofGroup name: String) -> (gid: UInt32, names: Set<String>)? {
        guard let entry = getgrnam(name) else { return nil }
        var names: Set<String> = []
        var member = entry.pointee.gr_mem
        while let text = member?.pointee {
            names.insert(String(cString: text))
            member = member?.advanced(by: 1)
        }
        return (entry.pointee.gr_gid, names)
    }

    private static func allAccounts() -> [Account] {
        var accounts: [Account] = []
        setpwent()
        defer { endpwent() }
        while let entry = getpwent() {
            accounts.append(
                Account(
                    name: String(cString: entry.pointee.pw_name), uid: entry.pointee.pw_uid,
                    gid: entry.pointee.pw_gid))
        }
        return accounts
    }
}
