import MayflyAPI

/// An audit record in a line for people.
enum AuditText {
    static func line(_ record: AuditRecord, time: LocalTime) -> String {
        var parts = ["\(record.seq)", time.text(record.at), record.actor.user, record.action, record.outcome]
        if let token = record.actor.token { parts.append("token=sub:\(token.issuer):\(token.subject)") }
        if let profile = record.profile { parts.append("profile=\(profile)") }
        if let lease = record.leaseId { parts.append("lease=\(lease)") }
        if let role = record.role { parts.append("role=\(role)") }
        if let rule = record.rule { parts.append("rule=\"\(rule)\"") }
        if let reason = record.reason { parts.append("reason=\"\(reason)\"") }
        for (name, value) in record.details.sorted(by: { $0.key < $1.key }) {
            parts.append("\(name)=\"\(value)\"")
        }
        return Escaping.printable(parts.joined(separator: "  "))
    }
}
