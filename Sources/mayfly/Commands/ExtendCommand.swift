import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct ExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Ask for more time than a lease of yours was given.",
        discussion: """
            Decided like a request: at once within what the rule gives, else by the same people. The lease goes on \
            meanwhile until its own end.

            Examples:
              mayfly extend 6c1d0c5e --ttl 1h --reason 'the import takes longer'
              mayfly extend "$MAYFLY_LEASE" --ttl 30m --reason 'nearly done' --wait
            """)

    @Argument(help: "The lease: its id, the beginning of it, or its login role.", completion: .leases)
    var id: String

    @Option(
        help: ArgumentHelp("How much longer than its end: 30m, 2h.", valueName: "duration"),
        transform: { try HumanTime.seconds($0) })
    var ttl: Int

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Option(help: "A reference into another system. Kept on the record.")
    var ticket: String?

    @Flag(inversion: .prefixedNo, help: "Wait for people to decide. Default: on a terminal.")
    var wait: Bool?

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: GlobalOptions

    func validate() throws { try options.refuseCredentialFormats() }

    func run() async throws {
        let factor = try factor.factor()
        // One wish, however often a code is asked for.
        let key = UUID().uuidString.lowercased()
        let reply = try await options.withClient { client in
            let lease = try await client.lease(id).id
            var reply = try await factor.prove { code throws(MayflyError) in
                try await client.extend(
                    lease, ttlSeconds: ttl, reason: reason, ticket: ticket, idempotencyKey: key, code: code)
            }
            guard !reply.request.isOver, wait ?? Console.errorIsTerminal else { return reply }
            let guardian = InterruptNotice(
                "request \(reply.request.id) stays: 'mayfly wait \(reply.request.id)' looks again")
            defer { guardian.cancel() }
            let request = try await RequestWatch(client: client).untilOver(reply.request.id)
            try RequestWatch.check(request)
            reply.request = request
            reply.lease = try await client.lease(id)
            return reply
        }
        guard options.output == .text else { return try Console.json(reply) }
        if let lease = reply.lease {
            return try Console.line(
                "\(Escaping.printable(lease.id)) ends \(LocalTime().end(lease.expiresAt))")
        }
        try RequestWatch.check(reply.request)
        let waits = RequestText.waitsFor(reply.request)
        try Console.line(
            "\(Escaping.printable(reply.request.id)) is \(reply.request.state)"
                + (waits.isEmpty ? "" : ": waits for \(Escaping.printable(waits))"))
        Console.hint(
            "the lease keeps its end until then; 'mayfly wait \(reply.request.id)' tells how it goes on")
    }
}
