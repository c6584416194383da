import ArgumentParser
import MayflyAPI
import MayflyClient

struct RequestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "List requests, or show one with all that helps to decide on it.",
        discussion: """
            Examples:
              mayfly requests --pending
              mayfly requests --to-approve
              mayfly requests 6c1d0c5e
              mayfly requests --mine --json
            """)

    @Argument(help: "One request: its id, or the beginning of it.")
    var id: String?

    @Flag(help: "Only those that wait for people.")
    var pending = false

    @Flag(help: "Only your own.")
    var mine = false

    @Flag(help: "Only those that wait for your decision.")
    var toApprove = false

    @Flag(help: "Only the ids, a line each.")
    var names = false

    @Option(help: "Only for this profile.")
    var profile: String?

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
        if toApprove, mine {
            throw ValidationError("--to-approve and --mine exclude each other: nobody approves their own")
        }
        if id != nil, pending || mine || toApprove || profile != nil {
            throw ValidationError("one request stands alone")
        }
    }

    func run() async throws {
        if let id { return try await show(id) }
        var search = RequestSearch(
            states: pending ? [.pending] : nil, profile: profile, mine: mine ? true : nil,
            toApprove: toApprove ? true : nil)
        var list = RequestList(requests: [])
        try await options.withClient { client in
            repeat {
                search.limit = min(limit - list.requests.count, 1000)
                search.after = list.next
                let page = try await client.requests(search)
                list = RequestList(requests: list.requests + page.requests, next: page.next)
            } while list.next != nil && list.requests.count < limit
        }
        if names {
            for request in list.requests { try Console.line(Escaping.printable(request.id)) }
            return
        }
        guard options.output == .text else { return try Console.json(list) }
        if list.requests.isEmpty {
            Console.hint(toApprove ? "nothing waits for your decision" : "no requests match")
        } else {
            let table = RequestText.table(list.requests, time: LocalTime())
            for line in table.lines(width: Console.width) { try Console.line(line) }
        }
        if list.next != nil { Console.hint("there are more; raise --limit") }
    }

    private func show(_ id: String) async throws {
        let request = try await options.withClient { try await $0.request(id: id) }
        guard options.output == .text else { return try Console.json(request) }
        for line in RequestText.fields(request, time: LocalTime()).lines { try Console.line(line) }
    }
}
