import ArgumentParser
import Foundation
import MayflyAPI

/// What is asked for, beside the profile.
struct RequestOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long: 30m, 2h, 1h30m, or until a time such as 17:30. Default: the profile's.",
            valueName: "duration"),
        transform: { try HumanTime.seconds($0) })
    var ttl: Int?

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Option(help: "A reference into another system. Kept on the record.")
    var ticket: String?

    @Option(
        help: ArgumentHelp(
            "Only these tables of what the profile gives: orders,sales.items. Default: all.",
            valueName: "tables"))
    var tables: NameList?

    @Option(
        help: ArgumentHelp(
            "Only these columns of further tables: customers.id,sales.customers.name.", valueName: "columns"))
    var columns: NameList?

    @Option(
        help: ArgumentHelp(
            "When it is to begin: 17:30, in 2h, or 2026-07-30T12:00:00Z. It is approved before. Default: now.",
            valueName: "time"),
        transform: { try FutureTime.date($0) })
    var start: Date?

    @Flag(
        help:
            "An emergency: at once, where a rule gives that, for a reason, on record as such, and to be reviewed."
    )
    var breakGlass = false

    func request(_ profile: String) -> CreateRequest {
        CreateRequest(
            profile: profile, ttlSeconds: ttl, reason: reason, ticket: ticket, startAt: start,
            breakGlass: breakGlass ? true : nil, tables: tables?.names, columns: columns?.names)
    }

    /// The same as a question.
    func question(
        _ profile: String, as subject: String? = nil, at: Date? = nil, preview: Bool = false
    ) -> ExplainRequest {
        ExplainRequest(
            profile: profile, ttlSeconds: ttl, reason: reason, ticket: ticket,
            breakGlass: breakGlass ? true : nil, tables: tables?.names, columns: columns?.names, as: subject,
            at: (at ?? start).map(MayflyJSON.string(from:)),
            preview: preview ? true : nil)
    }
}
