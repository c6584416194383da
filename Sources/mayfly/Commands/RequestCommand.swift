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

            Where people approve and nobody waits for them here (--no-wait, or no terminal), it ends with 73 and \
            writes nothing; the request goes on: 'mayfly wait', then 'mayfly redeem'. With --json the reply is \
            written, without a credential, and it ends with 0.

            Formats: env (lines for a shell to eval), dotenv (a .env file), url, pgpass and pgservice (libpq's \
            files), mycnf (an option file of mariadb and mysql), github (for a workflow's later steps: masked in \
            its log, and appended to the file that GITHUB_ENV names).

            Examples:
              mayfly request orders-read --ttl 30m --reason 'customer 4711 lost an order'
              eval "$(mayfly request orders-read --format env)"; psql
              mayfly request orders-read --ttl 17:30 --show
              mayfly request orders-read --ttl 2d --dry-run
              mayfly request orders-read --tables orders,items --columns customers.id,customers.name
              (umask 077; mayfly request orders-read --format pgpass >>~/.pgpass)
              mayfly request orders-read --json >"$XDG_RUNTIME_DIR/orders.json"
              mayfly request orders-write --reason 'fix order 4711' --wait
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

    @Option(
        help: ArgumentHelp(
            "A file with a signed approval that the request arrives with (- for standard input).",
            valueName: "path"), completion: .file())
    var approval: String?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Wait for people to approve, where that is needed, and end with the credential. Default: on a terminal."
    )
    var wait: Bool?

    @Flag(
        help: """
            Ask for nothing: say what would be decided, and why ('mayfly explain'), what would be run in the server, and \
            what it would give.
            """)
    var dryRun = false

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if dryRun { try options.refuseCredentialFormats() }
    }

    func run() async throws {
        guard !dryRun else {
            return try await ExplainCommand.write(wish.question(profile, preview: true), options)
        }
        let factor = try factor.factor()
        let key = key ?? UUID().uuidString.lowercased()
        var create = wish.request(profile)
        create.approval = try approval.map(SignedApprovalFile.read)
        let asked = create
        let guardian = InterruptNotice(
            "a lease may have been issued, or a request be waiting: 'mayfly leases' and 'mayfly requests --mine' show it"
        )
        defer { guardian.cancel() }
        try await options.withClient { client in
            var reply = try await factor.prove { code throws(MayflyError) in
                try await client.request(asked, idempotencyKey: key, code: code)
            }
            if reply.credential == nil, !reply.request.isOver {
                guard wait ?? Console.errorIsTerminal else { return try tellPending(reply) }
                reply = try await awaitApproval(reply.request, client, key, factor)
            }
            try RequestWatch.check(reply.request)
            try await CredentialReply(reply: reply, output: options.output, show: show) { again(key, $0) }
                .deliver(client)
        }
    }

    /// People decide, and nobody waits for them here.
    private func tellPending(_ reply: RequestReply) throws {
        let id = reply.request.id
        if options.output == .json {
            try Console.json(reply)
        } else if reply.request.state == .pending {
            Console.complain(
                "no credential yet: request \(id) waits for \(RequestText.waitsFor(reply.request))",
                hint:
                    "'mayfly wait \(id)' tells when it is approved, 'mayfly redeem \(id)' fetches the credential"
            )
        } else {
            let start = reply.request.startAt.map { " from \(LocalTime().text($0)) on" } ?? ""
            Console.complain(
                "no credential yet: request \(id) is approved",
                hint: "'mayfly redeem \(id)' fetches it\(start)")
        }
        throw QuietExit(exit: options.output == .json ? .success : .conflict)
    }

    /// Ctrl-C leaves it as it is.
    private func awaitApproval(
        _ request: AccessRequest, _ client: MayflyClient, _ key: String, _ factor: SecondFactor
    ) async throws -> RequestReply {
        // Said now: one notice of Ctrl-C is all there can be, and it does not know the id.
        Console.hint(
            "Ctrl-C leaves request \(request.id) waiting: 'mayfly wait \(request.id)', then 'mayfly redeem \(request.id)';"
                + " 'mayfly withdraw \(request.id)' takes it back")
        let watch = RequestWatch(client: client)
        let decided = try await watch.untilDecided(request.id)
        try RequestWatch.check(decided)
        try await watch.untilStart(of: decided)
        return try await factor.prove { code throws(MayflyError) in
            try await client.redeem(request.id, idempotencyKey: key, code: code)
        }
    }

    /// The same request again, as a command line. Holds nothing secret: the key is good for the same user only.
    func again(_ key: String, _ output: String = "--show") -> String {
        var words = ["mayfly request", profile.isPlainWord ? profile : Escaping.shell(profile)]
        if let ttl = wish.ttl { words += ["--ttl", "\(ttl)s"] }
        if let reason = wish.reason { words += ["--reason", Escaping.shell(reason)] }
        if wish.breakGlass { words.append("--break-glass") }
        if let tables = wish.tables { words += ["--tables", Escaping.shell(tables.text)] }
        if let columns = wish.columns { words += ["--columns", Escaping.shell(columns.text)] }
        if let ticket = wish.ticket { words += ["--ticket", Escaping.shell(ticket)] }
        if let start = wish.start { words += ["--start", MayflyJSON.string(from: start)] }
        if let socket = options.daemon.socket { words += ["--socket", Escaping.shell(socket)] }
        if let file = options.daemon.tokenFile { words += ["--token-file", Escaping.shell(file)] }
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
