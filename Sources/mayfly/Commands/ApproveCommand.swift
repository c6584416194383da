import ArgumentParser
import MayflyAPI
import MayflyClient

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a request of somebody else.",
        discussion: """
            Examples:
              mayfly approve 6c1d0c5e
              mayfly approve 6c1d0c5e --reason 'as agreed in OPS-17'
              mayfly approve 6c1d0c5e-2b1f-4f0e-9d5a-6f0c2f4d1f0c --signed approval.jws
            """)

    @Argument(help: "The request: its id, or the beginning of it.", completion: .requestsToDecide)
    var id: String

    @Option(help: "Why. Kept on the record.")
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "Hand in the signed approval in this file (- for standard input), whose people approve; not you.",
            valueName: "path"), completion: .file())
    var signed: String?

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        if signed != nil, reason != nil {
            throw ValidationError("--reason and --signed exclude each other: an approval says all itself")
        }
    }

    func run() async throws {
        let factor = try factor.factor()
        let request = try await options.withClient { client in
            if let signed {
                return try await client.attach(approval: try SignedApprovalFile.read(signed), to: id)
            }
            return try await factor.prove { code throws(MayflyError) in
                try await client.approve(id, reason: reason, code: code)
            }
        }
        guard options.output == .text else { return try Console.json(request) }
        try Console.line("\(Escaping.printable(request.id)) is \(request.state)" + Self.rest(request))
    }

    /// What is still missing.
    private static func rest(_ request: AccessRequest) -> String {
        let waits = RequestText.waitsFor(request)
        return waits.isEmpty ? "" : ": waits for \(Escaping.printable(waits))"
    }
}
