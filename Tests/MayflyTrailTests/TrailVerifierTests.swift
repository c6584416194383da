import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import Testing

@testable import MayflyTrail

@Suite("A verifier of audit logs")
struct TrailVerifierTests {
    private let example: [[UInt8]]

    init() throws { example = try ExampleTrailTests.lines() }

    private func verify(
        _ lines: [[UInt8]], trusting keys: [SigningPublicKey] = [], kept: [SignedCheckpoint] = [],
        from: Int64? = nil, to: Int64? = nil, mayBreakOff: Bool = true, mayEndUnsigned: Bool = false,
        accepting accepted: Set<Int64> = []
    ) throws(TrailFault) -> TrailReport {
        var verifier = TrailVerifier(
            trusting: keys, kept: kept, from: from, to: to, mayBreakOff: mayBreakOff,
            mayEndUnsigned: mayEndUnsigned, accepting: accepted)
        for line in lines { try verifier.take(line) }
        return try verifier.finish()
    }

    private func kept(_ number: Int64) throws -> SignedCheckpoint {
        let all = example.compactMap { line -> SignedCheckpoint? in
            if case .checkpoint(let signed)? = TrailLine(line) { signed } else { nil }
        }
        return try #require(all.first { $0.checkpoint.number == number })
    }

    @Test("An end that was cut off with its checkpoints is found by one that was kept, and by nothing else")
    func cutOff() throws {
        let cut = Array(example.prefix(6))
        #expect(try verify(cut).last == 4)
        let fault = #expect(throws: TrailFault.self) { try verify(cut, kept: [try kept(3)]) }
        #expect(fault?.place == .record(5))
        #expect(fault?.what.contains("cut off") == true)
        #expect(try verify(cut, kept: [try kept(2)]).kept == 1)
        // Down to nothing at all.
        #expect(throws: TrailFault.self) { try verify([], kept: [try kept(1)]) }
        #expect(throws: TrailFault.self) {
            try verify([], trusting: [try #require(SigningPublicKey(hex: try kept(1).checkpoint.key))])
        }
    }

    /// All of it written anew by somebody who has the host, with records and keys of their own.
    private func another() throws -> [[UInt8]] {
        let key = try SigningKey()
        var (lines, previous, before): ([[UInt8]], String, SignedCheckpoint?) = (
            [], AuditEncoding.genesis, nil
        )
        for line in example {
            switch try #require(TrailLine(line)) {
            case .record(var record):
                record.reason = "nothing to see here"
                record.previousHash = previous
                record.hash = try SHA256Digest(hashing: record.canonicalBytes).hex
                previous = record.hash
                lines.append(Array(try MayflyJSON.encoder().encode(record)))
            case .checkpoint(var signed):
                signed.checkpoint.hash = previous
                signed.checkpoint.key = key.publicKey.hex
                signed.checkpoint.nextKey = nil
                signed.checkpoint.previous =
                    try before.map { try SHA256Digest(hashing: $0.checkpoint.bytes).hex }
                    ?? AuditEncoding.genesis
                signed.signature = try key.sign(signed.checkpoint.bytes)
                before = signed
                lines.append(Array(try AuditMark.line(signed).dropLast()))
            case .damaged, .end: lines.append(line)
            }
        }
        return lines
    }

    @Test("A log that was written anew as a whole fits itself; a kept key or a kept checkpoint tells")
    func replaced() throws {
        let forged = try another()
        #expect(try verify(forged).last == 6)
        for number in 1...3 as ClosedRange<Int64> {
            let checkpoint = try kept(number)
            #expect(throws: TrailFault.self) { try verify(forged, kept: [checkpoint]) }
            let key = try #require(SigningPublicKey(hex: checkpoint.checkpoint.key))
            let fault = #expect(throws: TrailFault.self) { try verify(forged, trusting: [key]) }
            #expect(fault?.place == .keys)
        }
    }

    @Test("Of the keys that are given one signed the last checkpoint, and each signed one")
    func keys() throws {
        let old = try #require(SigningPublicKey(hex: try kept(1).checkpoint.key))
        let new = try #require(SigningPublicKey(hex: try kept(3).checkpoint.key))
        #expect(try verify(example, trusting: [new]).last == 6)
        #expect(try verify(example, trusting: [old, new]).last == 6)
        for keys in [[old], [try SigningKey().publicKey], [new, try SigningKey().publicKey]] {
            let fault = #expect(throws: TrailFault.self) { try verify(example, trusting: keys) }
            #expect(fault?.place == .keys)
        }
    }

