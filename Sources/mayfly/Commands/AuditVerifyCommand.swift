import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient
import MayflyCore
import MayflyCrypto
import MayflyTrail

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the audit log is whole: the daemon's, or exported files, anywhere.",
        discussion: """
            Without a file the daemon is asked for the log, which is then verified here: for auditors. With files,
            in order, no daemon is needed. The first record that is wrong is named.

            A checkpoint that was kept elsewhere shows that the end was cut off, or that all was written anew; the
            public key, from 'mayflyd audit public-key' and kept elsewhere too, that another's key signed it. Each
            key that is given must have signed a checkpoint, and one of them the last: after a change of keys give the
            new one. With either, records after the last checkpoint, which nothing signs, count as wrong.

            Examples:
              mayfly audit verify
              mayfly audit verify --checkpoint /mnt/worm/checkpoints.jsonl --public-key mayfly.pub
              mayfly audit verify trail.jsonl --public-key mayfly.pub
              mayfly audit verify audit.jsonl.2 audit.jsonl.1 audit.jsonl --open --from 4711    an exporter's files
              mayfly audit verify --from 1000 --to 2000
              mayfly audit verify trail.jsonl --accept checkpoint:17        whose key is new, as the old one was lost
            """)

    @Argument(
        help: ArgumentHelp("Exported files, in order; - for standard input.", valueName: "file"),
        completion: .file())
    var files: [String] = []

    @Option(help: "Only from this record's number on.")
    var from: Int64?

    @Option(help: "Only up to this record's number.")
    var to: Int64?

    @Option(
        help: ArgumentHelp("Checkpoints that were kept elsewhere; may be repeated.", valueName: "file"),
        completion: .file())
    var checkpoint: [String] = []

    @Option(
        help: ArgumentHelp("A public key that signed it; may be repeated.", valueName: "file"),
        completion: .file())
    var publicKey: [String] = []

    @Flag(help: "The last file may break off, as those of an exporter do.")
    var open = false

    @Flag(help: "With --checkpoint or --public-key: let records after the last checkpoint pass.")
    var allowUnsignedTail = false

    @Option(
        help: ArgumentHelp(
            "A checkpoint whose key the one before does not name, as a key was lost; may be repeated.",
            valueName: "checkpoint:N"))
    var accept: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try options.refuseCredentialFormats()
        if let from, from < 1 { throw ValidationError("--from must be 1 or more") }
        if let to, to < from ?? 1 { throw ValidationError("--to must not be below --from") }
        _ = try accepted()
    }

    private func accepted() throws -> Set<Int64> {
        Set(
            try accept.map { text in
                guard text.hasPrefix("checkpoint:"), let number = Int64(text.dropFirst(11)), number > 1 else {
                    throw ValidationError("--accept takes checkpoint:N, the number that was named as wrong")
                }
                return number
            })
    }

    func run() async throws {
        var verifier = TrailVerifier(
            trusting: try publicKey.map(TrailFiles.key), kept: try checkpoint.flatMap(TrailFiles.checkpoints),
            from: from, to: to, mayBreakOff: open, mayEndUnsigned: allowUnsignedTail,
            accepting: try accepted())
        do {
            if files.isEmpty {
                try await verifyLive(&verifier)
            } else {
                for file in files {
                    try TrailFiles.lines(of: file) { line throws(TrailFault) in try verifier.take(line) }
                }
            }
            let report = try verifier.finish()
            if options.output == .json {
                try Console.json(TrailVerdict(report))
            } else {
                try Console.line(TrailText.line(report, time: LocalTime()))
            }
            for note in report.notes { Console.hint(note) }
        } catch let fault as TrailFault {
            if options.output == .json { try Console.json(TrailVerdict(fault)) }
            throw CommandFailure(.notWhole, "the audit log is not whole: \(fault)")
        }
    }

    private func verifyLive(_ verifier: inout TrailVerifier) async throws {
        let lines = try await options.withClient { client in
            var taken = verifier
            // The checkpoint that covers the last one comes after it.
            let isProofGiven = !publicKey.isEmpty || !checkpoint.isEmpty
            let search = AuditExportSearch(after: from.map { $0 - 1 }, to: isProofGiven ? nil : to)
            var isWhole = false
            for try await line in try await client.exportAudit(search) {
                try taken.take(line)
                if case .end? = TrailLine(line.count < 100 ? line : []) { isWhole = true }
                if taken.isDone, isProofGiven {
                    isWhole = true
                    break
                }
            }
            guard isWhole else {
                throw MayflyError(
                    .connectionLost, "the daemon ended the stream before its end", hint: "verify again")
            }
            return taken
        }
        verifier = lines
    }
}
