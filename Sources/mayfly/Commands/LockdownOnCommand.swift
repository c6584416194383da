import ArgumentParser
import MayflyAPI
import MayflyClient

struct LockdownOnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "on", abstract: "Stop new access at once, for administrators.",
        discussion: """
            Without a scope it stops everything. What --revoke ends goes on ending by itself when a server cannot be \
            reached just now.

            Examples:
              mayfly lockdown on --reason 'incident 12' --revoke
              mayfly lockdown on --profile orders-write --for 2h --reason 'release'
            """)

    @OptionGroup var scope: LockdownScope

    @Option(help: "Why. Kept on the record; whoever is stopped reads it.")
    var reason: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("It ends by itself after so long, such as 2h, or at 17:30.", valueName: "time"),
        transform: { try HumanTime.seconds($0) })
    var seconds: Int?

    @Flag(help: "End what is out, too.")
    var revoke = false

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let order = StartLockdown(
            database: scope.database, profile: scope.profile, user: scope.user, reason: reason,
            forSeconds: seconds, revoke: revoke ? true : nil)
        let reply = try await options.withClient { try await $0.startLockdown(order) }
        guard options.output == .text else { return try Console.json(reply) }
        for line in LockdownText.fields(reply.lockdown, time: LocalTime()).lines { try Console.line(line) }
        guard revoke else { return }
        guard !reply.leases.isEmpty else { return Console.hint("nothing was out") }
        try Console.line("")
        let table = LeaseText.table(reply.leases, time: LocalTime())
        for line in table.lines(width: Console.width) { try Console.line(line) }
        let unfinished = reply.leases.count { $0.state != .revoked && $0.state != .failed }
        if unfinished > 0 {
            Console.hint(
                "\(unfinished) of \(reply.leases.count) not gone yet: the daemon goes on by itself; 'mayfly leases --all' "
                    + "shows how far it is")
        }
    }
}
