import MayflyAPI

/// What a login role can do, for people.
struct PrivilegeText {
    let lines: [String]

    init(_ found: LeasePrivileges, time: LocalTime) {
        var fields = Fields()
        fields.add("lease", found.leaseId)
        fields.add("member of", found.memberOf.joined(separator: ", "))
        fields.add("can", found.unknown.map { "not known: \($0)" })
        lines =
            fields.lines
            + found.readings.flatMap { reading in
                ["as read \(time.text(reading.readAt)), and last \(time.text(reading.confirmedAt))"]
                    + Self.lines(reading.entries) + (reading.cut ? ["  and more"] : [])
            }
    }

    /// One line for each object; what everybody can is said to be that.
    static func lines(_ entries: [PrivilegeEntry]) -> [String] {
        entries.map { entry in
            let line = "\(entry.privileges.joined(separator: ", ")) on \(entry.kind) \(entry.name)"
            return "  " + Escaping.printable(line) + (entry.everybody ? " (everybody)" : "")
        }
    }
}
