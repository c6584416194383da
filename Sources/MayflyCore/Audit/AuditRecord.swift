package import Foundation

/// One entry of the hash-chained log.
///
/// `hash` is SHA-256 over the canonical encoding of the record (`AuditEncoding`), which contains the hash of
/// the record before: changing, removing or inserting one breaks every later hash.
package struct AuditRecord: Hashable, Sendable {
    /// 1, 2, 3, … without a gap.
    package let sequence: Int64
    package let event: AuditEvent
    /// Lower-case hex; 64 zeros for the first record.
    package let previousHash: String
    package let hash: String

    package init(sequence: Int64, event: AuditEvent, previousHash: String, hash: String) {
        self.sequence = sequence
        self.event = event
        self.previousHash = previousHash
        self.hash = hash
    }
}

/// The canonical bytes of an audit record, which its hash is taken over.
///
/// Documented to the byte, so that anyone can verify the log without this program. Fields in this order, each
/// as `name`, `=`, the length of the value in bytes (decimal), `:`, the value in UTF-8, and a line feed; a field
/// without a value is left out; `details` in the order of their names' bytes, each as `details.NAME` (bytes of
/// NAME other than `A-Z a-z 0-9 _ . -` as `%` and two upper-case hexadecimal digits):
///
///     v=1:1
///     sequence=2:17
///     previous=64:5f70bf18a0860070…
///     at=24:2026-11-21T14:19:30.123Z
///     actor.user=5:alice
///     …
///
/// The version (`v`) follows from what a record has to say, so that records of earlier versions verify for ever: 1; 2
/// for somebody who came with a token, which has after `actor.pid` (the socket's user, uid and process)
/// `actor.token.issuer`, by its name in the configuration, `actor.token.subject`, and `actor.token.id` where the token
/// has one; 3 for a record with `call` (after `outcome`: the API call that it is of) or `duration` (after `rule`: whole
/// milliseconds, since the call arrived or the lease was begun), with or without a token. Config/audit.md has it all with
/// test vectors and a verifier. Times are UTC with three decimals. An actor's groups are no part of it: they explain
/// the decision of a moment, which `rule` names, and would make each record long. `AuditEncoding+Reading.swift`
/// reads the bytes back.
package enum AuditEncoding {
    package static let version = 1
    /// Of records that name a token.
    package static let versionWithToken = 2
    /// Of records that name a call, or how long something took.
    package static let versionWithCall = 3
    package static let genesis = String(repeating: "0", count: 64)

    /// Which version's bytes say all of it.
    package static func version(of event: AuditEvent) -> Int {
        if event.actor.call != nil || event.duration != nil { return versionWithCall }
        return event.actor.token == nil ? version : versionWithToken
    }

    package static func bytes(sequence: Int64, previousHash: String, event: AuditEvent) -> [UInt8] {
        var out = CanonicalFields()
        func field(_ name: String, _ value: String?) { out.add(name, value) }
        field("v", String(version(of: event)))
        field("sequence", String(sequence))
        field("previous", previousHash)
        field("at", timestamp(event.at))
        switch event.actor {
        case .person(let identity):
            field("actor.kind", "person")
            field("actor.user", identity.user)
            field("actor.uid", String(identity.uid))
            field("actor.pid", identity.pid.map(String.init))
            if let token = identity.token {
                field("actor.token.issuer", token.issuer)
                field("actor.token.subject", token.subject)
                field("actor.token.id", token.id)
            }
        case .broker:
            field("actor.kind", "broker")
        }
        field("action", event.action.rawValue)
        field("outcome", event.outcome.rawValue)
        field("call", event.actor.call?.id)
        field("request", event.subject.request?.rawValue)
        field("lease", event.subject.lease?.rawValue)
        field("database", event.subject.database?.rawValue)
        field("profile", event.subject.profile?.rawValue)
        field("role", event.subject.role?.rawValue)
        field("reason", event.reason)
        field("rule", event.rule)
        field("duration", event.duration.map(String.init))
        for name in event.details.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            field("details.\(escaped(name))", event.details[name])
        }
        return out.bytes
    }

    /// `2026-11-21T14:19:30.123Z`, of the moment cut to whole milliseconds.
    package static func timestamp(_ date: Date) -> String {
        let milliseconds = date.milliseconds
        let rest = ((milliseconds % 1000) + 1000) % 1000  // before 1970 too
        let whole = Date(timeIntervalSince1970: TimeInterval((milliseconds - rest) / 1000))
        let text = whole.formatted(.iso8601)  // 2026-11-21T14:19:30Z
        let padded = String(rest + 1000).dropFirst()
        return "\(text.dropLast()).\(padded)Z"
    }

    /// The name of a detail as it stands in the encoding: bytes other than `A-Z a-z 0-9 _ . -` as `%` and two
    /// upper-case hexadecimal digits, so that no name can be read as the end of its field.
    package static func escaped(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "-"):
                out.append(byte)
            default:
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
