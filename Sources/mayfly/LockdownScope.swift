import ArgumentParser
import MayflyAPI

/// What a lockdown is on.
struct LockdownScope: ParsableArguments {
    @Option(help: "On this database.")
    var database: String?

    @Option(help: "On this profile.", completion: .profiles)
    var profile: String?

    @Option(
        help: ArgumentHelp(
            "For this person, by whichever identity: a name, user:NAME, uid:NUMBER or sub:ISSUER:SUBJECT.",
            valueName: "who"))
    var user: String?

    var isEverything: Bool { database == nil && profile == nil && user == nil }

    func validate() throws {
        guard [database, profile, user].compactMap({ $0 }).count <= 1 else {
            throw ValidationError(
                "--database, --profile and --user exclude each other: one lockdown is on one thing")
        }
    }

    func isThat(_ lockdown: Lockdown) -> Bool {
        guard lockdown.database == database, lockdown.profile == profile else { return false }
        guard let user else { return lockdown.user == nil }
        // Named otherwise, it is the same person: `alice`, `user:alice`.
        return [user, "user:\(user)"].contains(lockdown.user) || user == "user:\(lockdown.user ?? "")"
            || lockdown.person == user
    }
}
