import ArgumentParser
import MayflyAPI
import MayflyClient

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch live leases and their sessions: how long is left, and what each is doing.",
        discussion: """
            Refreshes until Ctrl-C. Where output is no terminal it is written once, plainly. Of what runs the servers' own \
            words are shown, such as 'active for 12s': statements are not.

            Examples:
              mayfly watch
              mayfly watch --database orders --every 5
              mayfly watch --once
            """)

    @Option(help: "Only on this database.")
    var database: String?

    @Option(help: "Seconds between two looks.")
    var every: Int = 2

    @Flag(help: "Write it once, and end.")
    var once = false

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard (1...3600).contains(every) else { throw ValidationError("--every must be 1 to 3600") }
    }

    func run() async throws {
        try await daemon.withClient { client in
            guard Console.outputIsTerminal, !once else {
                for line in try await look(client).lines(width: Console.width, height: nil) {
                    try Console.line(line)
                }
                return
            }
            var failed = false
            while true {
                do {
                    let view = try await look(client)
                    // Home, and each line cleared to its end: nothing flickers.
                    let lines = view.lines(width: Console.width, height: Console.height)
                    let text = lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n")
                    try Console.text((failed ? "\u{1B}[2J" : "") + "\u{1B}[H" + text + "\u{1B}[J")
                    failed = false
                } catch let error as MayflyError {
                    try Console.text(
                        "\u{1B}[2J\u{1B}[H" + Escaping.printable("\(error)") + "; looking again\n")
                    failed = true
                }
                try await Task.sleep(for: .seconds(every))
            }
        }
    }

    private func look(_ client: MayflyClient) async throws -> WatchText {
        let leases = try await client.leases(
            LeaseSearch(states: LeasesCommand.live, database: database, limit: 1000))
        let sessions = try await client.sessions(SessionSearch(live: true, database: database, limit: 1000))
        return WatchText(leases: leases.leases, sessions: sessions, time: LocalTime())
    }
}
