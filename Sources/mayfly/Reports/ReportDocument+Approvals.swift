import MayflyAPI

extension ReportDocument {
    /// Who approves how much and how fast.
    init(_ report: ApprovalsReport, _ subject: ReportSubject, _ style: ReportStyle) {
        let columns = [
            Column(title: "Who"), Column(title: "Decided", isNumber: true),
            Column(title: "Approved", rank: 2, isNumber: true),
            Column(title: "Denied", rank: 3, isNumber: true),
            Column(title: "Denied %", isNumber: true), Column(title: "Median", isNumber: true),
            Column(title: "10th percentile", rank: 1, isNumber: true),
            Column(title: "Under \(report.quickSeconds) s", rank: 2, isNumber: true),
            Column(title: "Under \(report.quickSeconds) s, %", isNumber: true),
            Column(title: "Attested", rank: 4, isNumber: true),
        ]
        let together = report.approvers.count > 1 ? [report.together] : []
        let rows = (report.approvers + together).map { figures in
            Row(
                cells: [
                    Cell(
                        figures.person.map { Self.name($0, figures.users) } ?? "all together"),
                    Cell(String(figures.decided)), Cell(String(figures.approved)),
                    Cell(String(figures.denied)), Cell(style.count(figures.deniedPercent)),
                    Cell(Self.time(figures.medianSeconds, style)),
                    Cell(Self.time(figures.p10Seconds, style)), Cell(String(figures.quick)),
                    Cell(style.count(figures.quickPercent)), Cell(String(figures.attested)),
                ], mark: figures.person == nil ? .quiet : Self.mark(figures))
        }
        self.init(
            title: "Approvals report", subject: subject.facts(style, userIs: "approver"),
            figures: [
                Fact(name: "requests that needed approval", value: String(report.requests)),
                Fact(name: "approved", value: String(report.approved)),
                Fact(name: "denied", value: String(report.denied)),
                Fact(name: "expired", value: String(report.expired)),
                Fact(name: "withdrawn", value: String(report.withdrawn)),
                Fact(name: "waiting", value: String(report.waiting)),
            ],
            sections: [
                Section(
                    title: "Who decides", columns: columns, rows: rows,
                    empty: "nobody decided anything on the requests of this period")
            ], notes: report.definitions)
    }

    private static func name(_ person: String, _ users: [String]) -> String {
        person.hasPrefix("uid:") && users.count == 1 ? users[0] : person
    }

    private static func time(_ seconds: Int?, _ style: ReportStyle) -> String {
        guard let seconds else { return "" }
        return style.reader == .machine ? String(seconds) : HumanTime.duration(seconds: seconds)
    }

    /// Nearly all is approved, most of it quickly, and often enough to say so.
    private static func mark(_ figures: ApproverFigures) -> Mark {
        let looksAway = (figures.quickPercent ?? 0) >= 50 && (figures.deniedPercent ?? 100) <= 5
        return figures.decided >= 5 && looksAway ? .warning : .plain
    }
}
