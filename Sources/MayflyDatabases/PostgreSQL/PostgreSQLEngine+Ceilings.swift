import MayflyCore

extension PostgreSQLEngine {
    /// Whether the guard enforces the ceilings of the configuration: it keeps those that it was installed with
    /// until a DBA changes them.
    func ceilingFindings(_ description: GuardDescription) -> [Finding] {
        let ours = definition.ceilings
        let pairs = [
            ("max_ttl", "max_ttl_seconds", ours.maxTTL.seconds, description.max_ttl_seconds),
            ("max_live", "max_live", ours.maxLive, description.max_live),
            (
                "max_issues_per_minute", "max_issues_per_minute", ours.maxIssuesPerMinute,
                description.max_issues_per_minute
            ),
        ]
        var findings: [Finding] = []
        for (key, column, configured, enforced) in pairs {
            guard let enforced, enforced != configured else { continue }
            findings.append(
                Finding(
                    enforced > configured ? .warning : .note, "ceilings",
                    "ceilings.\(key) is \(configured) here, and the guard enforces \(enforced)",
                    statement: "UPDATE mayfly.guard SET \(column) = \(configured);"))
        }
        return findings.isEmpty
            ? [Finding(.ok, "ceilings", "the guard enforces those of the configuration")] : findings
    }
}
