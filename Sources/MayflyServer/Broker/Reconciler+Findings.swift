package import MayflyCore

extension Reconciler {
    /// What somebody should look at.
    package func findings(locked: Int) -> [Finding] {
        var findings = safeModeFindings + strays.map(finding)
        findings += altered.map { role in
            Finding(
                role.isPowerful || role.hasPowerfulGroup ? .error : .warning, "roles",
                "the role \(role.role) of lease \(role.lease?.rawValue ?? "") was altered: "
                    + Self.words(role.alterations))
        }
        if locked > 0 {
            findings.append(
                Finding(.warning, "leases", "\(locked) locked: login is off, but the server refuses the drop")
            )
        }
        if let skew = found?.health.clockSkew, abs(skew) > 2 {
            findings.append(Finding(.warning, "clock", "the server's clock is \(Int(skew)) s from ours"))
        }
        return findings
    }

    private var safeModeFindings: [Finding] {
        guard !orphans.isEmpty else { return [] }
        let sessions = orphans.reduce(0) { $0 + ($1.sessions ?? 0) }
        let what = "\(orphans.count) roles that the state does not know, with \(sessions) sessions"
        return switch safeMode {
        case .on:
            [
                Finding(
                    .error, "safe mode",
                    "at the start there were living roles that the state does not know, as after a restore from a"
                        + " backup: \(what). They are kept until an administrator decides",
                    statement: "mayfly reap --database \(database) --dry-run"
                        + "   (then without --dry-run to drop them, or with --keep to leave them to their end)"
                )
            ]
        case .off, .undecided:
            [Finding(.warning, "roles", what, statement: "mayfly reap --database \(database) --dry-run")]
        }
    }

    private func finding(_ stray: RoleStanding) -> Finding {
        Finding(
            .warning, "roles",
            stray.lease.map {
                "the role \(stray.role.quoted()) of lease \($0) is not as the register has it: renamed, made"
                    + " anew, or with another comment"
            } ?? "the role \(stray.role.quoted()) is named like ours, but the register does not know it",
            statement: statement(onStray: stray))
    }

    /// What a DBA looks at one with: it is theirs to drop, and never ours.
    func statement(onStray stray: RoleStanding) -> String {
        let name = stray.role.doubling("'")
        return switch definition.engine {
        case .postgresql: "SELECT * FROM pg_catalog.pg_roles WHERE rolname = '\(name)';"
        case .mariadb, .mysql: "SELECT User, Host FROM mysql.user WHERE User = '\(name)';"
        }
    }
}