    @Test("Who has the old key, and cuts the log before its change, is found by the new one")
    func oldKeyUsedOn() throws {
        let key = try TrailChange.oldKey()
        var lines = Array(example.prefix(6))
        try TrailChange.checkpoint(&lines[5], signedBy: key) { $0.nextKey = nil }
        let new = try #require(SigningPublicKey(hex: try kept(3).checkpoint.key))
        for keys in [[new], [key.publicKey, new]] {
            let fault = #expect(throws: TrailFault.self) { try verify(lines, trusting: keys) }
            #expect(fault?.place == .keys)
        }
        // Nobody who knows of no other key can tell.
        #expect(try verify(lines, trusting: [key.publicKey]).last == 4)
    }

    @Test(
        "Records after the last checkpoint are signed by nobody, which a key or a kept checkpoint does not let pass"
    )
    func unsignedEnd() throws {
        // The checkpoints after the second, and whatever records somebody likes.
        let lines = Array(example.prefix(8)) + [example[9]]
        let old = try #require(SigningPublicKey(hex: try kept(1).checkpoint.key))
        let report = try verify(lines, mayBreakOff: false)
        #expect(report.unsigned == 5...6 && report.notes == ["from record 5 on nothing is signed"])
        for (keys, marks) in [([old], []), ([], [try kept(2)])] as [([SigningPublicKey], [SignedCheckpoint])]
        {
            let fault = #expect(throws: TrailFault.self) { try verify(lines, trusting: keys, kept: marks) }
            #expect(fault?.place == .record(5))
            #expect(try verify(lines, trusting: keys, kept: marks, mayEndUnsigned: true).last == 6)
        }
    }

    @Test("Kept checkpoints that prove nothing are said to prove nothing")
    func keptBeyond() throws {
        // The log's own checkpoints after the first taken out; the second was kept.
        let lines = Array(example.prefix(5))
        let fault = #expect(throws: TrailFault.self) { try verify(lines, kept: [try kept(2)]) }
        #expect(fault?.place == .checkpoint(2))
        let part = #expect(throws: TrailFault.self) { try verify(example, kept: [try kept(1)], from: 5) }
        #expect(part?.place == .keys)
    }

    @Test("Nothing at all is not whole, and neither is a log that breaks off, unless it may")
    func nothing() throws {
        #expect(throws: TrailFault.self) { try verify([], mayBreakOff: false) }
        #expect(throws: TrailFault.self) { try verify([]) }
        let fault = #expect(throws: TrailFault.self) { try verify(example.dropLast(), mayBreakOff: false) }
        #expect(fault?.place == .line(10))
        #expect(try verify(example.dropLast()).last == 6)
        // A second file may go on after the first one's end.
        let first = Array(example.prefix(3)) + [Array(#"{"end":2}"#.utf8)]
        #expect(try verify(first + example.dropFirst(3), mayBreakOff: false).last == 6)
    }

    @Test("A kept checkpoint that was forged is no proof of anything")
    func forgedKept() throws {
        var forged = try kept(2)
        forged.checkpoint.hash = String(repeating: "a", count: 64)
        var fault = #expect(throws: TrailFault.self) { try verify(example, kept: [forged]) }
        #expect(fault?.place == .checkpoint(2))
        // Signed, by a key that is none of the log's.
        let key = try SigningKey()
        forged = try kept(2)
        forged.checkpoint.key = key.publicKey.hex
        forged.signature = try key.sign(forged.checkpoint.bytes)
        fault = #expect(throws: TrailFault.self) { try verify(example, kept: [forged]) }
        #expect(fault?.place == .checkpoint(2))
    }

    @Test("A clock that went back breaks nothing, and is said")
    func clock() throws {
        var lines = example
        guard case .record(var record)? = TrailLine(lines[7]) else { throw CocoaError(.coderInvalidValue) }
        record.at = record.at.addingTimeInterval(-3600)
        record.hash = try SHA256Digest(hashing: record.canonicalBytes).hex
        lines[7] = Array(try MayflyJSON.encoder().encode(record))
        lines.removeSubrange(8...8)
        let report = try verify(lines)
        #expect(report.notes.contains("the clock went back before record 6"))
    }

    @Test("A part is verified for itself, and nothing before it is claimed")
    func part() throws {
        let report = try verify(example, from: 3, to: 5)
        #expect((report.first, report.last, report.records) == (3, 5, 3))
        #expect(report.notes.contains("records before 3 were not looked at"))
        #expect(throws: TrailFault.self) { try verify(example, from: 3, to: 9) }
        #expect(throws: TrailFault.self) { try verify(example, from: 7) }
        // A file that begins later is not whole by itself.
        let fault = #expect(throws: TrailFault.self) { try verify(Array(example.dropFirst(3))) }
        #expect(fault != nil)
    }

    @Test("The end of a part is signed by the checkpoint that comes after it, or by none")
    func endOfPart() throws {
        let old = try #require(SigningPublicKey(hex: try kept(1).checkpoint.key))
        let report = try verify(example, trusting: [old], to: 3)
        #expect((report.last, report.records, report.signedUpTo) == (3, 3, 4))
        // Whoever writes the end anew has to cut off what covers it.
        var lines = Array(example.prefix(4))
        guard case .record(var record)? = TrailLine(lines[3]) else { throw CocoaError(.coderInvalidValue) }
        record.reason = "nothing to see here"
        record.hash = try SHA256Digest(hashing: record.canonicalBytes).hex
        lines[3] = Array(try MayflyJSON.encoder().encode(record))
        for (keys, marks) in [([old], []), ([], [try kept(1)])] as [([SigningPublicKey], [SignedCheckpoint])]
        {
            let cut = #expect(throws: TrailFault.self) {
                try verify(lines, trusting: keys, kept: marks, to: 3)
            }
            #expect(cut?.place == .record(3))
            let there = #expect(throws: TrailFault.self) {
                try verify(lines + example.dropFirst(4), trusting: keys, kept: marks, to: 3)
            }
            #expect(there != nil)
            #expect(try verify(lines, trusting: keys, kept: marks, to: 3, mayEndUnsigned: true).last == 3)
        }
        #expect(try verify(lines, to: 3).last == 3)
    }

