import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Ask for access and print the credential, once.",
        discussion: """
            On a terminal the password is shown only with --show. Into a pipe or a file it is written: that is \
            the purpose.

            Formats: env (lines for a shell to eval), dotenv (a .env file), url, pgpass and pgservice (libpq's \
            files), mycnf (an option file of mariadb and mysql), github (for a workflow's later steps: masked in \
            its log, and appended to the file that GITHUB_ENV names).

            Examples:
              mayfly request orders-read --ttl 30m --reason 'customer 4711 lost an order'
              eval "$(mayfly request orders-read --format env)"; psql
              mayfly request orders-read --ttl 17:30 --show
              mayfly request orders-read --ttl 2d --dry-run
              mayfly request orders-read --format pgpass >>~/.pgpass
              mayfly request orders-read --json >"$XDG_RUNTIME_DIR/orders.json"
            """)

    @Argument(help: "What to ask for; 'mayfly profiles' lists it.", completion: .profiles)
    var profile: String

    @OptionGroup var wish: RequestOptions

    @Flag(help: "Show the password on a terminal too.")
    var show = false

    @Option(
        help: """
            A key of your own: the same request with the same key within 5 minutes returns the same lease with a \
            fresh password, while it was not used.
            """)
    var key: String?

    @Flag(help: "Ask for nothing: say what would be decided, and why ('mayfly explain').")
    var dryRun = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if dryRun { try options.refuseCredentialFormats() }
    }

    func run() async throws {
        guard !dryRun else {
            return try await ExplainCommand.write(
                ExplainRequest(
                    profile: profile, ttlSeconds: wish.ttl, reason: wish.reason, ticket: wish.ticket), options
            )
        }
        let key = key ?? UUID().uuidString.lowercased()
        let create = wish.request(profile)
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
        var reply = reply
        let hidden = Console.outputIsTerminal && !show
        if hidden { reply.credential?.password = "(not shown)" }
        if options.output == .json {
            try Console.json(reply)
        } else {
            guard let credential = reply.credential else {
                throw CommandFailure(
                    .conflict, "no credential: the request is \(reply.request.state)",
                    hint: "request \(reply.request.id)")
            }
            let text = CredentialText(credential: credential, lease: reply.lease)
            try text.write(options.output)
        }
        if hidden {
            Console.hint("within 5 minutes, for the same lease with a fresh password: \(again(key))")
            Console.hint("or put it where it is used: eval \"$(\(again(key, "--format env")))\"")
        }
    }

    /// The same request again, as a command line. Holds nothing secret: the key is good for the same user only.
    func again(_ key: String, _ output: String = "--show") -> String {
        var words = ["mayfly request", profile.isPlainWord ? profile : Escaping.shell(profile)]
        if let ttl = wish.ttl { words += ["--ttl", "\(ttl)s"] }
        if let reason = wish.reason { words += ["--reason", Escaping.shell(reason)] }
        if let ticket = wish.ticket { words += ["--ticket", Escaping.shell(ticket)] }
        if let socket = options.daemon.socket { words += ["--socket", Escaping.shell(socket)] }
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
