import ArgumentParser
import MayflyAPI
import MayflyClient

struct ProfilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "List what you may ask for, with your limits.",
        discussion: """
            Examples:
              mayfly profiles
              mayfly profiles --json | jq -r '.profiles[].name'
            """)

    @Flag(help: "Only the names, a line each, of those that can be asked for.")
    var names = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let profiles = try await options.withClient { try await $0.profiles() }
        if names {
            for profile in profiles where !profile.retired {
                try Console.line(Escaping.printable(profile.name))
            }
            return
        }
        guard options.output == .text else { return try Console.json(ProfileList(profiles: profiles)) }
        guard !profiles.isEmpty else {
            return Console.hint("no rule lets you ask for anything; 'mayfly whoami' shows your groups")
        }
        let table = Table([
            .init("PROFILE", profiles.map { $0.retired ? "\($0.name) (retired)" : $0.name }),
            .init("DATABASE", rank: 2, profiles.map(\.database)),
            .init(
                "TTL",
                profiles.map {
                    "\(HumanTime.duration(seconds: $0.ttlDefaultSeconds)), at most "
                        + HumanTime.duration(seconds: $0.ttlMaximumSeconds)
                }),
            .init(
                "ACTIVE", rank: 4,
                profiles.map { "\($0.active)" + ($0.maxActivePerPerson.map { " of \($0)" } ?? "") }),
            .init(
                "GIVEN", rank: 5,
                profiles.map {
                    $0.lockdown != nil
                        ? "not: lockdown"
                        : $0.breakGlass
                            ? "break-glass" : $0.decision == .needsApproval ? "when approved" : "at once"
                }),
            .init("RULE", rank: 3, profiles.map(\.rule)),
            .init("DESCRIPTION", rank: 1, profiles.map(\.description)),
        ])
        for line in table.lines(width: Console.width) { try Console.line(line) }
        for lockdown in Set(profiles.compactMap(\.lockdown)).sorted() { Console.warn(lockdown) }
    }
}
