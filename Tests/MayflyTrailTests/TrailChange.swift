import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto

@testable import MayflyTrail

/// What somebody may do to the example's lines: records 1 and 2, checkpoint 1, records 3 and 4, checkpoint 2 (which names
/// the next key), records 5 and 6, checkpoint 3, the end.
struct TrailChange: Sendable {
    let name: String
    let found: TrailFault.Place
    let apply: @Sendable (inout [[UInt8]]) throws -> Void

    func apply(to lines: [[UInt8]]) throws -> [[UInt8]] {
        var lines = lines
        try apply(&lines)
        return lines
    }

    private static func replace(_ line: inout [UInt8], _ old: String, _ new: String) {
        line = Array(String(decoding: line, as: UTF8.self).replacing(old, with: new).utf8)
    }

    /// The record of a line with another content, and a hash that fits it.
    private static func rewrite(_ line: inout [UInt8], _ edit: (inout MayflyAPI.AuditRecord) -> Void) throws {
        guard case .record(var record)? = TrailLine(line) else { throw CocoaError(.coderInvalidValue) }
        edit(&record)
        record.hash = try SHA256Digest(hashing: record.canonicalBytes).hex
        line = Array(try MayflyJSON.encoder().encode(record))
    }

    static func checkpoint(
        _ line: inout [UInt8], signedBy key: SigningKey?, _ edit: (inout MayflyCore.AuditCheckpoint) -> Void
    ) throws {
        guard case .checkpoint(var signed)? = TrailLine(line) else { throw CocoaError(.coderInvalidValue) }
        edit(&signed.checkpoint)
        if let key { signed.signature = try key.sign(signed.checkpoint.bytes) }
        line = Array(try AuditMark.line(signed).dropLast())
    }

