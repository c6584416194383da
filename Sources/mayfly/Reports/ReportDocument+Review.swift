import MayflyAPI

extension ReportDocument {
    /// A pack to review the access to one database by.
    /// - Parameters:
    ///   - sha256: of the pack.
    ///   - signOffs: of the database, newest first.
    init(_ pack: AccessReviewPack, sha256: String, signOffs: [SignOff], _ style: ReportStyle) {
        let subject = ReportSubject(from: pack.from, to: pack.to, database: pack.database)
        self.init(
            title: "Access review of \(pack.database)",
            subject: subject.facts(style) + [
                Fact(name: "installation", value: pack.installation),
                Fact(name: "server", value: "\(pack.engine), \(pack.mode)"),
                Fact(name: "SHA-256", value: sha256),
            ],
            figures: Self.figures(pack.leases).filter { $0.name != "databases" && $0.name != "not over yet" }
                + [
                    Fact(name: "held at the end", value: String(pack.held.count)),
                    Fact(
                        name: "standing findings",
                        value: pack.findingsKnown ? String(pack.findings.count) : "not known",
                        mark: pack.findings.isEmpty && pack.findingsKnown ? .plain : .warning),
                ],
            timeline: style.reader == .person ? Timeline(pack.leases, from: pack.from, to: pack.to) : nil,
            sections: [
                Self.rules(pack.rules, style), Self.profiles(pack.profiles, style),
                AccessSection.section(
                    "Who held what at the end of the period", pack.held, style, empty: "nobody held anything"),
                AccessSection.section(
                    "Who had what in the period", pack.leases, style, empty: "nobody had anything"),
                Self.findings(pack.findings, areKnown: pack.findingsKnown), Self.signOffs(signOffs, style),
            ],
            notes: [
                "Leases are told as of the end of the period; rules, profiles and findings as they were when this was made: one "
                    + "that was in force during the period and is not any more is not here (`mayfly audit` has it).",
                "How leases were used is not part of what is signed: `mayfly report access` tells it.",
            ])
    }

    private static func rules(_ rules: [RuleInForce], _ style: ReportStyle) -> Section {
        Section(
            title: "Who may ask for what",
            notes: ["By the rules in force, in order: the first that fits decides."],
            columns: [
                Column(title: "Rule"), Column(title: "Who"), Column(title: "Profiles"),
                Column(title: "Outcome"), Column(title: "Maximum", isNumber: true),
                Column(title: "Decided or reviewed by", rank: 1), Column(title: "Open", rank: 2),
            ],
            rows: rules.map { rule in
                let ends = rule.validUntil.map { "until \(style.moment($0))" }
                let open = rule.windows + [ends].compactMap { $0 }
                return Row(cells: [
                    Cell(rule.name), Cell(rule.who.joined(separator: ", ")),
                    Cell(rule.profiles.joined(separator: ", ")), Cell(rule.outcome.rawValue),
                    Cell(style.duration(rule.maximumSeconds)),
                    Self.lines(rule.approval + rule.reviewers.map { "review: \($0)" }),
                    Self.lines(open.isEmpty ? ["always"] : open),
                ])
            }, empty: "no rule gives access to this database")
    }

    private static func profiles(_ profiles: [ReviewedProfile], _ style: ReportStyle) -> Section {
        Section(
            title: "What there is to ask for",
            columns: [
                Column(title: "Profile"), Column(title: "Group roles"),
                Column(title: "What they hold", rank: 1),
                Column(title: "Maximum", isNumber: true), Column(title: "Rules", rank: 2),
                Column(title: "Leases", isNumber: true),
            ],
            rows: profiles.map { profile in
                Row(cells: [
                    Cell(profile.name, [profile.description]), Cell(profile.memberOf.joined(separator: ", ")),
                    Self.lines(profile.grants.isEmpty ? ["kept by a DBA"] : profile.grants),
                    Cell(style.duration(profile.maximumSeconds)),
                    Cell(profile.rules.isEmpty ? "none: nobody may" : profile.rules.joined(separator: ", ")),
                    Cell(String(profile.leases)),
                ])
            }, empty: "there are no profiles")
    }

    private static func findings(_ findings: [Finding], areKnown: Bool) -> Section {
        Section(
            title: "Standing findings",
            columns: [Column(title: "Level"), Column(title: "What"), Column(title: "To do", rank: 1)],
            rows: findings.map { finding in
                Row(
                    cells: [Cell(finding.level.rawValue), Cell(finding.message), Cell(finding.fix ?? "")],
                    mark: finding.level == .note ? .plain : .warning)
            },
            empty: areKnown
                ? "there are none"
                : "not known: the server does not answer, or was not looked at yet. Nothing is signed off like that"
        )
    }

    private static func signOffs(_ signOffs: [SignOff], _ style: ReportStyle) -> Section {
        Section(
            title: "Signed off before",
            columns: [
                Column(title: "Sign-off"), Column(title: "By"), Column(title: "At"),
                Column(title: "Period", rank: 1), Column(title: "Note"), Column(title: "SHA-256", rank: 2),
            ],
            rows: signOffs.map { signOff in
                Row(cells: [
                    Cell(signOff.id), Cell(signOff.by), Cell(style.moment(signOff.at)),
                    Cell("\(style.moment(signOff.from)) to \(style.moment(signOff.to))"), Cell(signOff.note),
                    Cell(signOff.sha256),
                ])
            }, empty: "never")
    }

    private static func lines(_ lines: [String]) -> Cell { Cell(lines.first ?? "", Array(lines.dropFirst())) }
}
