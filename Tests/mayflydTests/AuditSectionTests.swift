import Foundation
import Glibc
import MayflyCore
import MayflyCrypto
import Testing

@testable import mayflyd

/// `audit:`, and the file of the key that checkpoints are signed with.
@Suite struct AuditSectionTests {
    private func sample(_ section: String) throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        let key = try CheckpointKeyFile(path: sample.directory + "/checkpoint.key", uid: geteuid()).create()
        _ = key
        sample.text += section.replacing("DIRECTORY", with: sample.directory) + "\n"
        return sample
    }

    @Test("The section is read; left out, the key is beside the state")
    func whole() throws {
        let given = try sample(
            "audit: { checkpoints: { every: 30s, key_file: DIRECTORY/checkpoint.key, append_to: [ /mnt/a, /mnt/b ] } }"
        )
        let terms = try given.parse().configuration.audit
        #expect(terms.checkpointEvery == 30)
        #expect(terms.keyFile == given.directory + "/checkpoint.key")
        #expect(terms.appendTo == ["/mnt/a", "/mnt/b"])
        let short = try SampleConfiguration().parse().configuration
        #expect(short.audit == AuditTerms())
        #expect(
            short.audit.keyFile(besideState: "/var/lib/mayfly/mayfly.db")
                == "/var/lib/mayfly/mayfly.db.checkpoint-key")
        #expect(short.digest?.count == 64)
    }

    @Test(
        "A mistake is said with its place and what mends it",
        arguments: [
            (
                "audit: { checkpoints: { key_file: DIRECTORY/none } }",
                "audit.checkpoints.key_file: there is no file"
            ),
            (
                "audit: { checkpoints: { key_file: DIRECTORY/open.password } }",
                "is open to others than its owner"
            ),
            ("audit: { checkpoints: { key_file: DIRECTORY/orders.password } }", "holds no Ed25519 key"),
            (
                "audit: { checkpoints: { key_file: MC4CAQAwBQYDK2Vw } }",
                "(value not shown) is a relative path"
            ),
            ("audit: { checkpoints: { every: 2d } }", "audit.checkpoints.every: 2d is out of range"),
            ("audit: { checkpoints: { append_to: /mnt/a } }", "a list of files is needed"),
            ("audit: { checkpoints: { append_to: [ a ] } }", "is a relative path"),
            ("audit: { checkpoint: { } }", "audit.checkpoint"),
        ])
    func mistakes(_ section: String, _ complaint: String) throws {
        let sample = try sample(section)
        let complaints = sample.complaints(environment: sample.environment)
        #expect(complaints.contains { "\($0)".contains(complaint) }, "\(complaints)")
    }

    @Test("A key file is its owner's only, never written over, and its successor takes its place as a whole")
    func keyFile() throws {
        let sample = try SampleConfiguration()
        let file = CheckpointKeyFile(path: sample.directory + "/c.key", uid: geteuid())
        #expect(try file.current() == nil)
        let first = try file.create()
        var status = stat()
        #expect(stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try file.current()?.publicKey == first.publicKey)
        #expect(throws: KeyFile.Failure.self) { try file.create() }
        #expect(try file.next() == nil)
        let next = try file.prepareNext()
        #expect(throws: KeyFile.Failure.self) { try file.prepareNext() }
        #expect(try file.next()?.publicKey == next.publicKey)
        #expect(try file.current()?.publicKey == first.publicKey)
        try file.promote()
        #expect(try file.current()?.publicKey == next.publicKey)
        #expect(try file.next() == nil)
        let left = try FileManager.default.contentsOfDirectory(atPath: sample.directory)
        #expect(left.filter { $0.hasPrefix("c.key") } == ["c.key"])
        // What root makes is what the daemon cannot read: the next key is made by who owns the first.
        #expect(throws: KeyFile.Failure.self) {
            try CheckpointKeyFile(path: file.path, uid: geteuid() + 1).prepareNext()
        }
        #expect(try file.next() == nil)
        #expect(try file.last() == .missing)
        for number in 1...2 {
            let checkpoint = AuditCheckpoint(
                installation: "test", number: Int64(number), previous: AuditEncoding.genesis,
                at: Date(timeIntervalSince1970: 1_800_000_000), sequence: 7, hash: AuditEncoding.genesis,
                key: next.publicKey.hex)
            let signed = SignedCheckpoint(checkpoint: checkpoint, signature: try next.sign(checkpoint.bytes))
            try file.remember(signed)
            #expect(try file.last() == .checkpoint(signed))
        }
        try Data("{}".utf8).write(to: URL(filePath: file.path + ".last"))
        #expect(throws: KeyFile.Failure.self) { try file.last() }
        chmod(file.path, 0o640)
        #expect(throws: KeyFile.Failure.self) { try file.current() }
    }
}