    /// The log up to record 4, of which 1 and 2 are not kept any more, as its second checkpoint says.
    static func pruned(_ example: [[UInt8]]) throws -> [[UInt8]] {
        var lines = Array(example.prefix(6))
        guard let third = record(lines[3]) else { throw CocoaError(.coderInvalidValue) }
        try checkpoint(&lines[5], signedBy: try oldKey()) { checkpoint in
            checkpoint.pruned = .init(sequence: 2, hash: third.previousHash)
            checkpoint.nextKey = nil
        }
        lines.removeSubrange(0...1)
        return lines + [Array(#"{"end":4}"#.utf8)]
    }

    /// The example's first key, which checkpoint 2 put out of use.
    static func oldKey() throws -> SigningKey {
        let seed = SHA256Digest(hex: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        return try SigningKey(copying: seed?.bytes ?? [])
    }

    static let all = [
        TrailChange(name: "a word changed", found: .record(2)) { replace(&$0[1], "zoë", "eve") },
        TrailChange(name: "an outcome changed", found: .record(3)) { replace(&$0[3], "denied\"", "done\"") },
        TrailChange(name: "a time moved", found: .record(3)) {
            replace(&$0[3], "14:21:00.000", "14:21:00.001")
        },
        TrailChange(name: "a hash changed", found: .record(3)) { lines in
            try TrailChange.rewriteHash(&lines[3])
        },
        TrailChange(name: "rewritten with a fitting hash", found: .record(4)) { lines in
            try rewrite(&lines[3]) { $0.outcome = "done" }
        },
        TrailChange(name: "rewritten where a checkpoint follows", found: .record(2)) { lines in
            try rewrite(&lines[1]) { $0.reason = "another" }
        },
        TrailChange(name: "deleted", found: .record(4)) { $0.remove(at: 4) },
        TrailChange(name: "the first deleted", found: .record(1)) { lines in
            lines.remove(at: 0)
            lines.remove(at: 0)
        },
        TrailChange(name: "inserted", found: .record(4)) { $0.insert($0[4], at: 5) },
        TrailChange(name: "one made up and inserted", found: .record(4)) { lines in
            var made = lines[4]
            try rewrite(&made) { record in
                record.reason = "made up"
            }
            lines.insert(made, at: 4)
        },
        TrailChange(name: "two exchanged", found: .record(3)) { $0.swapAt(3, 4) },
        TrailChange(name: "the end cut off before its mark", found: .record(6)) { lines in
            lines.removeSubrange(7...8)
        },
        TrailChange(name: "a checkpoint changed", found: .checkpoint(1)) { lines in
            try checkpoint(&lines[2], signedBy: nil) { $0.at = $0.at.addingTimeInterval(1) }
        },
        TrailChange(name: "a checkpoint forged with a foreign key", found: .checkpoint(3)) { lines in
            let key = try SigningKey()
            try checkpoint(&lines[8], signedBy: key) { $0.key = key.publicKey.hex }
        },
        TrailChange(name: "a checkpoint with the old key after the change", found: .checkpoint(3)) { lines in
            let key = try oldKey()
            try checkpoint(&lines[8], signedBy: key) { $0.key = key.publicKey.hex }
        },
        TrailChange(name: "the change of keys taken out, and the old key used on", found: .checkpoint(2)) {
            lines in
            let key = try oldKey()
            lines.remove(at: 5)
            try checkpoint(&lines[7], signedBy: key) { $0.key = key.publicKey.hex }
        },
        TrailChange(name: "a checkpoint of other records", found: .record(4)) { lines in
            try checkpoint(&lines[5], signedBy: try oldKey()) { $0.hash = String(repeating: "a", count: 64) }
        },
        TrailChange(name: "all written anew behind checkpoints that come first", found: .checkpoint(3)) {
            lines in
            let (marks, records) = ([lines[2], lines[5], lines[8]], [0, 1, 3, 4, 6, 7].map { lines[$0] })
            lines = marks + records + [lines[9]]
            for index in 3...8 {
                let before = index == 3 ? nil : record(lines[index - 1])?.hash
                try rewrite(&lines[index]) { record in
                    record.reason = "nothing to see here"
                    if let before { record.previousHash = before }
                }
            }
        },
        TrailChange(name: "checkpoints and no record", found: .record(1)) { lines in
            lines = [lines[2], Array(#"{"end":0}"#.utf8)]
        },
        TrailChange(name: "broken off", found: .line(10)) { $0.removeLast() },
        TrailChange(name: "an end before the end", found: .record(6)) { lines in
            lines[9] = Array(#"{"end":5}"#.utf8)
        },
        TrailChange(name: "a member given twice", found: .line(2)) {
            replace(&$0[1], #"{"action""#, #"{"outcome":"denied","action""#)
        },
        TrailChange(name: "the broker's deed given to another", found: .line(1)) {
            replace(&$0[0], "mayflyd", "alice")
        },
        TrailChange(name: "a process given to the broker", found: .line(1)) {
            replace(&$0[0], #"{"user":"mayflyd"}"#, #"{"pid":7,"user":"mayflyd"}"#)
        },
        TrailChange(name: "a word added", found: .line(2)) {
            replace(&$0[1], #"{"action""#, #"{"aaa":"approved by eve","action""#)
        },
        TrailChange(name: "a word added to a checkpoint", found: .line(3)) {
            replace(&$0[2], #"{"checkpoint":{"#, #"{"checkpoint":{"aaa":1,"#)
        },
        TrailChange(name: "a detail without a value added, which is its name", found: .line(2)) {
            replace(&$0[1], #""details":{"#, #""details":{"0 approved by the CFO":null,"#)
        },
        TrailChange(name: "a member without a value added", found: .line(1)) {
            replace(&$0[0], #","seq""#, #","reason":null,"seq""#)
        },
        TrailChange(name: "a number written as text", found: .line(2)) {
            replace(&$0[1], #""uid":1001"#, #""uid":"1001""#)
        },
        TrailChange(name: "text written as a number", found: .line(2)) {
            replace(&$0[1], #""oid":"16384""#, #""oid":16384"#)
        },
        TrailChange(name: "a number written as a fraction", found: .line(4)) {
            replace(&$0[3], #""uid":2001"#, #""uid":2001.0"#)
        },
        TrailChange(name: "an empty token added", found: .line(2)) {
            replace(&$0[1], #""pid":4711,"#, #""pid":4711,"token":{},"#)
        },
        TrailChange(name: "a token of another kind added", found: .line(2)) {
            replace(&$0[1], #""pid":4711,"#, #""pid":4711,"token":false,"#)
        },
        TrailChange(name: "characters put into a signature that decoders pass over", found: .line(3)) {
            replace(&$0[2], #""signature":"p"#, #""signature":"<!-- approved -->p"#)
        },
        TrailChange(name: "bits of a signature that decoders pass over", found: .line(3)) {
            replace(&$0[2], #"HDg==""#, #"HDh==""#)
        },
        TrailChange(name: "a space put between members", found: .line(2)) {
            replace(&$0[1], #","seq""#, #", "seq""#)
        },
        TrailChange(name: "a member moved before another", found: .line(1)) {
            replace(&$0[0], #"{"action":"daemon.started","#, "{")
            replace(&$0[0], #","version":1}"#, #","version":1,"action":"daemon.started"}"#)
        },
        TrailChange(name: "a letter written by its number", found: .line(1)) {
            replace(&$0[0], #""daemon.started""#, #""d\u0061emon.started""#)
        },
        TrailChange(name: "a line end of another system", found: .line(1)) { $0[0].append(0x0D) },
        TrailChange(name: "an end that is a fraction", found: .line(10)) { lines in
            lines[9] = Array(#"{"end":6.0}"#.utf8)
        },
        TrailChange(name: "an end that is none", found: .line(10)) { lines in
            lines[9] = Array(#"{"end":true}"#.utf8)
        },
        TrailChange(name: "the first checkpoint taken out", found: .checkpoint(1)) { $0.remove(at: 2) },
        TrailChange(name: "the second checkpoint taken out", found: .checkpoint(2)) { $0.remove(at: 5) },
    ]

    private static func record(_ line: [UInt8]) -> MayflyAPI.AuditRecord? {
        if case .record(let record)? = TrailLine(line) { record } else { nil }
    }

    private static func rewriteHash(_ line: inout [UInt8]) throws {
        guard case .record(var record)? = TrailLine(line) else { throw CocoaError(.coderInvalidValue) }
        record.hash = String(repeating: "0", count: 64)
        line = Array(try MayflyJSON.encoder().encode(record))
    }
}
