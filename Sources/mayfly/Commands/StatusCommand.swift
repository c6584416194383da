import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the daemon and its databases are.",
        discussion: """
            Auditors also see how far the targets of notifications are.

            Exits with 69 when a database cannot be reached, with 74 when the daemon cannot write its record.

            Examples:
              mayfly status
              mayfly status --json | jq '.databases[] | select(.reachable | not)'
            """)

    /// What `--json` prints.
    struct Report: Encodable {
        var health: Health
        var databases: [DatabaseStatus]
        var lockdowns: [Lockdown]
        /// For auditors and administrators.
        var notifications: [NotificationTargetStatus]?
        var reviewsOpen: Int?
        var reviewsOverdue: Int?

        enum CodingKeys: String, CodingKey {
            case health, databases, lockdowns, notifications
            case reviewsOpen = "reviews_open"
            case reviewsOverdue = "reviews_overdue"
        }
    }

    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let report = try await options.withClient { client in
            let reviews = try await client.reviews(ReviewSearch(states: [.open, .overdue], limit: 1))
            return Report(
                health: try await client.health(), databases: try await client.databases(),
                lockdowns: try await client.lockdowns(), notifications: try await Self.targets(client),
                reviewsOpen: reviews.open,
                reviewsOverdue: reviews.overdue)
        }
        if options.output == .json {
            try Console.json(report)
        } else {
            let time = LocalTime()
            try write(report, time: time)
            try write(report.notifications ?? [], time)
        }
        guard report.health.state.writable else { throw QuietExit(exit: .notRecorded) }
        guard report.databases.allSatisfy({ $0.reachable || $0.retired }) else {
            throw QuietExit(exit: .databaseUnreachable)
        }
    }

    /// Nil for who may not see them: asked by them it would be a refusal on record.
    private static func targets(_ client: MayflyClient) async throws -> [NotificationTargetStatus]? {
        guard try await !client.whoAmI().roles.isEmpty else { return nil }
        return try await client.notificationTargets()
    }

    private func write(_ targets: [NotificationTargetStatus], _ time: LocalTime) throws {
        guard !targets.isEmpty else { return }
        let table = Table([
            .init("TARGET", targets.map { Escaping.printable($0.name) }),
            .init("STATE", targets.map { $0.failingSince == nil ? "works" : "failing" }),
            .init("LAG", targets.map { "\($0.lag)" }),
            .init("WAITING SINCE", rank: 2, targets.map { $0.waitingSince.map(time.text) ?? "" }),
            .init("UP TO", rank: 3, targets.map { "\($0.deliveredUpTo)" }),
            .init("NEXT TRY", rank: 1, targets.map { $0.nextAttemptAt.map(time.text) ?? "" }),
        ])
        try Console.line("")
        for line in table.lines(width: Console.width) { try Console.line(line) }
        for target in targets {
            guard let failure = target.lastFailure, let since = target.failingSince else { continue }
            try Console.line(
                Escaping.printable("\(target.name): failing since \(time.text(since)): \(failure)"))
        }
    }

    private func write(_ report: Report, time: LocalTime) throws {
        let health = report.health
        var fields = Fields()
        fields.add("daemon", "\(health.status), version \(health.version)")
        fields.add("installation", health.installation)
        fields.add("since", time.text(health.startedAt))
        fields.add("audit log", health.audit.map { "not as it was signed: \(Escaping.printable($0))" })
        if let at = health.checkpointAt {
            fields.add("checkpoint", "signed \(time.text(at)), up to record \(health.checkpointSeq ?? 0)")
        }
        fields.add("checkpoints", health.auditTrouble.map { "failing: \(Escaping.printable($0))" })
        fields.add("record", health.state.writable ? "writable" : "not writable: \(health.state.error ?? "")")
        for lockdown in report.lockdowns {
            let until = lockdown.until.map { ", until \(time.text($0))" } ?? ""
            fields.add(
                "lockdown", "\(lockdown.scope) since \(time.text(lockdown.since))\(until): \(lockdown.reason)"
            )
        }
        if let open = report.reviewsOpen, let overdue = report.reviewsOverdue, open + overdue > 0 {
            fields.add("reviews", "\(open) open, \(overdue) overdue: 'mayfly reviews --open'")
        }
        for signer in health.signers ?? [] {
            var text = "\(signer.name), \(signer.keys) keys"
            if let at = signer.updatedAt { text += " as of \(time.text(at))" }
            fields.add("signer", text + (signer.problem.map { ": \($0)" } ?? ""))
        }
        for line in fields.lines { try Console.line(line) }
        guard !report.databases.isEmpty else { return }
        try Console.line("")
        let databases = report.databases
        let table = Table([
            .init("DATABASE", databases.map { $0.retired ? "\($0.name) (retired)" : $0.name }),
            .init("STATE", databases.map { $0.reachable ? "reachable" : "unreachable" }),
            .init("LIVE", databases.map { "\($0.liveLeases)" }),
            .init("DUE", databases.map { "\($0.due)" }),
            .init("SERVER", rank: 1, databases.map { "\($0.engine) \($0.serverVersion ?? "")" }),
            .init("GUARD", rank: 2, databases.map { $0.guardVersion ?? $0.mode.rawValue }),
            .init(
                "SKEW", rank: 4,
                databases.map { $0.clockSkewSeconds.map { "\(($0 * 1000).rounded() / 1000)s" } ?? "" }),
            .init("CHECKED", rank: 3, databases.map { $0.checkedAt.map(time.text) ?? "" }),
        ])
        for line in table.lines(width: Console.width) { try Console.line(line) }
        for database in databases {
            if let error = database.lastError {
                try Console.line("\n\(database.name): \(Escaping.printable(error))")
            }
            for finding in database.findings {
                try Console.line("\(database.name): \(finding.level): \(Escaping.printable(finding.message))")
                if let fix = finding.fix { try Console.line("    \(Escaping.printable(fix))") }
            }
        }
    }
}
