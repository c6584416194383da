import ArgumentParser
import MayflyAPI
import MayflyClient

struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions",
        abstract: "List the sessions that login roles have, or had, on their servers.",
        discussion: """
            The daemon looks at the servers again and again while leases live. How a session ended is told where something \
            proves it: client, expired, revoked, killed, server_restart; else it is unknown.

            Examples:
              mayfly sessions --live
              mayfly sessions --lease 6c1d0c5e
              mayfly sessions --user alice --json | jq -r '.sessions[].client_address'
            """)

    @Flag(help: "Only those that are open.")
    var live = false

    @Option(help: "Only of this lease: its id, the beginning of it, or its login role.", completion: .leases)
    var lease: String?

    @Option(help: "Only of this user's leases.")
    var user: String?

    @Option(help: "Only on this database.")
    var database: String?

    @Flag(help: "Only the ids, a line each.")
    var names = false

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        var list = SessionList(sessions: [], coverage: [])
        try await options.withClient { client in
            var search = SessionSearch(live: live ? true : nil, database: database, user: user)
            if let lease { search.lease = try await client.lease(lease).id }
            repeat {
                search.limit = min(limit - list.sessions.count, 1000)
                search.after = list.next
                let page = try await client.sessions(search)
                list = SessionList(
                    sessions: list.sessions + page.sessions, next: page.next, coverage: page.coverage)
            } while list.next != nil && list.sessions.count < limit
        }
        if names {
            for session in list.sessions { try Console.line(Escaping.printable(session.id)) }
            return
        }
        guard options.output == .text else { return try Console.json(list) }
        if list.sessions.isEmpty {
            Console.hint(live ? "no open sessions" : "no sessions match")
        } else {
            let table = SessionText.table(list.sessions, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
        }
        for line in CoverageText.lines(list.coverage) { Console.warn(line) }
        if list.next != nil { Console.hint("there are more; raise --limit") }
    }
}
