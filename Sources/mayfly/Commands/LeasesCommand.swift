import ArgumentParser
import MayflyAPI
import MayflyClient

struct LeasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases", abstract: "List leases: your live ones; for auditors everybody's.",
        discussion: """
            Examples:
              mayfly leases
              mayfly leases --mine --all
              mayfly leases --state locked --database orders
              mayfly leases --json | jq -r '.leases[].role'
            """)

    /// The states in which something of a lease may still be in the server.
    static let live: [LeaseState] = [.creating, .active, .revoking, .locked]

    @Flag(help: "Also those that are over.")
    var all = false

    @Flag(help: "Only your own.")
    var mine = false

    @Option(
        help:
            "Only in this state (may be repeated): \(LeaseState.known.map(\.rawValue).joined(separator: ", "))."
    )
    var state: [String] = []

    @Option(help: "Only of this profile.")
    var profile: String?

    @Option(help: "Only on this database.")
    var database: String?

    @Option(help: "Only of this user.")
    var requester: String?

    @Flag(help: "Only the ids, a line each.")
    var names = false

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
        for name in state where !LeaseState.known.contains(LeaseState(rawValue: name)) {
            throw ValidationError(
                "no state is called '\(name)'; there are \(LeaseState.known.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }

    func run() async throws {
        var search = LeaseSearch(
            states: state.isEmpty ? (all ? nil : Self.live) : state.map(LeaseState.init(rawValue:)),
            profile: profile, database: database, requester: requester, mine: mine ? true : nil)
        var list = LeaseList(leases: [])
        try await options.withClient { client in
            repeat {
                search.limit = min(limit - list.leases.count, 1000)
                search.after = list.next
                let page = try await client.leases(search)
                list = LeaseList(leases: list.leases + page.leases, next: page.next)
            } while list.next != nil && list.leases.count < limit
        }
        if names {
            for lease in list.leases { try Console.line(Escaping.printable(lease.id)) }
            return
        }
        guard options.output == .text else { return try Console.json(list) }
        if list.leases.isEmpty {
            Console.hint(
                all || !state.isEmpty ? "no leases match" : "no live leases; --all shows those that are over")
        } else {
            let table = LeaseText.table(list.leases, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
        }
        if list.next != nil { Console.hint("there are more; raise --limit") }
    }
}
