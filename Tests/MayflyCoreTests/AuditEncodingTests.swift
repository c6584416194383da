import Foundation
import MayflyCore
import MayflyCrypto
import Testing

/// The vectors are computed by hand, with Python's hashlib and this text alone:
///
///     def enc(fields): return b"".join(
///         n.encode() + b"=" + str(len(v.encode())).encode() + b":" + v.encode() + b"\n" for n, v in fields)
@Suite("The audit log's encoding")
struct AuditEncodingTests {
    private let first = AuditEvent(
        at: Date(milliseconds: 1_763_734_770_123), actor: .broker, action: .daemonStarted)
    private let firstHash = "56b4277d0672fd4a64517cbd9b6a5006e84afe7d8ba25e77d620cde52bb370a7"

    private func second() -> AuditEvent {
        let subject = AuditEvent.Subject(
            request: RequestID(rawValue: "0b7e3a52-6f0c-4c1e-9a55-2f4d1f0c9e01"),
            lease: LeaseID(rawValue: "5d1c3a10-22bb-4a2b-8f6e-7d3b1a9c4e02"),
            database: DatabaseName(unchecked: "orders"), profile: ProfileName(unchecked: "orders-read"),
            role: RoleName(rawValue: "mf_eu1_zo_abcdefghij234"))
        return AuditEvent(
            at: Date(milliseconds: 1_763_734_771_000),
            actor: .person(Identity(uid: 1001, user: "zoë", groups: ["not", "encoded"], pid: 4711)),
            action: .leaseActive, subject: subject, reason: "who’s there?", rule: "developers read orders",
            details: ["oid": "16384", "= 1": "x\ny"])
    }

    @Test("A record of few fields, to the byte")
    func short() throws {
        let bytes = AuditEncoding.bytes(sequence: 1, previousHash: AuditEncoding.genesis, event: first)
        let text = """
            v=1:1
            sequence=1:1
            previous=64:0000000000000000000000000000000000000000000000000000000000000000
            at=24:2025-11-21T14:19:30.123Z
            actor.kind=6:broker
            action=14:daemon.started
            outcome=4:done

            """
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(try SHA256Digest(hashing: bytes).hex == firstHash)
    }

    @Test("A record of all fields, to the byte")
    func long() throws {
        let bytes = AuditEncoding.bytes(sequence: 2, previousHash: firstHash, event: second())
        let text = """
            v=1:1
            sequence=1:2
            previous=64:56b4277d0672fd4a64517cbd9b6a5006e84afe7d8ba25e77d620cde52bb370a7
            at=24:2025-11-21T14:19:31.000Z
            actor.kind=6:person
            actor.user=4:zoë
            actor.uid=4:1001
            actor.pid=4:4711
            action=12:lease.active
            outcome=4:done
            request=36:0b7e3a52-6f0c-4c1e-9a55-2f4d1f0c9e01
            lease=36:5d1c3a10-22bb-4a2b-8f6e-7d3b1a9c4e02
            database=6:orders
            profile=11:orders-read
            role=23:mf_eu1_zo_abcdefghij234
            reason=14:who’s there?
            rule=22:developers read orders
            details.%3D%201=3:x
            y
            details.oid=5:16384

            """
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(
            try SHA256Digest(hashing: bytes).hex
                == "8460f5190d36feab80835b7ec531b210224ba62bc862736b5f4f790e1b28db97")
    }

    private func withToken(_ id: String? = "t-1") -> AuditEvent {
        let token = TokenIdentity(
            issuer: "github", subject: "repo:acme/orders:ref:refs/heads/main",
            claims: ["repository": .string("not encoded")], expiresAt: Date(milliseconds: 1), id: id)
        return AuditEvent(
            at: Date(milliseconds: 1_763_734_771_000),
            actor: .person(Identity(uid: 2001, user: "runner", groups: [], pid: 9, token: token)),
            action: .accessDenied, outcome: .denied)
    }

