import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what would be decided on a request, by which rule, and why.",
        discussion: """
            Nothing is asked for, given out or recorded. 'mayfly request --dry-run' says the same.

            Examples:
              mayfly explain orders-write
              mayfly explain orders-write --ttl 2d --reason 'reconcile March'
              mayfly explain orders-write --at 22:30             when the clock says so
              mayfly explain orders-write --as user:alice        for auditors and administrators
            """)

    @Argument(help: "What would be asked for; 'mayfly profiles' lists it.", completion: .profiles)
    var profile: String

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("About somebody else: user:alice or uid:1001.", valueName: "who"))
    var subject: String?

    @Option(
        help: ArgumentHelp(
            "When: a time such as 17:30, in so long such as 3h, or a moment in ISO 8601. Default: now.",
            valueName: "time"),
        transform: { try FutureTime.date($0) })
    var at: Date?

    @OptionGroup var wish: RequestOptions
    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let request = wish.question(profile, as: subject, at: at)
        try await Self.write(request, options)
    }

    static func write(_ request: ExplainRequest, _ options: GlobalOptions) async throws {
        let explanation = try await options.withClient { try await $0.explain(request) }
        guard options.output == .text else { return try Console.json(explanation) }
        for line in ExplanationText(explanation).lines { try Console.line(line) }
    }
}
