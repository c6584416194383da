import ArgumentParser
import Foundation

@main
struct MayflyBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mayfly-bench",
        abstract: "Hold the daemon against a bare loop that does the same work without it.",
        discussion: """
            Run it with Scripts/bench, which starts the servers and installs the guards.
            The table goes to standard output.
            """)

    @Option(help: ArgumentHelp("What Scripts/bench prepared.", valueName: "directory"))
    var world: String

    @Option(help: ArgumentHelp("Where the superuser of PostgreSQL is trusted.", valueName: "directory"))
    var postgresqlSocket: String

    @Option(help: "PostgreSQL's port.")
    var postgresqlPort: Int

    @Option(help: "MariaDB's port.")
    var mariadbPort: Int?

    @Option(help: ArgumentHelp("Where to write the figures as JSON.", valueName: "file"))
    var json: String?

    @Flag(help: "Shorter and fewer measurements: to try it out, not to quote.")
    var quick = false

    @Option(
        help: ArgumentHelp(
            "Only these: issue, live, tables, due, command, start, search.", valueName: "parts"))
    var only: String?

    @Option(help: "Seconds of each measurement.")
    var seconds: Double?

    @Option(help: "How often each is measured, in turns.")
    var rounds: Int?

    @Option(help: "Audit records to search in.")
    var records: Int?

    func run() async throws {
        let binaries = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .path
        let world = World(
            directory: world, binaries: binaries, superuserSocket: postgresqlSocket, port: postgresqlPort,
            mariaDBPort: mariadbPort)
        let bench = Bench(
            world: world, seconds: seconds ?? (quick ? 1 : 4), rounds: rounds ?? (quick ? 1 : 3),
            liveInState: quick ? 10_000 : 100_000, dueLeases: quick ? 1000 : 5000,
            recordsToSearch: records ?? (quick ? 100_000 : 10_000_000))
        var report = Report(
            machine: Machine(servers: try await world.versions()), seconds: bench.seconds,
            rounds: bench.rounds)
        try await measure(bench, &report)
        bench.judge(&report)
        print(report.text)
        if let json { try report.json().write(to: URL(filePath: json)) }
    }

    private func measure(_ bench: Bench, _ report: inout Report) async throws {
        let parts = only.map { Set($0.split(separator: ",").map(String.init)) }
        func wants(_ part: String) -> Bool { parts?.contains(part) ?? true }
        let world = bench.world
        let postgreSQL = [(Bench.at4096, "pg-4096", 4096), (Bench.at1, "pg-1", 1)].map {
            Bench.Scenario(
                name: $0, profile: $1, server: world.postgreSQL(iterations: $2),
                connections: Bench.postgreSQLConnections)
        }
        let mariaDB = world.mariaDB.map {
            Bench.Scenario(name: Bench.mariaDB, profile: "maria", server: $0, connections: 1)
        }
        let daemon = try await DaemonProcess.start(
            world, configuration: world.configurationPath, socket: world.socket)
        if wants("issue") {
            for scenario in postgreSQL { try await bench.issue(scenario, daemon, into: &report) }
            if let mariaDB { try await bench.issue(mariaDB, daemon, into: &report) }
        }
        if wants("live") { try await bench.costWithLive(postgreSQL, daemon, into: &report) }
        if wants("tables") { try await bench.costWithTables(postgreSQL, daemon, into: &report) }
        if wants("due") { try await bench.due(daemon, into: &report) }
        if wants("command") { try await bench.command(daemon, into: &report) }
        try await daemon.stop()
        if wants("start") { try await bench.start(into: &report) }
        if wants("search") { try await bench.search(into: &report) }
    }
}
