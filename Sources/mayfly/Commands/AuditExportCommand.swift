import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the audit log out, with its checkpoints: JSON, one object a line. For auditors.",
        discussion: """
            What is written can be verified anywhere, without the daemon: 'mayfly audit verify FILE'.

            Examples:
              mayfly audit export > trail.jsonl
              mayfly audit export --from 100001 > more.jsonl
            """)

    @Option(help: "Only from this record's number on.")
    var from: Int64?

    @Option(help: "Only up to this record's number.")
    var to: Int64?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        if let from, from < 1 { throw ValidationError("--from must be 1 or more") }
        if let to, to < from ?? 1 { throw ValidationError("--to must not be below --from") }
    }

    func run() async throws {
        try await options.withClient { client in
            let search = AuditExportSearch(after: from.map { $0 - 1 }, to: to)
            var last: [UInt8] = []
            for try await line in try await client.exportAudit(search) {
                try Console.line(String(decoding: line, as: UTF8.self))
                last = line
            }
            // The last line says that it is the last one: without it something is missing.
            guard (try? MayflyJSON.decoder().decode(AuditMark.self, from: Data(last)))?.end != nil else {
                throw MayflyError(
                    .connectionLost, "the daemon ended the stream before its end", hint: "export it again")
            }
        }
    }
}
