import ArgumentParser
import MayflyAPI
import MayflyClient

struct LockdownOffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "off", abstract: "End a lockdown, for administrators.",
        discussion: """
            Named as it was put in force, or by its id. Another that covers the same stays in force.

            Examples:
              mayfly lockdown off --reason 'all clear'
              mayfly lockdown off --database orders --reason restored
              mayfly lockdown off 6c1d0c5e --reason 'found again'
            """)

    @Argument(help: "The lockdown: its id, or the beginning of it.")
    var id: String?

    @OptionGroup var scope: LockdownScope

    @Option(help: "Why. Kept on the record.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        if id != nil, !scope.isEverything { throw ValidationError("an id stands alone, without a scope") }
    }

    func run() async throws {
        let ended = try await options.withClient { client in
            let name = if let id { id } else { try await find(client) }
            return try await client.endLockdown(name, reason: reason)
        }
        guard options.output == .text else { return try Console.json(ended) }
        for line in LockdownText.fields(ended, time: LocalTime()).lines { try Console.line(line) }
    }

    /// The one of exactly this scope: ending another, or one of several, is not ours to choose.
    private func find(_ client: MayflyClient) async throws -> String {
        let inForce = try await client.lockdowns()
        let found = inForce.filter(scope.isThat)
        guard let first = found.first else {
            let others = inForce.map { "\($0.id) (\($0.scope))" }.joined(separator: ", ")
            throw CommandFailure(
                .notFound, "no lockdown on exactly that is in force",
                hint: others.isEmpty ? "none is in force at all" : "in force: \(others)")
        }
        guard found.count == 1 else {
            throw CommandFailure(
                .conflict, "\(found.count) lockdowns on that are in force",
                hint: "name one: \(found.map(\.id).joined(separator: ", "))")
        }
        return first.id
    }
}
