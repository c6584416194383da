import MayflyAPI

/// Lockdowns for people.
enum LockdownText {
    static func table(_ lockdowns: [Lockdown], time: LocalTime) -> Table {
        Table([
            .init("LOCKDOWN", lockdowns.map(\.id)),
            .init("ON", lockdowns.map(\.scope)),
            .init("SINCE", rank: 1, lockdowns.map { time.text($0.since) }),
            .init("UNTIL", lockdowns.map { until($0, time) }),
            .init("BY", rank: 2, lockdowns.map { $0.startedBy ?? "" }),
            .init("REASON", rank: 3, lockdowns.map(\.reason)),
        ])
    }

    static func fields(_ lockdown: Lockdown, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("lockdown", lockdown.id)
        fields.add("on", lockdown.scope)
        fields.add("person", lockdown.person)
        fields.add("state", lockdown.inForce ? "in force" : "ended")
        fields.add("reason", lockdown.reason)
        fields.add("since", time.text(lockdown.since))
        fields.add("until", until(lockdown, time))
        fields.add("by", lockdown.startedBy)
        fields.add("ended by", lockdown.endedBy)
        fields.add("because", lockdown.endReason)
        return fields
    }

    private static func until(_ lockdown: Lockdown, _ time: LocalTime) -> String {
        if let ended = lockdown.endedAt { return "ended \(time.text(ended))" }
        return lockdown.until.map(time.end) ?? "somebody ends it"
    }
}
