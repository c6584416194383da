import MayflyAPI

/// Leases for people.
enum LeaseText {
    static func table(_ leases: [Lease], time: LocalTime) -> Table {
        Table([
            .init("LEASE", leases.map(\.id)),
            .init("STATE", leases.map(\.state.rawValue)),
            .init("LEFT", leases.map(time.left)),
            .init(
                "PROFILE", leases.map { $0.breakGlass == true ? "\($0.profile) (break-glass)" : $0.profile }),
            .init("REQUESTER", rank: 1, leases.map(\.requester)),
            .init("ROLE", rank: 3, leases.map(\.role)),
            .init("ENDS", rank: 2, leases.map { time.text($0.endedAt ?? $0.expiresAt) }),
            .init("REASON", rank: 4, leases.map { $0.reason ?? "" }),
        ])
    }

    static func fields(_ lease: Lease, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("lease", lease.id)
        fields.add("state", lease.state.rawValue + (lease.endReason.map { " (\($0))" } ?? ""))
        fields.add("profile", lease.profile)
        if lease.breakGlass == true {
            fields.add("taken", "as break-glass, to be reviewed: 'mayfly review \(lease.id)'")
        }
        fields.add("database", "\(lease.database) (\(lease.engine), \(lease.mode))")
        fields.add("role", lease.role)
        fields.add("only", NarrowingText.text(lease.tables, lease.columns))
        fields.add("member of", lease.narrowedGroup)
        fields.add("requester", "\(lease.requester) (uid \(lease.requesterUid))")
        if let identity = lease.requesterIdentity, !identity.hasPrefix("uid:") {
            fields.add("token", identity)
        }
        fields.add("reason", lease.reason)
        fields.add("ticket", lease.ticket)
        fields.add("request", lease.requestId)
        fields.add("created", time.text(lease.createdAt))
        if let ended = lease.endedAt {
            fields.add("ended", time.text(ended))
        } else {
            fields.add("ends", time.end(lease.expiresAt))
            fields.add("renewable", "until \(time.text(lease.endsLatestAt))")
        }
        for line in lease.detail { fields.add("hangs", line) }
        if lease.statementForDba != nil {
            fields.add("for a DBA", "'mayfly lease \(lease.id) --why-locked' says what to run")
        }
        return fields
    }
}
