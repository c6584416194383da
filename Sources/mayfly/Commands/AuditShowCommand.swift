import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct AuditShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show who did what: what concerns you; for auditors everything.",
        discussion: """
            Examples:
              mayfly audit --since 1h
              mayfly audit --lease 6c1d0c5e
              mayfly audit --actor alice --action lease.active --limit 500
              mayfly audit --follow --json
            """)

    @Flag(help: "Go on with what is written from now on, until Ctrl-C.")
    var follow = false

    @Option(
        help: ArgumentHelp("Only since then: 1h, 2d, 17:30 or 2026-07-30T12:00:00Z.", valueName: "time"),
        transform: { try PastTime.date($0) })
    var since: Date?

    @Option(
        help: ArgumentHelp("Only before then: 10m, 17:30 or 2026-07-30T12:00:00Z.", valueName: "time"),
        transform: { try PastTime.date($0) })
    var until: Date?

    @Option(help: "Only about this lease.")
    var lease: String?

    @Option(help: "Only by this user: a name on this host, or a user id.")
    var actor: String?

    @Option(help: "Only of this action, such as lease.revoked.")
    var action: String?

    @Option(help: "At most the last so many (1 to 1000).")
    var limit: Int = 50

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000") }
        if follow, until != nil { throw ValidationError("--follow and --until exclude each other") }
    }

    func run() async throws {
        try await options.withClient { client in
            var search = AuditSearch(
                actor: try actor.map(UserID.digits(of:)), action: action, since: since, until: until)
            if let lease { search.lease = try await client.lease(lease).id }
            var page = search
            page.newest = true
            page.limit = limit
            let list = try await client.audit(page)
            if options.output == .json, !follow { return try Console.json(list) }
            for record in list.records { try write(record) }
            guard follow else { return }
            search.since = nil
            // Without a record so far, everything that comes is new.
            search.after = list.records.last?.seq
            for try await record in try await client.followAudit(search) { try write(record) }
            throw MayflyError(
                .connectionLost, "the daemon ended the stream", hint: "it may be restarting; follow again")
        }
    }

    private func write(_ record: AuditRecord) throws {
        if options.output == .json { return try Console.json(record, pretty: false) }
        try Console.line(AuditText.line(record, time: LocalTime()))
    }
}
