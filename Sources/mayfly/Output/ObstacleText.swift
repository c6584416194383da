import MayflyAPI

/// What keeps a lease's login role in the server, for the person who is to do something about it.
enum ObstacleText {
    /// The statements come last, a line each and as they are, so that they can be copied from there.
    static func lines(_ lease: Lease, time: LocalTime) -> [String] {
        guard let reason = lease.detail.first else {
            return [
                "lease \(Escaping.printable(lease.id)) is \(Escaping.printable(lease.state.rawValue)): nothing is in the way of its end"
            ]
        }
        var fields = Fields()
        fields.add("lease", "\(lease.id), \(lease.state.rawValue)")
        fields.add("role", "\(lease.role) on \(lease.database)")
        fields.add("requester", lease.requester)
        fields.add("why", reason)
        for line in lease.detail.dropFirst() { fields.add("hangs", line) }
        if let attempts = lease.attempts { fields.add("tried", attempts == 1 ? "once" : "\(attempts) times") }
        if let next = lease.nextAttemptAt {
            fields.add("next", "\(time.text(next)); at once with 'mayfly revoke \(lease.id)'")
        }
        var lines = fields.lines
        if let statements = lease.statementForDba {
            lines += ["", "A DBA would run:"]
            lines += statements.split(separator: "\n", omittingEmptySubsequences: false)
                .map { "  " + Escaping.printable(String($0)) }
        }
        return lines
    }
}
