import Foundation
import MayflyCore

/// ArcSight's Common Event Format, version 0: a head of seven fields parted by bars, and an extension of `key=value`.
extension AuditFormatter {
    func cef(_ record: AuditRecord) -> String {
        let event = record.event
        let head = [
            "CEF:0", "Mayfly", "mayflyd", version, event.action.rawValue, event.action.rawValue,
            String([0, 1, 3, 6, 8][Int(severity(event))]),
        ].map { Self.escaped($0, also: "|") }.joined(separator: "|")
        var fields: [(String, String?)] = [
            ("rt", String(event.at.milliseconds)), ("externalId", String(record.sequence)),
            ("outcome", event.outcome.rawValue), ("suser", event.actorName), ("suid", event.actorUID),
            ("duser", event.subject.role?.rawValue), ("dvchost", installation), ("reason", event.reason),
            ("msg", event.summary), ("fileHash", record.hash),
        ]
        let custom = [
            ("request", event.subject.request?.rawValue), ("lease", event.subject.lease?.rawValue),
            ("database", event.subject.database?.rawValue), ("profile", event.subject.profile?.rawValue),
            ("rule", event.rule), ("call", event.actor.call?.id),
        ]
        for (index, (label, value)) in custom.enumerated() where value != nil {
            fields += [("cs\(index + 1)Label", label), ("cs\(index + 1)", value)]
        }
        if let duration = event.duration {
            fields += [("cn1Label", "durationMs"), ("cn1", String(duration))]
        }
        for (name, value) in event.details.sorted(by: { $0.key < $1.key }) {
            fields.append(("mayfly_\(name)", value))
        }
        let extensions = fields.compactMap { name, value in
            value.map { "\(name)=\(Self.escaped($0, also: "="))" }
        }
        return "\(head)|\(extensions.joined(separator: " "))"
    }

    /// Backslashes, line ends and what would end a field; other control characters are no part of a line.
    ///
    /// By scalars, as readers see it: `=` and a combining mark are one `Character`, which is not `=`.
    static func escaped(_ text: String, also scalar: Unicode.Scalar) -> String {
        var out = String.UnicodeScalarView()
        for each in text.unicodeScalars {
            switch each {
            case "\\", scalar: out += ["\\", each]
            case "\n": out += ["\\", "n"]
            case "\r": out += ["\\", "r"]
            case "\u{2028}", "\u{2029}": out.append(" ")
            case _ where each.properties.generalCategory == .control: out.append(" ")
            default: out.append(each)
            }
        }
        return String(out)
    }
}
