import MayflyCore

extension AuditEvent {
    /// What ending a role met: `found`, `reassigned`, `left_behind`, where there was something.
    mutating func add(_ remarks: RevocationRemarks) {
        details["found"] = remarks.found
        details["reassigned"] = Self.list(remarks.reassigned)
        details["left_behind"] = Self.list(remarks.leftBehind)
    }

    /// A record is read by people and kept for ever: the first hundred, and how many there are besides.
    private static func list(_ lines: [String]) -> String? {
        guard !lines.isEmpty else { return nil }
        let rest = lines.count - 100
        return (lines.prefix(100) + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: "; ")
    }
}
