import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct AuditSearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Look for audit records by their words and by what they are about.",
        discussion: """
            A word is found whole or by its beginning, whatever its case, in the reason, the rule, the names, the
            actor and the details; all of them must be in a record. The newest records are shown, oldest first.

            Examples:
              mayfly audit search INC-4711
              mayfly audit search "charged twice" --since 30d
              mayfly audit search --database orders --outcome denied
              mayfly audit search --role mf_eu1_alice_abcdefghij234
            """)

    @Argument(help: ArgumentHelp("Words.", valueName: "text"))
    var words: [String] = []

    @Option(
        help: ArgumentHelp("Only since then: 1h, 2d, 17:30 or 2026-07-30T12:00:00Z.", valueName: "time"),
        transform: { try PastTime.date($0) })
    var since: Date?

    @Option(
        help: ArgumentHelp("Only before then: 10m, 17:30 or 2026-07-30T12:00:00Z.", valueName: "time"),
        transform: { try PastTime.date($0) })
    var until: Date?

    @Option(help: "Only about this database.")
    var database: String?

    @Option(help: "Only about this profile.")
    var profile: String?

    @Option(help: "Only about this login role.")
    var role: String?

    @Option(help: "Only about this lease.")
    var lease: String?

    @Option(help: "Only about this request.")
    var request: String?

    @Option(help: "Only by this user: a name on this host, or a user id.")
    var actor: String?

    @Option(help: "Only of this action, such as lease.revoked.")
    var action: String?

    @Option(help: "Only with this outcome: done, denied or failed.")
    var outcome: String?

    @Option(help: "Only decided by this rule.")
    var rule: String?

    @Option(help: "Only before this record's number: the page before.")
    var before: Int64?

    @Option(help: "At most the last so many (1 to 1000).")
    var limit: Int = 50

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000") }
    }

    func run() async throws {
        try await options.withClient { client in
            var search = AuditSearch(
                before: before, newest: true, limit: limit, actor: try actor.map(UserID.digits(of:)),
                action: action, outcome: outcome, database: database, profile: profile, role: role,
                rule: rule,
                text: words.isEmpty ? nil : words.joined(separator: " "), since: since, until: until)
            if let lease { search.lease = try await client.lease(lease).id }
            if let request { search.request = try await client.request(id: request).id }
            let list = try await client.audit(search)
            if options.output == .json { return try Console.json(list) }
            for record in list.records { try Console.line(AuditText.line(record, time: LocalTime())) }
        }
    }
}
