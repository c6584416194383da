import Foundation
import MayflyCore
import MayflyTrail

/// A record as RFC 5424 has it: head, structured data, and the record in the exporter's form as the message.
struct SyslogMessage {
    /// The number for documentation (RFC 5612): we have none of our own.
    static let dataID = "mayfly@32473"
    /// What common servers take at least as they take UDP; longer messages lose the end of their text, never data.
    static let longest = 60 << 10

    let bytes: [UInt8]

    init(_ record: AuditRecord, facility: Int, host: String, formatter: AuditFormatter) throws {
        let event = record.event
        let level: Int
        switch event.outcome {
        case .done: level = 6  // informational
        case .denied: level = 5  // notice
        case .failed: level = 4  // warning
        }
        var data: [(String, String?)] = [
            ("seq", String(record.sequence)), ("action", event.action.rawValue),
            ("outcome", event.outcome.rawValue),
            ("call", event.actor.call?.id), ("request", event.subject.request?.rawValue),
            ("lease", event.subject.lease?.rawValue), ("database", event.subject.database?.rawValue),
            ("profile", event.subject.profile?.rawValue), ("role", event.subject.role?.rawValue),
            ("rule", event.rule), ("hash", record.hash),
        ]
        switch event.actor {
        case .person(let identity):
            data.insert(("actor", identity.user), at: 1)
            data.insert(("uid", String(identity.uid)), at: 2)
            if let token = identity.token {
                data.insert(("subject", "\(token.issuer):\(token.subject)"), at: 3)
            }
        case .broker: data.insert(("actor", "mayflyd"), at: 1)
        }
        let parameters = data.compactMap { name, value in value.map { " \(name)=\"\(Self.escaped($0))\"" } }
        let head =
            "<\(facility * 8 + level)>1 \(AuditEncoding.timestamp(event.at)) \(Self.name(host, 255)) mayflyd \(getpid())"
            + " \(Self.name(event.action.rawValue, 32)) [\(Self.dataID)\(parameters.joined())] "
        // The byte order mark says that the text is UTF-8.
        var bytes = Array(head.utf8) + [0xEF, 0xBB, 0xBF] + (try formatter.line(record))
        if bytes.count > Self.longest {
            bytes.removeSubrange(Self.longest...)
            // Not in the middle of a character.
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
            if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        }
        self.bytes = bytes
    }

    /// `"`, `\` and `]` with a backslash before them; no line ends, which some servers part messages at.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\", "]": out += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control: out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Printable ASCII without spaces, `-` for nothing.
    private static func name(_ text: String, _ most: Int) -> String {
        let name = text.unicodeScalars.filter { (33...126).contains($0.value) }.prefix(most)
        return name.isEmpty ? "-" : String(String.UnicodeScalarView(name))
    }
}
