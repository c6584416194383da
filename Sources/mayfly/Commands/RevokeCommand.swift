import ArgumentParser
import MayflyAPI
import MayflyClient

struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End leases now: cut their sessions and drop their login roles.",
        discussion: """
            Selections are combined: --database orders --requester bob ends what is both. Without --yes a \
            selection is shown first and asked about.

            Examples:
              mayfly revoke 6c1d0c5e
              mayfly revoke "$MAYFLY_LEASE" --reason done
              mayfly revoke --mine --yes
              mayfly revoke --database orders --reason 'incident 12'
              mayfly revoke --all --yes --reason 'stolen laptop'
            """)

    @Argument(help: "Leases: ids, beginnings of ids, or login roles.", completion: .leases)
    var ids: [String] = []

    @Flag(help: "All your own.")
    var mine = false

    @Flag(help: "All that you may end: for administrators everybody's.")
    var all = false

    @Option(help: "Those on this database.")
    var database: String?

    @Option(help: "Those of this profile.")
    var profile: String?

    @Option(help: "Those of this user.")
    var requester: String?

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Flag(name: [.long, .short], help: "Do not ask.")
    var yes = false

    @OptionGroup var options: GlobalOptions

    private var selects: Bool { mine || all || database != nil || profile != nil || requester != nil }

    func validate() throws {
        try options.refuseCredentialFormats()
        guard ids.isEmpty == selects else {
            throw ValidationError(
                "name either leases or a selection (--mine, --all, --database, --profile, --requester)")
        }
        if mine, requester != nil { throw ValidationError("--mine and --requester exclude each other") }
        if all, database != nil || profile != nil || requester != nil {
            throw ValidationError("--all stands alone: a narrower selection needs no --all")
        }
        if mine, all { throw ValidationError("--mine and --all exclude each other") }
    }

    func run() async throws {
        if selects, !yes, !(Console.inputIsTerminal && Console.outputIsTerminal) {
            throw CommandFailure(
                .usage, "a selection is not revoked without being asked for", hint: "add --yes")
        }
        let leases = try await options.withClient { client in
            selects ? try await revokeSelection(client) : try await revokeNamed(client)
        }
        if options.output == .json {
            try Console.json(RevokeResult(leases: leases))
        } else if leases.isEmpty {
            Console.hint("no live lease matches")
        } else {
            let table = LeaseText.table(leases, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
        }
        let unfinished = leases.count { $0.state == .revoking || $0.state == .locked }
        if unfinished > 0 {
            Console.hint(
                "\(unfinished) not gone yet: the daemon goes on by itself; 'mayfly leases' shows how far it is"
            )
        }
    }

    /// All are resolved before the first is ended: a mistyped one stops the command before it did half.
    private func revokeNamed(_ client: MayflyClient) async throws -> [Lease] {
        var found: [String] = []
        for id in ids { found.append(try await client.lease(id).id) }
        var ended: [Lease] = []
        for id in found { ended.append(try await client.revoke(id, reason: reason)) }
        return ended
    }

    private func revokeSelection(_ client: MayflyClient) async throws -> [Lease] {
        let who = try await client.whoAmI()
        let user = mine ? who.user : requester
        if !yes {
            let search = LeaseSearch(
                states: LeasesCommand.live, profile: profile, database: database, requester: user,
                // An auditor sees more than they may end.
                mine: who.roles.contains(.administrator) ? nil : true, limit: 1000)
            let list = try await client.leases(search)
            guard !list.leases.isEmpty else { return [] }
            let table = LeaseText.table(list.leases, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
            let count = list.next == nil ? "\(list.leases.count)" : "more than \(list.leases.count)"
            try Console.line("Revoke \(count)? [y/N]")
            guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
                throw CommandFailure(.conflict, "nothing was revoked")
            }
        }
        return try await client.revoke(
            RevokeFilter(
                database: database, profile: profile, requester: user, all: all ? true : nil, reason: reason))
    }
}
