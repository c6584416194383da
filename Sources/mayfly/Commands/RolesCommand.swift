import ArgumentParser
import MayflyAPI
import MayflyClient

struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "List the login roles in the servers, each with who is behind it.",
        discussion: """
            The servers are asked now. Auditors and administrators see every role of this installation, others those \
            of their own leases. STATE says how server and daemon agree:

              leased    its lease lives; with '+ altered', somebody changed the role since
              ending    its lease is being ended, or due to be
              over      its lease is over, and the role is still there
              orphan    the guard made it, and the daemon does not know its lease: 'mayfly reap'
              kept      an orphan that an administrator left to its end
              missing   its lease lives, and the role is gone from the server
              foreign   named like ours, but not made by the guard, or renamed since: never touched

            Exits with 69 when a server could not be asked.

            Examples:
              mayfly roles --database orders
              mayfly roles --format csv > roles.csv
              mayfly roles --json | jq -r '.roles[] | select(.state != "leased") | .role'
            """)

    /// How a list is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv
    }

    @Option(help: "Only on this database.")
    var database: String?

    @Option(help: "How to write the list: text, json or csv.")
    var format: Format = .text

    @Flag(help: "Same as --format json.")
    var json = false

    @Flag(help: "Only the names, a line each.")
    var names = false

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if json, format == .csv { throw ValidationError("--json and --format csv exclude each other") }
    }

    func run() async throws {
        let list = try await daemon.withClient { client in try await client.roles(database: database) }
        if names {
            for role in list.roles { try Console.line(Escaping.printable(role.role)) }
        } else {
            switch json ? .json : format {
            case .json: try Console.json(list)
            case .csv: for line in ServerRoleText.csv(list.roles) { try Console.line(line) }
            case .text: try write(list)
            }
        }
        for one in list.unavailable {
            Console.complain(Escaping.printable("\(one.database) was not asked: \(one.problem)"))
        }
        guard list.unavailable.isEmpty else { throw QuietExit(exit: .databaseUnreachable) }
    }

    private func write(_ list: ServerRoleList) throws {
        let time = LocalTime()
        for name in list.safeMode {
            Console.hint(
                "\(Escaping.printable(name)) is in safe mode: orphans are kept until an administrator decides "
                    + "('mayfly reap --database \(Escaping.printable(name)) --dry-run')")
        }
        guard !list.roles.isEmpty else {
            if list.unavailable.isEmpty { Console.hint("no login roles") }
            return
        }
        for line in ServerRoleText.table(list.roles, time: time).lines(width: Console.width) {
            try Console.line(line)
        }
        for role in list.roles where !role.alterations.isEmpty {
            try Console.line(Escaping.printable("\(role.role): \(role.alterations.joined(separator: "; "))"))
        }
    }
}
