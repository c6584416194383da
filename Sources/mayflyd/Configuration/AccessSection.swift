import Foundation
import MayflyCore

/// `access:`, the rules in their order.
struct AccessSection {
    static let keys = [
        "name", "who", "profiles", "outcome", "break_glass", "max_ttl", "max_active", "requests_per_hour",
        "requires",
        "windows", "zone", "valid_until", "tiers", "approval", "approval_on_flags", "authorities", "review",
    ]
    /// What means nothing beside `deny`.
    static let ofGrants = [
        "max_ttl", "max_active", "requests_per_hour", "requires", "tiers", "approval", "approval_on_flags",
        "authorities",
        "review",
    ]

    let profiles: ProfileSection.Parsed?
    let people: People
    /// The names under `identity_issuers` and `approval_authorities`; nil where they are not known.
    var issuers: [String]?
    var authorities: [String]?

    func readAll(_ field: Field) -> [AccessRule]? {
        guard let items = field.list(of: "rules", allowEmpty: true) else { return nil }
        if items.isEmpty { field.note("no rule: nobody is given anything", fix: nil) }
        var names: [String: String] = [:]
        return items.compactMap { read($0, &names) }
    }

    private func read(_ field: Field, _ names: inout [String: String]) -> AccessRule? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        let name = section.required("name", fix: "a name that tells people which rule decided")
            .flatMap { Self.readName($0, &names) }
        let list = PrincipalList(allowsAnyone: true, allowsTokens: true, issuers: issuers)
        let who = section.required("who", fix: "who: [ \"group:developers\" ]").flatMap { list.read($0) }
        let chosen = section.required("profiles", fix: "the names of profiles: profiles: [ … ]")
            .flatMap { ProfileGlobs.read($0, profiles: profiles) }
        let outcome = readOutcome(section)
        // A rule whose outcome cannot be read must not become one that gives.
        var rule = AccessRule(
            name: name ?? "", who: who ?? [], profiles: chosen?.globs ?? [], outcome: outcome ?? .deny)
        readRest(&rule, section, chosen?.named ?? [])
        guard outcome != nil else { return nil }
        checkTogether(rule, section)
        return name == nil || who == nil || chosen == nil ? nil : rule
    }

    /// Nil after it was reported.
    private func readOutcome(_ section: Section) -> AccessRule.Outcome? {
        let isBreakGlass = section.optional("break_glass").map { $0.truth() } ?? false
        guard let isBreakGlass else { return nil }
        guard let field = section.optional("outcome") else {
            if isBreakGlass { return .breakGlass }
            // Steps without a word mean that they are to be taken, unless a tier or a flag takes them.
            let onDemand = section.optional("tiers") != nil || section.optional("approval_on_flags") != nil
            guard section.optional("approval") != nil else { return .automatic }
            guard onDemand else { return .approval }
            section.field.child("outcome", section.field.node).error(
                "is missing beside approval and \(section.optional("tiers") != nil ? "tiers" : "approval_on_flags")",
                fix: "automatic (steps only where a tier or flag demands them) or approval (always)")
            return nil
        }
        guard let text = field.string("an outcome") else { return nil }
        guard let outcome = AccessRule.Outcome(rawValue: text) else {
            let known = AccessRule.Outcome.allCases.map(\.rawValue)
            field.error(
                "\(field.shown(text)) is no outcome",
                fix: Spelling.nearest(to: text, among: known).map { "did you mean \($0)?" }
                    ?? known.joined(separator: ", "))
            return nil
        }
        guard !isBreakGlass || outcome == .breakGlass else {
            section.optional("break_glass")?.error(
                "and outcome: \(outcome.rawValue) exclude each other", fix: "write a rule for each")
            return nil
        }
        return outcome
    }

    private func readRest(_ rule: inout AccessRule, _ section: Section, _ chosen: Set<ProfileName>) {
        rule.limits = readLimits(section, chosen)
        if rule.outcome == .breakGlass, rule.limits.maxTTL == nil {
            rule.limits.maxTTL = AccessRule.breakGlassMaximum
        }
        rule.requires = section.optional("requires").flatMap(RequirementsSection.read) ?? Requirements()
        let zone = section.optional("zone").map(WindowSection.readZone)
        if let windows = section.optional("windows") {
            rule.windows = WindowSection.readAll(windows) ?? []
            if zone == nil {
                windows.error("go by the clocks of a zone", fix: "add zone: Europe/Berlin to the rule")
            }
        }
        rule.zone = (zone ?? nil) ?? .gmt
        // Where the zone is wrong, that is what was reported.
        rule.validUntil = section.optional("valid_until").flatMap {
            WindowSection.readEnd($0, zone: zone.map { $0 ?? .gmt })
        }
        rule.approval = section.optional("approval").flatMap(ApprovalSection.read)
        rule.tiers = section.optional("tiers").flatMap { TierSection.readAll($0, own: rule.approval) } ?? []
        rule.flagsDemandingApproval = section.optional("approval_on_flags").map(Self.readFlags) ?? []
        rule.authorities = section.optional("authorities").map(readAuthorities) ?? []
        if let review = section.optional("review").flatMap(Self.readReview) { rule.review = review }
    }

    private func readLimits(_ section: Section, _ chosen: Set<ProfileName>) -> AccessRule.Limits {
        var limits = AccessRule.Limits()
        limits.maxTTL = section.optional("max_ttl").flatMap { $0.duration() }
        if let maxTTL = limits.maxTTL {
            for profile in chosen.sorted().compactMap({ profiles?.valid[$0] }) where maxTTL > profile.ttl.max
            {
                section.optional("max_ttl")?.note(
                    "\(maxTTL) does not raise the maximum of \(profile.name) (\(profile.ttl.max))", fix: nil)
            }
        }
        if let field = section.optional("max_active"),
            let active = Section(field, keys: ["per_person", "total"])
        {
            limits.perPerson = active.optional("per_person").flatMap { $0.integer(1...100_000) }
            limits.total = active.optional("total").flatMap { $0.integer(1...100_000) }
        }
        limits.requestsPerHour = section.optional("requests_per_hour").flatMap { $0.integer(1...100_000) }
        return limits
    }

    private static func readName(_ field: Field, _ names: inout [String: String]) -> String? {
        guard let text = field.string("a name") else { return nil }
        guard text.unicodeScalars.count <= 100 else {
            field.error("has \(text.unicodeScalars.count) characters", fix: "at most 100")
            return nil
        }
        if let first = names[text] {
            field.error("\(field.shown(text)) is also the name of \(first)", fix: "give each rule its own")
            return nil
        }
        names[text] = field.path.replacing(".name", with: "")
        return text
    }

    private static func readFlags(_ field: Field) -> Set<RequestFlag.Kind> {
        let known = RequestFlag.Kind.allCases.map(\.rawValue)
        let flags = field.list(of: "flags")?.compactMap { item -> RequestFlag.Kind? in
            guard let text = item.string("a flag") else { return nil }
            guard let flag = RequestFlag.Kind(rawValue: text) else {
                item.error(
                    "\(item.shown(text)) is no flag",
                    fix: Spelling.nearest(to: text, among: known).map { "did you mean \($0)?" }
                        ?? known.joined(separator: ", "))
                return nil
            }
            return flag
        }
        return Set(flags ?? [])
    }

    private func readAuthorities(_ field: Field) -> [String] {
        field.list(of: "authorities")?.compactMap { item in
            guard let text = item.string("the name of an authority") else { return nil }
            guard let authorities, !authorities.contains(text) else { return text }
            item.error(
                "no authority is called \(item.shown(text))",
                fix: Spelling.nearest(to: text, among: authorities).map { "did you mean \($0)?" }
                    ?? (authorities.isEmpty
                        ? "add it under approval_authorities"
                        : "under approval_authorities there are: \(authorities.sorted().joined(separator: ", "))")
            )
            return nil
        } ?? []
    }

    private static func readReview(_ field: Field) -> ReviewTerms? {
        guard let section = Section(field, keys: ["by", "within", "suspend"]) else { return nil }
        var terms = ReviewTerms()
        if let by = section.optional("by").flatMap({ PrincipalList.officers.read($0) }) {
            terms.reviewers = by
        }
        if let within = section.optional("within")?.duration() { terms.dueWithin = within.seconds }
        if let suspends = section.optional("suspend")?.truth() { terms.suspends = suspends }
        return terms
    }
}
