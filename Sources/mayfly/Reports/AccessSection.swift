import MayflyAPI

/// Leases as a table: as much as each reader can do with.
enum AccessSection {
    typealias Column = ReportDocument.Column
    typealias Cell = ReportDocument.Cell

    static func section(
        _ title: String, _ entries: [AccessEntry], _ style: ReportStyle, empty: String,
        notes: [String] = []
    ) -> ReportDocument.Section {
        let columns = columns(for: style.reader, entries)
        let rows = entries.map { entry in
            let text = AccessText(entry: entry, style: style)
            return ReportDocument.Row(cells: columns.map { $0.cell(text) }, mark: text.mark)
        }
        return ReportDocument.Section(
            title: title, notes: notes, columns: columns.map(\.column), rows: rows, empty: empty)
    }

    private typealias Drawn = (column: Column, cell: @Sendable (AccessText) -> Cell)
    /// A title and what stands under it.
    private typealias Named = (title: String, text: @Sendable (AccessText) -> String)

    private static func columns(for reader: ReportStyle.Reader, _ entries: [AccessEntry]) -> [Drawn] {
        switch reader {
        case .machine:
            machine.map { named in (Column(title: named.title), { Cell(named.text($0)) }) }
        case .terminal: terminal(entries)
        case .person: person
        }
    }

    private static let person: [Drawn] = [
        (Column(title: "Who"), { Cell($0.who, [$0.token]) }),
        (
            Column(title: "What", isTight: true),
            {
                Cell(
                    "\($0.entry.profile)",
                    ["on \($0.entry.database)", $0.only.isEmpty ? "" : "only \($0.only)", $0.entry.role])
            }
        ),
        (
            Column(title: "When", isTight: true),
            { text in
                let entry = text.entry
                return Cell(
                    text.style.moment(entry.issuedAt), [text.end, text.lived, text.fate])
            }
        ),
        (Column(title: "Why"), { Cell($0.entry.reason ?? "", [$0.entry.ticket ?? ""]) }),
        (Column(title: "Allowed by"), { Cell($0.allowedBy, [$0.rule, $0.entry.review?.note ?? ""]) }),
        (Column(title: "Used"), { Cell($0.use.first ?? "not known", Array($0.use.dropFirst())) }),
    ]

    private static func terminal(_ entries: [AccessEntry]) -> [Drawn] {
        var columns: [Drawn] = [
            (Column(title: "Who"), { Cell($0.who) }),
            (Column(title: "Profile"), { Cell($0.entry.profile) }),
            (Column(title: "Database", rank: 5), { Cell($0.entry.database) }),
            (Column(title: "Issued"), { Cell($0.style.moment($0.entry.issuedAt)) }),
            (
                Column(title: "Ended", rank: 3),
                { Cell($0.entry.endedAt.map($0.style.moment) ?? $0.entry.state.rawValue) }
            ),
            (Column(title: "Lived", rank: 4), { Cell($0.lived) }),
            (Column(title: "Allowed by", rank: 1), { Cell($0.allowedBy) }),
            (Column(title: "Used", rank: 6), { Cell($0.use.joined(separator: ", ")) }),
            (Column(title: "Reason", rank: 2), { Cell($0.entry.reason ?? "", [$0.entry.ticket ?? ""]) }),
            (Column(title: "Lease", rank: 7), { Cell($0.entry.leaseId) }),
        ]
        if entries.contains(where: { $0.tables != nil || $0.columns != nil }) {
            columns.insert((Column(title: "Only", rank: 5), { Cell($0.only) }), at: 2)
        }
        return columns
    }

    private static let machine: [Named] = [
        ("requester", { $0.entry.requester }), ("person", { $0.entry.person }),
        ("uid", { String($0.entry.requesterUid) }), ("identity", { $0.entry.requesterIdentity }),
        ("database", { $0.entry.database }), ("profile", { $0.entry.profile }), ("role", { $0.entry.role }),
        ("tables", { ($0.entry.tables ?? []).joined(separator: " ") }),
        ("columns", { ($0.entry.columns ?? []).joined(separator: " ") }),
        ("reason", { $0.entry.reason ?? "" }), ("ticket", { $0.entry.ticket ?? "" }),
        ("asked_at", { $0.style.moment($0.entry.askedAt) }),
        ("issued_at", { $0.style.moment($0.entry.issuedAt) }),
        ("expires_at", { $0.style.moment($0.entry.expiresAt) }),
        ("ended_at", { $0.style.moment($0.entry.endedAt) }), ("state", { $0.entry.state.rawValue }),
        ("end_reason", { $0.entry.endReason?.rawValue ?? "" }),
        ("allowed_by", { $0.entry.allowedBy.rawValue }), ("rule", { $0.entry.rule ?? "" }),
        (
            "approvers",
            {
                $0.entry.decisions.filter { $0.verdict == .approve }.map(\.user).joined(separator: " ")
            }
        ),
        ("decisions", { text in text.entry.decisions.map(text.said).joined(separator: ", ") }),
        ("asked_seconds", { $0.style.duration($0.entry.askedSeconds) }),
        ("given_seconds", { $0.style.duration($0.entry.givenSeconds) }),
        ("lived_seconds", { $0.style.duration($0.entry.livedSeconds) }),
        ("sessions", { $0.style.count($0.entry.sessions) }),
        ("statements", { $0.style.count($0.entry.statements) }),
        ("tables_touched", { ($0.entry.tablesTouched ?? []).joined(separator: " ") }),
        ("review", { $0.entry.review?.state.rawValue ?? "" }),
        ("review_due_at", { $0.style.moment($0.entry.review?.dueAt) }),
        ("verdict", { $0.entry.review?.verdict?.rawValue ?? "" }),
        ("reviewed_by", { $0.entry.review?.by ?? "" }),
        ("review_seconds", { $0.style.duration($0.entry.review?.seconds) }),
        ("review_note", { $0.entry.review?.note ?? "" }),
        ("lease_id", { $0.entry.leaseId }), ("request_id", { $0.entry.requestId }),
    ]
}
