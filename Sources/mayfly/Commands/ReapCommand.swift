import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reap",
        abstract: "Drop login roles that no lease knows, or keep them. For administrators.",
        discussion: """
            They are left over: of a killed probe, of a crash of the host, or of leases that were given after the \
            backup from which the daemon's state was restored; then people may work with them, and each shows its \
            sessions. They are dropped through the guard, as leases end: login off, sessions cut, privileges removed, \
            dropped. With --keep they are left to their end, which the server knows. What only looks like ours is \
            listed and never touched. Without --yes they are shown first and asked about.

            Examples:
              mayfly reap --database orders --dry-run
              mayfly reap --database orders --reason 'left from the move'
              mayfly reap --database orders --keep --reason 'restored from the backup of 3 am'
              mayfly reap --database orders mf_prod_alice_afz2hzpkno52r --yes
            """)

    @Argument(help: "Only these roles; without any, all that there are.")
    var roles: [String] = []

    @Option(help: "The database.")
    var database: String

    @Flag(help: "Only show them.")
    var dryRun = false

    @Flag(help: "Leave them to their end.")
    var keep = false

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Flag(name: [.long, .short], help: "Do not ask.")
    var yes = false

    @OptionGroup var options: GlobalOptions

    /// The daemon takes bodies of 64 KiB.
    private static let atOnce = 500

    func validate() throws {
        try options.refuseCredentialFormats()
        if dryRun, yes { throw ValidationError("--dry-run and --yes exclude each other") }
    }

    func run() async throws {
        if !dryRun, !yes, !(Console.inputIsTerminal && Console.outputIsTerminal) {
            throw CommandFailure(
                .usage, "roles are not dropped without being asked for",
                hint: "--dry-run shows them; add --yes")
        }
        let reply = try await options.withClient { client in
            let found = try await client.reap(
                database, ReapRequest(dryRun: true, roles: roles.isEmpty ? nil : roles))
            guard !dryRun else { return found }
            // Those that were shown, and no other.
            let chosen = found.roles.filter { $0.outcome == .found }.map(\.role.role)
            if !yes { try ask(about: found, chosen.count) }
            return try await reap(chosen, of: found, client)
        }
        if options.output == .json { try Console.json(reply) } else { try write(reply) }
        if reply.safeMode, !dryRun { Console.hint("safe mode goes on: there are roles left to decide on") }
        guard !reply.roles.contains(where: { $0.outcome == .failed || $0.outcome == .locked }) else {
            throw QuietExit(exit: .internalError)
        }
    }

    private func reap(_ chosen: [String], of found: ReapReply, _ client: MayflyClient) async throws
        -> ReapReply
    {
        var reply = ReapReply(
            database: found.database, dryRun: false, safeMode: found.safeMode,
            roles: found.roles.filter { $0.outcome == .notOurs })
        for start in stride(from: 0, to: chosen.count, by: Self.atOnce) {
            let part = Array(chosen[start..<min(start + Self.atOnce, chosen.count)])
            let done = try await client.reap(
                database, ReapRequest(keep: keep ? true : nil, roles: part, reason: reason))
            reply.roles = done.roles + reply.roles
            reply.safeMode = done.safeMode
        }
        return reply
    }

    private func ask(about found: ReapReply, _ count: Int) throws {
        try write(found)
        guard count > 0 else { return }
        try Console.line("\(keep ? "Keep" : "Drop") \(count)? [y/N]")
        guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
            throw CommandFailure(.conflict, "nothing was done")
        }
    }

    private func write(_ reply: ReapReply) throws {
        let (strays, roles) = (
            reply.roles.filter { $0.outcome == .notOurs }, reply.roles.filter { $0.outcome != .notOurs }
        )
        if roles.isEmpty {
            Console.hint("no roles without a lease")
        } else {
            let table = ServerRoleText.table(roles, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
        }
        for stray in strays {
            try Console.line(
                Escaping.printable(
                    "\(stray.role.role) only looks like ours; a DBA may look: \(stray.role.statementForDba ?? "")"
                ))
        }
    }
}
