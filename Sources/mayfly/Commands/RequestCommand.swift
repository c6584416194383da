import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Ask for access and print the credential, once.",
        discussion: """
            On a terminal the password is shown only with --show. Into a pipe or a file, and with --format json \
            or env, it is written: that is the purpose.

            Examples:
              mayfly request orders-read --ttl 30m --reason 'customer 4711 lost an order'
              eval "$(mayfly request orders-read --format env)" && psql
              mayfly request orders-read --ttl 17:30 --show
              mayfly request orders-read --json >"$XDG_RUNTIME_DIR/orders.json"
            """)

    @Argument(help: "What to ask for; 'mayfly profiles' lists it.")
    var profile: String

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

    @Flag(help: "Show the password on a terminal too.")
    var show = false

    @Option(
        help: """
            A key of your own: the same request with the same key within 5 minutes returns the same lease with a \
            fresh password, while it was not used.
            """)
    var key: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let key = key ?? UUID().uuidString.lowercased()
        let create = CreateRequest(profile: profile, ttlSeconds: ttl, reason: reason, ticket: ticket)
        let guardian = InterruptNotice(
            "a lease may have been issued: 'mayfly leases' shows it, 'mayfly revoke' ends it")
        defer { guardian.cancel() }
        try await options.withClient { client in
            let reply = try await client.request(create, idempotencyKey: key)
            do {
                try write(reply, key: key)
            } catch {
                throw await withdraw(reply, client, because: error)
            }
        }
    }

    /// Nobody has the password: what nobody can use must not stay open.
    private func withdraw(_ reply: RequestReply, _ client: MayflyClient, because error: any Error) async
        -> any Error
    {
        guard let lease = reply.lease else { return error }
        let message = (error as? CommandFailure)?.message ?? "the output was closed"
        do {
            _ = try await client.revoke(lease.id, reason: "its output could not be written")
            return CommandFailure(.internalError, message, hint: "the lease was revoked; nothing is left")
        } catch {
            return CommandFailure(
                .internalError, message, hint: "and the lease could not be revoked: mayfly revoke \(lease.id)"
            )
        }
    }

    private func write(_ reply: RequestReply, key: String) throws {
        if options.output == .json { return try Console.json(reply) }
        guard let credential = reply.credential else {
            throw CommandFailure(
                .conflict, "no credential: the request is \(reply.request.state)",
                hint: "request \(reply.request.id)")
        }
        let text = CredentialText(credential: credential, lease: reply.lease)
        if options.output == .env { return try Console.line(text.environment.joined(separator: "\n")) }
        let hidden = Console.outputIsTerminal && !show
        let fields = text.fields(password: hidden ? "(not shown)" : credential.password, time: LocalTime())
        try Console.line(fields.lines.joined(separator: "\n"))
        if hidden {
            Console.hint("within 5 minutes, for the same lease with a fresh password: \(again(key))")
            Console.hint("or put it where it is used: eval \"$(\(again(key, "--format env")))\"")
        }
    }

    /// The same request again, as a command line. Holds nothing secret: the key is good for the same user only.
    func again(_ key: String, _ output: String = "--show") -> String {
        var words = ["mayfly request", profile.isPlainWord ? profile : Escaping.shell(profile)]
        if let ttl { words += ["--ttl", "\(ttl)s"] }
        if let reason { words += ["--reason", Escaping.shell(reason)] }
        if let ticket { words += ["--ticket", Escaping.shell(ticket)] }
        if let socket = options.socket { words += ["--socket", Escaping.shell(socket)] }
        return (words + ["--key", key.isPlainWord ? key : Escaping.shell(key), output]).joined(
            separator: " ")
    }
}

extension String {
    /// Needs no quotes in a shell.
    fileprivate var isPlainWord: Bool {
        !isEmpty
            && utf8.allSatisfy {
                $0 == 0x2D || $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
            }
    }
}
