import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Show what somebody took as break-glass, and give the verdict on it.",
        discussion: """
            Without a verdict it shows what helps to give one. There is one verdict, by somebody else than whoever \
            broke the glass, and it is never changed.

            Examples:
              mayfly review 6c1d0c5e
              mayfly review 6c1d0c5e --verdict justified --note 'INC-12, looked at the session log'
              mayfly review 6c1d0c5e --verdict unjustified --note 'could have waited for the owner'
            """)

    @Argument(
        help: "The review, its lease or its request: the id, or the beginning of it.", completion: .reviews)
    var id: String

    @Option(
        help: ArgumentHelp("justified or unjustified.", valueName: "verdict"),
        completion: .list(ReviewVerdict.known.map(\.rawValue)),
        transform: { text in
            guard let verdict = ReviewVerdict.known.first(where: { $0.rawValue == text }) else {
                throw ValidationError("a verdict is justified or unjustified")
            }
            return verdict
        })
    var verdict: ReviewVerdict?

    @Option(help: "What you looked at, and found. Kept on the record.")
    var note: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard (verdict == nil) == (note == nil) else {
            throw ValidationError("--verdict and --note belong together")
        }
    }

    func run() async throws {
        let review = try await options.withClient { client in
            guard let verdict, let note else { return try await client.review(id) }
            return try await client.concludeReview(id, verdict, note: note)
        }
        guard options.output == .text else { return try Console.json(review) }
        for line in ReviewText.fields(review, time: LocalTime()).lines { try Console.line(line) }
    }
}
