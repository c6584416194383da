import MayflyCore
import SQLClients

/// The preflight where there is no guard (`mode: direct`): whether our account has what it takes, and no more.
extension MariaDBEngine {
    func directPreflight(_ direct: MariaDBDirect, _ profiles: [Profile]) async -> [Finding] {
        var findings: [Finding] = []
        if let risk = definition.risk { findings.append(Finding(.warning, "mode", risk)) }
        do throws(EngineFailure) {
            findings += try await accountFindings()
            let live = try await inSession { (session) throws(MariaDBError) in
                try await direct.accounts(session).count
            }
            let most = definition.ceilings.maxLive
            findings.append(
                Finding(
                    live * 10 >= most * 9 ? .warning : .ok, "ceilings",
                    "\(live) of \(most) accounts live; the ceilings are held by the daemon, not by the server"
                ))
            for profile in profiles { findings += try await directFindings(profile, direct) }
        } catch {
            findings.append(
                Finding(.error, "account", error.message, statement: DirectAccount(definition, profiles).hint)
            )
        }
        findings.append(
            Finding(
                .warning, "expiry",
                "there is no server-side expiry: without the guard nothing in the server ends a lease while the broker"
                    + " is dead"))
        if !isMySQL {
            findings.append(
                Finding(
                    .note, "roles",
                    "MariaDB's accounts have no comment: who is behind one, only the broker's state knows"))
        }
        return findings
    }

    /// Global rights: what is missing, and what is not our job.
    private func accountFindings() async throws(EngineFailure) -> [Finding] {
        let account = MariaDBGuardInspection.account(
            user: definition.account.user, host: definition.accountHost)
        let rows = try await ask(
            """
            SELECT PRIVILEGE_TYPE AS privilege FROM information_schema.USER_PRIVILEGES
             WHERE GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') AND PRIVILEGE_TYPE <> 'USAGE'
            """)
        let held = Set(rows.compactMap { $0.values.first ?? nil })
        let wanted = DirectAccount.globalRights(definition.engine)
        var findings = wanted.filter { !held.contains($0) }.map {
            Finding(
                .error, "account", "our account has not \($0)", statement: "GRANT \($0) ON *.* TO \(account);"
            )
        }
        findings += held.subtracting(wanted).sorted().map {
            Finding(
                .error, "account", "our account has \($0), which is not our job",
                statement: "REVOKE \($0) ON *.* FROM \(account);")
        }
        return findings.isEmpty
            ? [Finding(.ok, "account", "\(wanted.joined(separator: ", ")), and no other right on all")]
            : findings
    }

    private func directFindings(
        _ profile: Profile, _ direct: MariaDBDirect
    ) async throws(EngineFailure) -> [Finding] {
        let check = "profile \(profile.name)"
        let culprits = try await inSession { (session) throws(MariaDBError) in
            try await direct.culprits(of: profile.memberOf, session)
        }
        var findings: [Finding] = []
        for group in profile.memberOf {
            guard let culprit = culprits[group] else {
                findings.append(
                    Finding(
                        .error, check, "the group \(group.quoted()) does not exist",
                        statement: "CREATE ROLE \(try MariaDBQuoting.identifier(group, limit: 128));"))
                continue
            }
            if let culprit {
                findings.append(
                    Finding(
                        .error, check,
                        "the group \(group.quoted()) has, or reaches, a power that no lease may have: \(culprit)"
                    ))
            }
            if try await !mayHandOn(group) {
                findings.append(
                    Finding(
                        .error, check, "our account may not hand on the group \(group.quoted())",
                        statement: try DirectAccount(definition, [profile]).handingOn(group)))
            }
        }
        if findings.isEmpty {
            findings.append(Finding(.ok, check, "its groups exist, and our account may hand them on"))
        }
        return findings
    }

    private func mayHandOn(_ group: String) async throws(EngineFailure) -> Bool {
        let statement =
            isMySQL
            ? """
            SELECT 1 FROM mysql.role_edges e WHERE e.FROM_USER = ? AND e.WITH_ADMIN_OPTION = 'Y'
               AND CONCAT(e.TO_USER, '@', e.TO_HOST) = CURRENT_USER()
            """
            : """
            SELECT 1 FROM mysql.roles_mapping m WHERE m.Role = ? AND m.Admin_option = 'Y'
               AND CONCAT(m.User, '@', m.Host) = CURRENT_USER()
            """
        return try await !ask(statement, [group]).isEmpty
    }
}