    @Test("A record of somebody who came with a token names both, and is of the next version, to the byte")
    func token() throws {
        let bytes = AuditEncoding.bytes(sequence: 3, previousHash: firstHash, event: withToken())
        let text = """
            v=1:2
            sequence=1:3
            previous=64:56b4277d0672fd4a64517cbd9b6a5006e84afe7d8ba25e77d620cde52bb370a7
            at=24:2025-11-21T14:19:31.000Z
            actor.kind=6:person
            actor.user=6:runner
            actor.uid=4:2001
            actor.pid=1:9
            actor.token.issuer=6:github
            actor.token.subject=36:repo:acme/orders:ref:refs/heads/main
            actor.token.id=3:t-1
            action=13:access.denied
            outcome=6:denied

            """
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        #expect(
            try SHA256Digest(hashing: bytes).hex
                == "eb3bd014fa6e8df3533b336468d070e2a20206d76b8b94ae8245cf2266d7ad2d")
        let read = try #require(AuditEncoding.read(bytes))
        #expect(read.event.actor.token?.subject == "repo:acme/orders:ref:refs/heads/main")
        // Neither the one nor the other under another version, nor a token by halves.
        #expect(AuditEncoding.read(Array(text.replacing("v=1:2", with: "v=1:1").utf8)) == nil)
        #expect(
            AuditEncoding.read(
                Array(text.replacing("actor.token.issuer=6:github\n", with: "").utf8)) == nil)
        let plain = AuditEncoding.bytes(sequence: 1, previousHash: AuditEncoding.genesis, event: first)
        let claimed = String(decoding: plain, as: UTF8.self).replacing("v=1:1", with: "v=1:2")
        #expect(AuditEncoding.read(Array(claimed.utf8)) == nil)
    }

    @Test("What was encoded is read back, but for the groups")
    func roundTrip() throws {
        for event in [first, second(), withToken(), withToken(nil)] {
            let bytes = AuditEncoding.bytes(sequence: 17, previousHash: firstHash, event: event)
            let read = try #require(AuditEncoding.read(bytes))
            #expect(read.sequence == 17)
            #expect(read.previousHash == firstHash)
            #expect(AuditEncoding.bytes(sequence: 17, previousHash: firstHash, event: read.event) == bytes)
            #expect(read.event.details == event.details)
            #expect(read.event.subject == event.subject)
        }
    }

    @Test("Every action and outcome is read back")
    func actions() throws {
        for action in AuditEvent.Action.allCases {
            for outcome in AuditEvent.Outcome.allCases {
                let event = AuditEvent(at: first.at, actor: .broker, action: action, outcome: outcome)
                let bytes = AuditEncoding.bytes(
                    sequence: 1, previousHash: AuditEncoding.genesis, event: event)
                #expect(AuditEncoding.read(bytes)?.event == event)
            }
        }
    }

    @Test("Bytes with a change anywhere are another record or none")
    func everyByteCounts() throws {
        let bytes = AuditEncoding.bytes(sequence: 2, previousHash: firstHash, event: second())
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            guard let read = AuditEncoding.read(changed) else { continue }
            let again = AuditEncoding.bytes(
                sequence: read.sequence, previousHash: read.previousHash, event: read.event)
            #expect(again == changed)
        }
        // Cut between two fields it is a shorter record, cut anywhere else none.
        for length in 0..<bytes.count where length == 0 || bytes[length - 1] != 0x0A {
            #expect(AuditEncoding.read(Array(bytes.prefix(length))) == nil)
        }
        #expect(AuditEncoding.read(bytes + bytes) == nil)
    }

    @Test("A detail's name cannot be read as the end of its field")
    func injective() {
        func bytes(_ details: [String: String]) -> [UInt8] {
            let event = AuditEvent(at: first.at, actor: .broker, action: .daemonStarted, details: details)
            return AuditEncoding.bytes(sequence: 1, previousHash: AuditEncoding.genesis, event: event)
        }
        #expect(bytes(["a": "x", "b": "y"]) != bytes(["a=1:x\ndetails.b": "y"]))
        #expect(bytes(["%3D": ""]) != bytes(["=": ""]))
    }

    @Test(
        "Times are cut to milliseconds, before 1970 too",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1000, "1969-12-31T23:59:59.000Z"), (951_782_400_999, "2000-02-29T00:00:00.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func timestamps(_ milliseconds: Int64, _ text: String) {
        #expect(AuditEncoding.timestamp(Date(milliseconds: milliseconds)) == text)
        #expect(AuditEncoding.date(text) == Date(milliseconds: milliseconds))
    }

    @Test("Cutting twice is cutting once, for every millisecond of a second in several years")
    func cutting() {
        for start in [0, 999_999_999_000, 1_763_734_770_000, 4_102_444_800_000] as [Int64] {
            for milliseconds in start..<(start + 1000) {
                let date = Date(milliseconds: milliseconds)
                #expect(date.milliseconds == milliseconds)
                #expect(date.addingTimeInterval(0.000_9).milliseconds == milliseconds)
            }
        }
        #expect(Date(timeIntervalSince1970: .nan).milliseconds == .min)
        #expect(Date(timeIntervalSince1970: .infinity).milliseconds == .max)
        #expect(Date(timeIntervalSince1970: 1e300).milliseconds == .max)
    }
}
