import Glibc
import MayflyCore

/// Looks whether the users and groups of a configuration exist on this host: a rule for a misspelled group is
/// right in every other respect, and lets nobody in.
enum NameLookup {
    static func findings(for configuration: Configuration) -> [Finding] {
        var findings: [Finding] = []
        if let group = configuration.listen.group, !exists(group: group) {
            findings.append(
                Finding(
                    .warning, "names", "listen.group: no group is called \(group.quoted()) on this host",
                    statement: "groupadd --system \(group)"))
        }
        let places: [(String, [Principal])] =
            [("administrators", configuration.administrators), ("auditors", configuration.auditors)]
            + configuration.access.map { ("access rule \($0.name.quoted())", $0.who) }
        for (place, principals) in places {
            for principal in principals {
                switch principal {
                case .user(let name) where !exists(user: name):
                    findings.append(
                        Finding(
                            .warning, "names", "\(place): no user is called \(name.quoted()) on this host"))
                case .group(let name) where !exists(group: name):
                    findings.append(
                        Finding(
                            .warning, "names", "\(place): no group is called \(name.quoted()) on this host"))
                case .user, .group, .uid, .subject, .claims, .anyone: continue
                }
            }
        }
        return findings
    }

    // This process does nothing at the same time that would look names up: the results of getpwnam(3) and
    // getgrnam(3) are not kept.
    private static func exists(user: String) -> Bool { getpwnam(user) != nil }
    private static func exists(group: String) -> Bool { getgrnam(group) != nil }
}
