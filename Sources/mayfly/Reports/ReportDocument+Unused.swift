import MayflyAPI

extension ReportDocument {
    /// What could be taken away.
    init(_ report: UnusedReport, _ subject: ReportSubject, _ style: ReportStyle) {
        let idle = report.profiles.filter { $0.leases == 0 }
        let silent = report.rules.filter { $0.requests == 0 }
        let roomy = report.profiles.filter { $0.enoughSeconds != nil }
        var notes: [String] = [
            "A maximum that nobody needs: the longest that a lease of the period was to live, renewals and extensions "
                + "included, is below it."
        ]
        if report.unknown > 0 {
            notes.append(
                "Whether they were used is not known of \(report.unknown) leases: they are not among the unused ones."
            )
        }
        notes.append(
            "Connections are seen by looking at the server: one that began and ended between two looks is not."
        )
        self.init(
            title: "Unused rights report", subject: subject.facts(style),
            figures: [
                Fact(
                    name: "profiles that nobody used", value: String(idle.count), mark: Self.mark(idle.count)),
                Fact(
                    name: "rules that nothing matched", value: String(silent.count),
                    mark: Self.mark(silent.count)),
                Fact(name: "maximum TTLs that nobody needs", value: String(roomy.count)),
                Fact(
                    name: "leases without a connection seen", value: String(report.leases.count),
                    mark: Self.mark(report.leases.count)),
            ],
            sections: [
                Self.profiles(report.profiles, style), Self.rules(report.rules),
                AccessSection.section(
                    "Leases that were over before anybody was seen connected", report.leases, style,
                    empty: report.unknown > 0 ? "none is known" : "there are none"),
            ], notes: notes)
    }

    private static func mark(_ count: Int) -> Mark { count > 0 ? .warning : .plain }

    private static func profiles(_ profiles: [ProfileUse], _ style: ReportStyle) -> Section {
        Section(
            title: "Profiles",
            columns: [
                Column(title: "Profile"), Column(title: "Database", rank: 4),
                Column(title: "Leases", isNumber: true), Column(title: "People", rank: 3, isNumber: true),
                Column(title: "Last issued", rank: 2), Column(title: "Maximum", isNumber: true),
                Column(title: "Longest asked", rank: 1, isNumber: true),
                Column(title: "Longest given", rank: 1, isNumber: true),
                Column(title: "Longest lived", rank: 3, isNumber: true),
                Column(title: "Enough", isNumber: true),
            ],
            rows: profiles.map { use in
                Row(
                    cells: [
                        Cell(use.profile), Cell(use.database), Cell(String(use.leases)),
                        Cell(String(use.people)), Cell(style.moment(use.lastIssuedAt)),
                        Cell(style.duration(use.maximumSeconds)),
                        Cell(style.duration(use.longestAskedSeconds)),
                        Cell(style.duration(use.longestGivenSeconds)),
                        Cell(style.duration(use.longestLivedSeconds)),
                        Cell(style.duration(use.enoughSeconds)),
                    ], mark: mark(use.leases == 0 ? 1 : 0))
            }, empty: "there are no profiles")
    }

    private static func rules(_ rules: [RuleUse]) -> Section {
        Section(
            title: "Rules",
            columns: [
                Column(title: "Rule"), Column(title: "Outcome"), Column(title: "Requests", isNumber: true),
            ],
            rows: rules.map { use in
                Row(
                    cells: [Cell(use.rule), Cell(use.outcome.rawValue), Cell(String(use.requests))],
                    mark: mark(use.requests == 0 ? 1 : 0))
            }, empty: "there are no rules")
    }
}
