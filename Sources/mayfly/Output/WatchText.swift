import MayflyAPI

/// Live leases and their sessions on one screen.
struct WatchText {
    var leases: [Lease]
    var sessions: SessionList
    var time: LocalTime

    /// - Parameter height: the terminal's lines; nil for no limit.
    func lines(width: Int?, height: Int?) -> [String] {
        let problems = CoverageText.lines(sessions.coverage).map { "! \($0)" }
        let head =
            ["\(time.text(time.now))  \(leases.count) leases, \(sessions.sessions.count) sessions"] + problems
            + [""]
        let (above, below) = (leaseLines(width), sessionLines(width))
        guard let height else { return head + above + [""] + below }
        // Sessions get what leases leave, half of it at least.
        let room = max(6, height - head.count - 2)
        let shown = Self.cut(above, to: max(room / 2, room - below.count))
        return head.map { line in width.map { String(line.prefix($0)) } ?? line } + shown + [""]
            + Self.cut(below, to: room - shown.count)
    }

    private static func cut(_ lines: [String], to count: Int) -> [String] {
        guard lines.count > count else { return lines }
        return lines.prefix(max(1, count - 1)) + ["… and \(lines.count - max(1, count - 1)) more"]
    }

    private func leaseLines(_ width: Int?) -> [String] {
        guard !leases.isEmpty else { return ["no live leases"] }
        let counts = Dictionary(grouping: sessions.sessions, by: \.leaseId).mapValues(\.count)
        return Table([
            .init("LEASE", leases.map { String($0.id.prefix(8)) }),
            .init("LEFT", leases.map(time.left)),
            .init("STATE", rank: 2, leases.map(\.state.rawValue)),
            .init(
                "PROFILE", leases.map { $0.breakGlass == true ? "\($0.profile) (break-glass)" : $0.profile }),
            .init("REQUESTER", leases.map(\.requester)),
            .init("SESSIONS", leases.map { String(counts[$0.id] ?? 0) }),
            .init("DATABASE", rank: 3, leases.map(\.database)),
            .init("REASON", rank: 4, leases.map { $0.reason ?? "" }),
        ]).lines(width: width)
    }

    private func sessionLines(_ width: Int?) -> [String] {
        guard !sessions.sessions.isEmpty else { return ["no open sessions"] }
        return SessionText.table(sessions.sessions, time: time).lines(width: width)
    }
}