    @Test("A key that was lost is accepted where somebody says so, and what comes after it is looked at")
    func lostKey() throws {
        let key = try SigningKey()
        var lines = example
        try TrailChange.checkpoint(&lines[8], signedBy: key) { $0.key = key.publicKey.hex }
        #expect(throws: TrailFault.self) { try verify(lines) }
        #expect(throws: TrailFault.self) { try verify(lines, accepting: [2]) }
        let report = try verify(lines, trusting: [key.publicKey], accepting: [3])
        #expect(report.last == 6 && report.notes.contains { $0.hasPrefix("the key of checkpoint 3") })
        lines[7] = Array(
            String(decoding: lines[7], as: UTF8.self).replacing(#"seq":6"#, with: #"seq":7"#).utf8)
        let fault = #expect(throws: TrailFault.self) { try verify(lines, accepting: [3]) }
        #expect(fault?.place == .record(6))
    }

    @Test("A damaged checkpoint of the state is named")
    func damagedCheckpoint() throws {
        let mark = AuditMark(
            damaged: DamagedRecord(
                seq: 2, number: 1, what: "its bytes cannot be read", body: Data(), hash: ""))
        let line = Array(try MayflyJSON.encoder().encode(mark))
        let fault = #expect(throws: TrailFault.self) { try verify(Array(example.prefix(2)) + [line]) }
        #expect(fault?.description == "checkpoint 1: its bytes cannot be read")
    }

    @Test("Pruned records are stood for by a checkpoint, and by none they are missing")
    func pruned() throws {
        var lines = try TrailChange.pruned(example)
        let report = try verify(lines)
        #expect((report.first, report.last) == (3, 4))
        #expect(report.notes == ["records up to 2 were pruned, as checkpoint 2 says"])
        lines.remove(at: 1)
        #expect(throws: TrailFault.self) { try verify(lines) }
        var without = Array(example.prefix(6))
        without.removeSubrange(0...1)
        let fault = #expect(throws: TrailFault.self) { try verify(without) }
        #expect(fault?.place == .record(1))
    }

    @Test(
        "What no hash covers is not taken",
        arguments: [
            #"{"seq":1,"version":1}"#, "nonsense", "[]", "{}", #"{"end":1,"seq":1}"#,
            #"{"action":"daemon.started","actor":{"user":"mayflyd"},"at":"2025-11-21T14:19:30.123Z","details":{},"hash":"56b4277d0672fd4a64517cbd9b6a5006e84afe7d8ba25e77d620cde52bb370a7","outcome":"done","previous_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"version":1,"approved_by":"eve"}"#,
            #"{"action":"daemon.started","actor":{"user":"mayflyd","really":"eve"},"at":"2025-11-21T14:19:30.123Z","details":{},"hash":"56b4277d0672fd4a64517cbd9b6a5006e84afe7d8ba25e77d620cde52bb370a7","outcome":"done","previous_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"version":1}"#,
        ])
    func unfit(_ line: String) throws {
        let fault = #expect(throws: TrailFault.self) { try verify([Array(line.utf8)]) }
        #expect(fault?.place == .line(1))
    }

    @Test("A damaged record of the state is named with what is wrong")
    func damaged() throws {
        let mark = AuditMark(
            damaged: DamagedRecord(seq: 3, what: "its bytes cannot be read", body: Data(), hash: "x"))
        let line = Array(try MayflyJSON.encoder().encode(mark))
        let fault = #expect(throws: TrailFault.self) { try verify(Array(example.prefix(3)) + [line]) }
        #expect(fault?.description == "record 3: its bytes cannot be read")
    }
}
