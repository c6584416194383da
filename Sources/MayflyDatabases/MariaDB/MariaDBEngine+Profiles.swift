import MayflyCore

extension MariaDBEngine {
    /// Whether the guard has what profiles ask for. Whether a group exists, and what it holds, the guard looks at when
    /// it issues: our account cannot see roles.
    func profileFindings(_ profiles: [Profile], _ description: MariaDBGuardDescription) -> [Finding] {
        profiles.flatMap { profile in
            let check = "profile \(profile.name)"
            var findings: [Finding] = []
            for group in profile.memberOf {
                findings += groupFindings(group, check, description)
            }
            findings += limits(profile, check, description)
            if findings.allSatisfy({ $0.severity < .warning }) {
                findings.append(Finding(.ok, check, "its group is allowed in the guard"))
            }
            return findings
        }
    }

    private func groupFindings(
        _ group: String, _ check: String, _ description: MariaDBGuardDescription
    ) -> [Finding] {
        let name: String
        do throws(EngineFailure) {
            name = try MariaDBQuoting.identifier(group, limit: 128)
        } catch {
            return [Finding(.error, check, error.message)]
        }
        let insert = literal(group).map { "INSERT INTO mayfly.allowed_group VALUES (\($0));" }
        let grant = "GRANT \(name) TO mayfly_guard@localhost WITH ADMIN OPTION;"
        if !description.groups.contains(group) {
            return [
                Finding(
                    .error, check, "the group \(group.quoted()) is not allowed in the guard",
                    statement: insert.map { "CREATE ROLE IF NOT EXISTS \(name); \(grant) \($0)" })
            ]
        }
        guard description.groups_not_grantable?.contains(group) == true else { return [] }
        return [
            Finding(
                .error, check, "the guard may not hand on the group \(group.quoted()), or it does not exist",
                statement: grant)
        ]
    }

    private func limits(
        _ profile: Profile, _ check: String, _ description: MariaDBGuardDescription
    ) -> [Finding] {
        var findings: [Finding] = []
        for setting in profile.settings.keys.sorted() where !description.settings.contains(setting) {
            findings.append(
                Finding(
                    .error, check,
                    "the setting \(setting.quoted()) is none that an account can have here: "
                        + description.settings.joined(separator: ", ")))
        }
        if profile.ttl.max.seconds > description.max_ttl_seconds {
            findings.append(
                Finding(
                    .error, check,
                    "its longest TTL is above the guard's ceiling of \(description.max_ttl_seconds) s",
                    statement: "UPDATE mayfly.guard SET max_ttl_seconds = \(profile.ttl.max.seconds);"))
        }
        if profile.maxActive.total > description.max_live {
            findings.append(
                Finding(
                    .warning, check,
                    "its total of live leases is above the guard's ceiling of \(description.max_live)",
                    statement: "UPDATE mayfly.guard SET max_live = \(profile.maxActive.total);"))
        }
        return findings
    }
}
