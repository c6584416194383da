import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct ReportReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Review the access to one database: who may, who had, who holds; and sign that off.",
        discussion: """
            The pack is as of the end of its period, and has a SHA-256 over its canonical JSON. Sign off what you looked at \
            by that and the same period: when anything of what it tells has changed, nothing is signed. What was signed \
            is kept, and shown again with --signed. For auditors and administrators.

            Examples:
              mayfly report review --database orders --since 90d --format html > review.html
              mayfly report review --database orders --since 2026-07-01 --until 2026-10-01
              mayfly report review --database orders --since 2026-07-01 --until 2026-10-01 \\
                  --sign-off 3f9a2c… --note 'Q3, with the owners of orders'
              mayfly report review --signed 6c1d0c5e --format html > signed.html
            """)

    @Option(help: "The database that is reviewed.")
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Sign off the pack with this SHA-256, as it was shown; its first 12 digits or more will do.",
            valueName: "sha256"))
    var signOff: String?

    @Option(help: "What you looked at, and found. Kept on the record.")
    var note: String?

    @Option(help: ArgumentHelp("Show a pack again as it was signed off.", valueName: "sign-off"))
    var signed: String?

    @OptionGroup var options: ReportOptions

    func validate() throws {
        guard (database == nil) != (signed == nil) else {
            throw ValidationError("give --database, or --signed with the id of a sign-off")
        }
        guard (signOff == nil) == (note == nil) else {
            throw ValidationError("--sign-off and --note belong together")
        }
        if let signOff {
            guard signed == nil else { throw ValidationError("--sign-off and --signed exclude each other") }
            guard options.since != nil, options.until != nil else {
                throw ValidationError(
                    "--sign-off takes the --since and --until of the pack that you looked at")
            }
            guard (12...64).contains(signOff.count), signOff.allSatisfy(\.isHexDigit) else {
                throw ValidationError("--sign-off takes a pack's SHA-256, 12 to 64 hexadecimal digits")
            }
        }
    }

    func run() async throws {
        if let signed { return try await show(signed) }
        guard let database else { return }
        let (from, to) = options.period()
        let review = try await options.withClient { client in
            try await client.accessReview(of: database, PeriodSearch(from: from, to: to))
        }
        if let signOff, let note { return try await sign(review, signOff, note) }
        try options.write(review) {
            ReportDocument(review.pack, sha256: review.sha256, signOffs: review.signOffs, $0)
        }
        Console.hint(
            "to sign off what you see: mayfly report review --database \(database) --since "
                + "\(MayflyJSON.string(from: from)) --until \(MayflyJSON.string(from: to)) --sign-off "
                + "\(review.sha256) --note '…'")
    }

    private func sign(_ review: AccessReview, _ beginning: String, _ note: String) async throws {
        guard review.sha256.hasPrefix(beginning.lowercased()) else {
            throw CommandFailure(
                .conflict, "the pack is not the one that you looked at: by now it is \(review.sha256)",
                hint: "something of what it tells has changed; look at it again")
        }
        let signOff = try await options.withClient { client in
            try await client.signOffReview(
                of: review.pack.database, from: review.pack.from, to: review.pack.to, sha256: review.sha256,
                note: note)
        }
        if options.output == .json { return try Console.json(signOff) }
        var fields = Fields()
        fields.add("sign-off", signOff.id)
        fields.add("database", signOff.database)
        fields.add("by", signOff.by)
        fields.add("at", LocalTime().text(signOff.at))
        fields.add("sha256", signOff.sha256)
        fields.add("note", signOff.note)
        for line in fields.lines { try Console.line(line) }
    }

    private func show(_ id: String) async throws {
        let signed = try await options.withClient { try await $0.signedPack(id) }
        // The very bytes that were signed: whoever has them can hash them.
        if options.output == .json { return try Console.data(signed.pack) }
        let pack = try MayflyJSON.decoder().decode(AccessReviewPack.self, from: Data(signed.pack.utf8))
        try options.write(pack) {
            ReportDocument(pack, sha256: signed.signOff.sha256, signOffs: [signed.signOff], $0)
        }
    }
}
