import Foundation
import Glibc
import MayflyCore
import MayflyCrypto
import MayflyServer
import Testing

@testable import mayflyd

/// What was signed last, in the file beside the key.
@Suite struct RememberedCheckpointTests {
    private let sample: SampleConfiguration
    private let file: CheckpointKeyFile
    private var last: String { file.path + ".last" }

    init() throws {
        sample = try SampleConfiguration()
        file = CheckpointKeyFile(path: sample.directory + "/c.key", uid: geteuid())
    }

    private func checkpoint() throws -> SignedCheckpoint {
        let key = try SigningKey()
        let checkpoint = AuditCheckpoint(
            installation: "test", number: 7, previous: AuditEncoding.genesis, at: Date(milliseconds: 5),
            sequence: 9, hash: AuditEncoding.genesis, key: key.publicKey.hex)
        return SignedCheckpoint(checkpoint: checkpoint, signature: try key.sign(checkpoint.bytes))
    }

    @Test("It is missing, nothing, a checkpoint, or to be accepted, of which the former is kept")
    func kinds() throws {
        #expect(try file.last() == .missing)
        try file.remember(nil)
        #expect(try file.last() == .nothing)
        let signed = try checkpoint()
        try file.remember(signed)
        #expect(try file.last() == .checkpoint(signed))
        let mode = try FileManager.default.attributesOfItem(atPath: last)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try file.acceptState()
        #expect(try file.last() == .accepted)
        #expect(try Data(contentsOf: URL(filePath: last + ".old")).starts(with: Data(#"{"checkpoint""#.utf8)))
        try file.remember(nil)
        #expect(try file.last() == .nothing)
        _ = try file.create()
        #expect(throws: KeyFile.Failure.self) {
            try CheckpointKeyFile(path: file.path, uid: geteuid() + 1).acceptState()
        }
    }

    @Test("Whatever else is there is refused, and waited for by nobody: garbage, a pipe, a link, a directory")
    func others() throws {
        for text in ["", "\n", "garbage", #"{"end":1}"#, "accepted by eve"] {
            try Data(text.utf8).write(to: URL(filePath: last))
            #expect(throws: KeyFile.Failure.self, "\(text)") { try file.last() }
        }
        try FileManager.default.removeItem(atPath: last)
        #expect(mkfifo(last, 0o600) == 0)
        #expect(throws: KeyFile.Failure.self) { try file.last() }
        #expect(unlink(last) == 0)
        try FileManager.default.createSymbolicLink(atPath: last, withDestinationPath: file.path)
        #expect(throws: KeyFile.Failure.self) { try file.last() }
        #expect(unlink(last) == 0)
        try FileManager.default.createDirectory(atPath: last, withIntermediateDirectories: false)
        #expect(throws: KeyFile.Failure.self) { try file.last() }
    }
}
