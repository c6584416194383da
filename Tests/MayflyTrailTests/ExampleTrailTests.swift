import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import Testing

@testable import MayflyTrail

/// The log in Config/examples, which was made by the Python of Config/audit.md and OpenSSL, without any code of ours.
@Suite("The example of an audit log")
struct ExampleTrailTests {
    static let config = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config")

    static func lines() throws -> [[UInt8]] {
        try Data(contentsOf: config.appending(path: "examples/audit-trail.jsonl")).split(separator: 0x0A)
            .map { Array($0) }
    }

    @Test("It is whole, and signed by the keys beside it")
    func whole() throws {
        let keys = try ["audit-trail.pub", "audit-trail-next.pub"].map { name in
            let text = try String(
                contentsOf: Self.config.appending(path: "examples/\(name)"), encoding: .utf8)
            let key = try #require(SigningPublicKey(reading: text))
            #expect(key.pem == text)
            return key
        }
        var verifier = TrailVerifier(trusting: keys)
        for line in try Self.lines() { try verifier.take(line) }
        let report = try verifier.finish()
        #expect((report.first, report.last) == (1, 6))
        #expect(report.checkpoints == 3)
        #expect(report.signedUpTo == 6)
        #expect(report.keys.count == 2)
        #expect(report.notes == [])
    }

    @Test("Each hash and signature is what our own code makes of the same record, to the byte")
    func vectors() throws {
        let seeds = [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        ]
        let keys = try seeds.map { try SigningKey(copying: try #require(SHA256Digest(hex: $0)).bytes) }
        var versions: Set<Int> = []
        var checkpoints = 0
        for line in try Self.lines() {
            switch try #require(TrailLine(line)) {
            case .record(let record):
                versions.insert(record.version)
                let read = try #require(AuditEncoding.read(record.canonicalBytes))
                #expect(read.sequence == record.seq)
                #expect(AuditEncoding.version(of: read.event) == record.version)
                let bytes = AuditEncoding.bytes(
                    sequence: read.sequence, previousHash: read.previousHash, event: read.event)
                #expect(try SHA256Digest(hashing: bytes).hex == record.hash)
            case .checkpoint(let signed):
                checkpoints += 1
                let key = try #require(keys.first { $0.publicKey.hex == signed.checkpoint.key })
                #expect(try key.sign(signed.checkpoint.bytes) == signed.signature)
                #expect(MayflyCore.AuditCheckpoint(bytes: signed.checkpoint.bytes) == signed.checkpoint)
                #expect(try AuditMark.line(signed).dropLast().elementsEqual(line))
            case .damaged, .end: break
            }
        }
        #expect(versions == [1, 2, 3])
        #expect(checkpoints == 3)
    }

    @Test(
        "The verifier in the document, run as it stands there, says what ours says of it and of each change")
    func python() throws {
        let document = try String(contentsOf: Self.config.appending(path: "audit.md"), encoding: .utf8)
        let begin = try #require(document.range(of: "```python\n"))
        let end = try #require(document.range(of: "```", range: begin.upperBound..<document.endIndex))
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "mf-trail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }  // a test's leavings
        let program = directory.appending(path: "audit-verify.py")
        try Data(document[begin.upperBound..<end.lowerBound].utf8).write(to: program)

        func run(_ lines: [[UInt8]], keys: [String] = []) throws -> (status: Int32, text: String) {
            let file = directory.appending(path: "trail.jsonl")
            try Data(lines.joined(separator: [0x0A]) + [0x0A]).write(to: file)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments =
                ["python3", program.path, file.path]
                + keys.map { Self.config.appending(path: "examples/\($0)").path }
            let pipe = Pipe()
            (process.standardOutput, process.standardError) = (pipe, pipe)
            try process.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }

        let lines = try Self.lines()
        let (old, new) = ("audit-trail.pub", "audit-trail-next.pub")
        for keys in [[], [new], [old, new]] {
            let whole = try run(lines, keys: keys)
            #expect(whole.status == 0, "\(whole.text)")
            #expect(whole.text == "whole: records up to 6, signed up to 6\n")
        }
        #expect(try run(lines, keys: [old]).status == 1)
        // Without the checkpoints after the second, records 5 and 6 are signed by nobody.
        let unsigned = Array(lines.prefix(8)) + [lines[9]]
        #expect(try run(unsigned).text == "whole: records up to 6, signed up to 4\n")
        #expect(try run(unsigned, keys: [old]).status == 1)
        // Pruned up to record 2, as the second checkpoint says; and as none does.
        let pruned = try TrailChange.pruned(lines)
        #expect(try run(pruned).text == "whole: records up to 4, signed up to 4\n")
        #expect(try run(Array(pruned.dropFirst(1).prefix(2)) + [pruned[4]]).status == 1)
        for change in TrailChange.all {
            let changed = try change.apply(to: lines)
            var verifier = TrailVerifier()
            let fault = #expect(throws: TrailFault.self, "\(change.name)") {
                for line in changed { try verifier.take(line) }
                _ = try verifier.finish()
            }
            #expect(fault?.place == change.found, "\(change.name): \(String(describing: fault))")
            let told = try run(changed)
            #expect(told.status == 1, "\(change.name): \(told.text)")
            #expect(told.text.hasPrefix("not whole: "), "\(change.name): \(told.text)")
        }
    }
}
