import ArgumentParser
import MayflyAPI
import MayflyClient

struct ReviewsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reviews",
        abstract: "List reviews of break-glass: your own, and those that you may give.",
        discussion: """
            Examples:
              mayfly reviews --open
              mayfly reviews --overdue --json
              mayfly reviews --mine
            """)

    @Flag(help: "Only those that wait for a verdict, overdue ones included.")
    var open = false

    @Flag(help: "Only those that are overdue.")
    var overdue = false

    @Flag(help: "Only those of your own break-glass.")
    var mine = false

    @Flag(help: "Only the ids, a line each.")
    var names = false

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        var search = ReviewSearch(
            states: overdue ? [.overdue] : open ? [.open, .overdue] : nil, mine: mine ? true : nil)
        var list = ReviewList(reviews: [])
        try await options.withClient { client in
            repeat {
                search.limit = min(limit - list.reviews.count, 1000)
                search.after = list.next
                let page = try await client.reviews(search)
                list = ReviewList(
                    reviews: list.reviews + page.reviews, next: page.next, open: page.open,
                    overdue: page.overdue)
            } while list.next != nil && list.reviews.count < limit
        }
        if names {
            for review in list.reviews { try Console.line(Escaping.printable(review.id)) }
            return
        }
        guard options.output == .text else { return try Console.json(list) }
        guard !list.reviews.isEmpty else { return Console.hint("no reviews match") }
        let table = ReviewText.table(list.reviews, time: LocalTime())
        for line in table.lines(width: Console.width) { try Console.line(line) }
        if list.next != nil { Console.hint("there are more; raise --limit") }
    }
}
