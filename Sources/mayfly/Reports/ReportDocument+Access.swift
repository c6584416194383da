import MayflyAPI

extension ReportDocument {
    /// Who had what, when, why, and who allowed it.
    init(_ report: AccessReport, _ subject: ReportSubject, _ style: ReportStyle) {
        let entries = report.entries
        self.init(
            title: "Access report", subject: subject.facts(style), figures: Self.figures(entries),
            timeline: style.reader == .person ? Timeline(entries, from: report.from, to: report.to) : nil,
            sections: [
                AccessSection.section("Leases", entries, style, empty: "nobody had anything in this period")
            ], notes: Self.unknowns(entries))
    }

    /// What was taken as break-glass, and its reviews.
    init(_ report: BreakGlassReport, _ subject: ReportSubject, _ style: ReportStyle) {
        let median = report.medianReviewSeconds.map { HumanTime.duration(seconds: max($0, 1)) }
        self.init(
            title: "Break-glass report", subject: subject.facts(style),
            figures: [
                Fact(name: "taken", value: String(report.entries.count)),
                Fact(
                    name: "reviews overdue", value: String(report.overdue),
                    mark: report.overdue > 0 ? .warning : .plain),
                Fact(name: "waiting in time", value: String(report.waiting)),
                Fact(name: "justified", value: String(report.justified)),
                Fact(
                    name: "unjustified", value: String(report.unjustified),
                    mark: report.unjustified > 0 ? .warning : .plain),
                Fact(name: "median time to review", value: median ?? "-"),
            ],
            timeline: style.reader == .person
                ? Timeline(report.entries, from: report.from, to: report.to) : nil,
            sections: [
                AccessSection.section(
                    "Break-glass", report.entries, style, empty: "nobody broke the glass in this period")
            ], notes: Self.unknowns(report.entries))
    }

    static func figures(_ entries: [AccessEntry]) -> [Fact] {
        let broken = entries.count { $0.allowedBy == .breakGlass }
        let known = entries.filter { $0.sessions != nil }
        var figures = [
            Fact(name: "leases", value: String(entries.count)),
            Fact(name: "people", value: String(Set(entries.map(\.person)).count)),
            Fact(name: "databases", value: String(Set(entries.map(\.database)).count)),
            Fact(name: "not over yet", value: String(entries.count { $0.endedAt == nil })),
            Fact(name: "break-glass", value: String(broken), mark: broken > 0 ? .warning : .plain),
        ]
        if !known.isEmpty {
            let idle = known.count { $0.sessions == 0 && $0.endedAt != nil }
            figures.append(Fact(name: "over, no connection seen", value: String(idle)))
        }
        return figures
    }

    /// What is not known is said, so that nobody takes it for none.
    static func unknowns(_ entries: [AccessEntry]) -> [String] {
        var notes: [String] = []
        let unknown = entries.count { $0.sessions == nil }
        if unknown > 0 {
            notes.append("Whether they were used is not known of \(unknown) of \(entries.count) leases.")
        }
        if unknown < entries.count {
            notes.append(
                "Connections are seen by looking at the server: one that began and ended between two looks is not."
            )
        }
        if entries.contains(where: { $0.statements != nil }) {
            notes.append(
                "Statements are counted from the server's summaries, not from a log; `mayfly lease ID --timeline` says what "
                    + "each source does not tell.")
        }
        return notes
    }
}
