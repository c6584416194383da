import MayflyAPI
import MayflyClient

/// What the daemon says, seen by this user.
struct DaemonChecks {
    /// A skew that a lease would feel.
    static let largestSkew = 2.0

    let client: MayflyClient

    /// - Returns: the checks, and the engines that the user may get access to.
    func run() async -> ([Check], Set<EngineName>) {
        do {
            var checks = [daemon(try await client.health())]
            checks.append(identity(try await client.whoAmI()))
            let profiles = try await client.profiles().filter { !$0.retired }
            checks.append(offers(profiles))
            let used = Set(profiles.map(\.database))
            for database in try await client.databases() where used.contains(database.name) {
                checks += self.database(database)
            }
            return (checks, Set(profiles.map(\.engine)))
        } catch {
            return ([.error("daemon", error.message, fix: error.hint, error.exit)], [])
        }
    }

    private func daemon(_ health: Health) -> Check {
        let what =
            "\(health.installation), version \(health.version), since \(LocalTime().text(health.startedAt))"
        guard health.state.writable else {
            return .error(
                "daemon",
                "\(what): it cannot write its record, so it gives no access (\(health.state.error ?? ""))",
                fix: "an operator looks at its disk and log", .notRecorded)
        }
        guard health.version == Mayfly.version else {
            return .warning(
                "daemon", "\(what); this is mayfly \(Mayfly.version)", fix: "install the same version of both"
            )
        }
        return .ok("daemon", what)
    }

    private func identity(_ who: WhoAmI) -> Check {
        let roles = who.roles.isEmpty ? "" : "; \(who.roles.map(\.rawValue).joined(separator: ", "))"
        return .ok(
            "whoami", "\(who.user) (uid \(who.uid)), groups \(who.groups.joined(separator: ", "))\(roles)")
    }

    private func offers(_ profiles: [ProfileSummary]) -> Check {
        guard !profiles.isEmpty else {
            return .warning(
                "profiles", "no rule lets you ask for anything",
                fix: "an operator names you, or a group of yours, under 'access' in the configuration")
        }
        return .ok("profiles", profiles.map(\.name).joined(separator: ", "))
    }

    private func database(_ database: DatabaseStatus) -> [Check] {
        let name = "database \(database.name)"
        guard database.reachable else {
            return [
                .error(
                    name, "the daemon does not reach it" + (database.lastError.map { ": \($0)" } ?? ""),
                    fix: "an operator runs: mayflyd check --connect", .databaseUnreachable)
            ]
        }
        var checks: [Check] = []
        if let skew = database.clockSkewSeconds, abs(skew) > Self.largestSkew {
            checks.append(
                .warning(
                    "clock of \(database.name)",
                    "the server's clock is \((skew * 10).rounded() / 10)s off the daemon's",
                    fix: "synchronise both (NTP): a lease ends by the server's clock"))
        }
        if database.due > 0 {
            checks.append(
                .warning(
                    name, "\(database.due) leases are over and their login roles not yet gone",
                    fix: "an operator looks at: mayfly leases --state locked --database \(database.name)"))
        }
        checks += database.findings.filter { $0.level == .warning || $0.level == .error }.map {
            .warning(name, $0.message, fix: $0.fix)
        }
        return checks.isEmpty
            ? [.ok(name, "\(database.engine) \(database.serverVersion ?? ""), reachable")] : checks
    }
}
