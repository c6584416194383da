import MayflyCore

/// `tiers: [ { above: 1d, requires: { reason: { min_length: 20 } } }, { above: 7d, approval: true } ]`
enum TierSection {
    /// - Parameter own: the rule's own approval, which `approval: true` stands for.
    static func readAll(_ field: Field, own: ApprovalTerms?) -> [AccessRule.Tier]? {
        var seen: Set<TTL> = []
        return field.list(of: "tiers")?.compactMap { item in
            guard let section = Section(item, keys: ["above", "requires", "approval"]) else { return nil }
            let above = section.required("above", fix: "such as above: 1d").flatMap { $0.duration() }
            if let above, !seen.insert(above).inserted {
                section.optional("above")?.error("\(above) has a tier already", fix: "put both into one")
            }
            let requires = section.optional("requires").map(RequirementsSection.read) ?? Requirements()
            let approval = section.optional("approval").map { readApproval($0, own) }
            if section.optional("requires") == nil, section.optional("approval") == nil {
                item.error("demands nothing", fix: "add requires or approval")
            }
            guard let above, let requires else { return nil }
            return AccessRule.Tier(above: above, requires: requires, approval: approval ?? nil)
        }
    }

    private static func readApproval(_ field: Field, _ own: ApprovalTerms?) -> ApprovalTerms? {
        guard field.isScalar else { return ApprovalSection.read(field) }
        guard field.truth() == true else {
            field.error("is not true", fix: "true, steps of its own, or leave it out")
            return nil
        }
        if own == nil {
            field.error("the rule has no approval to go by", fix: "give the rule steps, or the tier its own")
        }
        return own
    }
}
