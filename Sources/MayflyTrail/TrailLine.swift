import Foundation
package import MayflyAPI
package import MayflyCore

/// A line of an exported audit log: JSON, one record or mark.
package enum TrailLine: Sendable {
    case record(MayflyAPI.AuditRecord)
    case checkpoint(SignedCheckpoint)
    case damaged(DamagedRecord)
    case end(Int64)

    /// - Returns: nil for what is no such line, or has a byte that no hash or signature covers: nobody may add a word to a
    /// record unseen, nor give a member twice, which other readers of JSON take the other way.
    package init?(_ line: some Collection<UInt8>) {
        // Nil is this function's error.
        guard let read = try? MayflyJSON.decoder().decode(Strict.self, from: Data(line)),
            let again = try? read.line.bytes, again.elementsEqual(line)
        else { return nil }
        self = read.line
    }

    /// As it is written: members in order of their names, each once.
    private var bytes: [UInt8] {
        get throws {
            let encoder = MayflyJSON.encoder()
            return switch self {
            case .record(let record): Array(try encoder.encode(record))
            case .checkpoint(let signed):
                Array(try encoder.encode(AuditMark(checkpoint: MayflyAPI.AuditCheckpoint(signed))))
            case .damaged(let damaged): Array(try encoder.encode(AuditMark(damaged: damaged)))
            case .end(let end): Array(try encoder.encode(AuditMark(end: end)))
            }
        }
    }

    /// No number that others read JSON with, in a double, cannot hold.
    private static let numbers: ClosedRange<Int64> = 0...(1 << 53)

    private struct Strict: Decodable {
        let line: TrailLine

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Member.self)
            let names = Set(members.allKeys.map(\.stringValue))
            if names == ["checkpoint"] {
                try Self.check(members, "checkpoint", MayflyAPI.AuditCheckpoint.keys)
                let signed = SignedCheckpoint(
                    try members.decode(MayflyAPI.AuditCheckpoint.self, forKey: "checkpoint"))
                _ = try Self.number(signed.checkpoint.number)
                _ = try Self.number(signed.checkpoint.sequence)
                line = .checkpoint(signed)
            } else if names == ["damaged"] {
                line = .damaged(try members.decode(DamagedRecord.self, forKey: "damaged"))
            } else if names == ["end"] {
                line = .end(try Self.number(members.decode(Int64.self, forKey: "end")))
            } else {
                guard names.isSubset(of: Set(MayflyAPI.AuditRecord.keys)) else { throw Unfit() }
                try Self.check(members, "actor", AuditActor.keys)
                let actor = try members.nestedContainer(keyedBy: Member.self, forKey: "actor")
                // When a token expires is not on record.
                if actor.contains("token") { try Self.check(actor, "token", ["issuer", "subject", "id"]) }
                let record = try MayflyAPI.AuditRecord(from: decoder)
                // Of the broker nothing but that it is the broker is hashed.
                if record.actor.uid == nil, record.actor != AuditActor(user: "mayflyd") { throw Unfit() }
                _ = try Self.number(record.seq)
                line = .record(record)
            }
        }

        private static func number(_ number: Int64) throws -> Int64 {
            guard TrailLine.numbers.contains(number) else { throw Unfit() }
            return number
        }

        private static func check(
            _ container: KeyedDecodingContainer<Member>, _ member: Member, _ known: [String]
        ) throws {
            let inner = try container.nestedContainer(keyedBy: Member.self, forKey: member)
            guard Set(inner.allKeys.map(\.stringValue)).isSubset(of: Set(known)) else { throw Unfit() }
        }
    }

    private struct Unfit: Error {}

    private struct Member: CodingKey, ExpressibleByStringLiteral {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringLiteral value: String) { stringValue = value }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension AuditMark {
    /// As it stands in a file.
    package static func line(_ signed: SignedCheckpoint) throws -> [UInt8] {
        Array(try MayflyJSON.encoder().encode(AuditMark(checkpoint: .init(signed)))) + [0x0A]
    }
}
