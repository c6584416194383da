import Foundation
package import MayflyCore
import MayflyCrypto
import SQLClients

extension MariaDBEngine {
    /// The oldest and the newest version that this engine is made for, as the library counts.
    private var versions: ClosedRange<Int> { isMySQL ? 80_000...99_999 : 100_600...110_899 }
    private var product: String { isMySQL ? "MySQL" : "MariaDB" }
    /// Above so many, statements about accounts become slow on every server that we measured.
    private static let comfortable = 1_000

    package func preflight(profiles: [Profile]) async -> [Finding] {
        let facts: MariaDBServerFacts
        do throws(MariaDBError) {
            facts = try await askers.withConnection(.ending, by: deadline) {
                (connection) throws(MariaDBError) in
                await connection.server
            }
        } catch {
            return [unreachable(EngineFailure(error))]
        }
        let place = facts.host.hasPrefix("/") ? facts.host : "\(facts.host):\(definition.port)"
        var findings = [Finding(.ok, "server", "\(place) takes us and is writable")]
        findings.append(version(facts))
        findings.append(tlsFinding(facts))
        findings += await clock()
        if let direct { return findings + (await directPreflight(direct, profiles)) }
        findings += await excess()
        do throws(EngineFailure) {
            let description = try await settledDescription()
            findings += guardFindings(description)
            findings += powers(description)
            findings += narrowingFindings(description)
            findings += ceilingFindings(description)
            findings += passwordFindings(description)
            findings += leftoverFindings(description)
            findings += profileFindings(profiles, description)
            findings += serverSideExpiry(description)
        } catch {
            findings.append(Finding(.error, "guard", error.message, statement: installing))
        }
        for host in replicas.pools.keys.sorted() { findings += await replicaFindings(host) }
        return findings
    }

    /// InnoDB's own work (statistics, DDL that commits) runs in transactions without a session too, for a moment: only
    /// what stays is a prepared one.
    private func settledDescription() async throws(EngineFailure) -> MariaDBGuardDescription {
        var description = try await describe()
        for _ in 1...20 where description.detached_transactions ?? 0 > 0 {
            try? await ContinuousClock().sleep(for: .milliseconds(100))  // cancelled: look sooner
            description = try await describe()
        }
        return description
    }

    private var account: String {
        MariaDBGuardInspection.account(user: definition.account.user, host: definition.accountHost)
    }

    private var installing: String {
        "\(isMySQL ? "mysql" : "mariadb") < FILE, with the output of `mayflyd guard print \(definition.name)`"
    }

    private func unreachable(_ failure: EngineFailure) -> Finding {
        let statement: String? =
            switch failure.kind {
            case .notAuthenticated: "ALTER USER \(account) IDENTIFIED BY '…' ACCOUNT UNLOCK;"
            case .guardUnusable: installing
            case .overloaded: "SET GLOBAL max_connections = …;"
            case .readOnly: "SET GLOBAL read_only = OFF;  -- only where this is the writable server"
            case .unreachable, .outcomeUnknown, .refusedByGuard, .tooMany, .serverError, .invalid,
                .replica:
                nil
            }
        return Finding(.error, "server", failure.description, statement: statement)
    }

    private func version(_ facts: MariaDBServerFacts) -> Finding {
        let actual = facts.isMariaDB ? "MariaDB" : "MySQL"
        guard facts.isMariaDB != isMySQL else {
            return Finding(
                .error, "version",
                "the server is \(actual) \(facts.versionText), and the configuration says engine: "
                    + definition.engine.rawValue)
        }
        if versions.contains(facts.version) {
            return Finding(.ok, "version", "\(product) \(facts.versionText)")
        }
        return facts.version < versions.lowerBound
            ? Finding(
                .error, "version",
                "\(product) \(facts.versionText) is too old: \(isMySQL ? "8.0 or newer" : "10.6 to 11.8")")
            : Finding(
                .warning, "version",
                "\(product) \(facts.versionText) is newer than this engine was tried with")
    }

    private func tlsFinding(_ facts: MariaDBServerFacts) -> Finding {
        if let tls = facts.tls {
            let verified = definition.tls.mode == .verifyFull
            return Finding(
                verified ? .ok : .warning, "tls",
                "\(tls.version), \(tls.cipher)" + (verified ? "" : "; the host's name is not verified"))
        }
        if facts.host.hasPrefix("/") { return Finding(.ok, "tls", "a local socket needs none") }
        if Loopback.contains(facts.host) {
            return Finding(.ok, "tls", "none, on loopback")
        }
        return Finding(
            .warning, "tls", "none: whoever is on the way reads and changes what we say",
            statement: "-- ssl_cert and ssl_key in the server's options, and tls.mode verify-full here")
    }

    private func clock() async -> [Finding] {
        guard let skew = await health().clockSkew else { return [] }
        let text = String(format: "%+.2f s against ours", skew)
        return [
            abs(skew) < 2
                ? Finding(.ok, "clock", text)
                : Finding(
                    abs(skew) < 60 ? .warning : .error, "clock",
                    "the server's clock is \(text): leases end by the server's, and we act by ours")
        ]
    }

    // MARK: The guard

    private var upgrade: String {
        "\(guardModule.client) < FILE, with the output of `mayflyd guard print \(definition.name) --upgrade`"
    }

    private func guardFindings(_ description: MariaDBGuardDescription) -> [Finding] {
        let check = "guard"
        let newest = guardModule.version
        guard (MariaDBGuard.Module.oldest...newest).contains(description.guard_version) else {
            let relation = description.guard_version < newest ? "older" : "newer"
            return [
                Finding(
                    .error, check,
                    "version \(description.guard_version) is \(relation) than this program's \(newest)",
                    statement: upgrade)
            ]
        }
        let isOlder = description.guard_version < newest
        var findings: [Finding] = []
        if isOlder {
            findings.append(
                Finding(
                    .note, check,
                    "version \(description.guard_version) is older than this program's \(newest): it works, without what"
                        + " came later (what groups and leases may do is not shown, and less is found that hangs on a lease)",
                    statement: upgrade))
        }
        let broker = description.broker
        if (description.installation, description.tag) != (installation.name, installation.tag.rawValue)
            || !broker.hasPrefix(definition.account.user + "@")
        {
            findings.append(
                Finding(
                    .error, check,
                    "it is installed for installation \(description.installation.quoted()), tag "
                        + "\(description.tag.quoted()), account \(broker.quoted())"))
        }
        let wanted = definition.madeAccounts.host
        if description.host != wanted {
            findings.append(
                Finding(
                    .warning, check,
                    "it makes accounts for the host \(description.host.quoted()), the configuration says \(wanted.quoted())",
                    statement: literal(wanted).map { "UPDATE mayfly.guard SET host = \($0);" }))
        }
        do throws(CryptoFailure) {
            findings += try MariaDBGuardInspection(
                module: guardModule, check: check, broker: broker, isOlder: isOlder
            ).routines(description.routines)
        } catch {
            findings.append(Finding(.error, check, error.description))
        }
        for caller in description.schema_callers {
            findings.append(
                Finding(
                    .error, check, "\(caller.quoted()) may call every procedure of the guard",
                    statement:
                        "REVOKE EXECUTE, ALTER ROUTINE ON mayfly.* FROM \(MariaDBGuardInspection.account(caller));"
                ))
        }
        if findings.allSatisfy({ $0.severity < .warning }) {
            findings.append(
                Finding(
                    .ok, check,
                    "version \(description.guard_version), \(description.routines.count) routines"
                        + (isOlder ? "" : " unchanged")))
        }
        return findings
    }

    /// A DBA's choice: without it nobody asks for less than a profile gives.
    private func narrowingFindings(_ description: MariaDBGuardDescription) -> [Finding] {
        guard let narrowing = description.narrowing else { return [] }
        let faults = narrowing.faults.map { Finding(.warning, "narrowing", $0) }
        guard narrowing.tables + narrowing.schemas == 0 else { return faults }
        return faults + [
            Finding(
                .note, "narrowing",
                "the guard may hand on no rights: requests for some tables or columns are refused",
                statement: "\(guardModule.client) < FILE, with the output of "
                    + "`mayflyd guard print \(definition.name) --narrowing`")
        ]
    }

    var guardModule: MariaDBGuard.Module { MariaDBGuard.Module(definition.engine) }

    func literal(_ text: String) -> String? {
        do throws(EngineFailure) {
            return try MariaDBQuoting.literal(text)
        } catch {
            return nil
        }
    }

    // MARK: Beyond our job

    private func powers(_ description: MariaDBGuardDescription) -> [Finding] {
        if description.broker_powers.isEmpty {
            return [Finding(.ok, "account", "nothing beyond the guard's procedures")]
        }
        return description.broker_powers.map {
            Finding(
                .error, "account", "our account has \($0)",
                statement:
                    "SHOW GRANTS FOR \(account);  -- and REVOKE all that is not EXECUTE on the guard's procedures"
            )
        }
    }

    /// What the server itself says that we can do: also by a grant to everybody. The guard may lie.
    private func excess() async -> [Finding] {
        let statement = """
            SELECT PRIVILEGE_TYPE AS privilege, '*.*' AS place FROM information_schema.USER_PRIVILEGES
             WHERE PRIVILEGE_TYPE <> 'USAGE'
             UNION ALL
            SELECT PRIVILEGE_TYPE, CONCAT(TABLE_SCHEMA, '.*') FROM information_schema.SCHEMA_PRIVILEGES
             UNION ALL
            SELECT PRIVILEGE_TYPE, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLE_PRIVILEGES
            """
        do throws(EngineFailure) {
            var places: [String: [String]] = [:]
            for row in try await ask(statement) {
                do throws(MariaDBError) {
                    places[try row.string("place"), default: []].append(try row.string("privilege"))
                } catch {
                    throw EngineFailure(error)
                }
            }
            return places.sorted { $0.key < $1.key }.map { place, privileges in
                Finding(
                    .error, "account",
                    "our account may \(privileges.sorted().joined(separator: ", ")) on \(place)",
                    statement: "SHOW GRANTS FOR \(account);  -- and REVOKE them there")
            }
        } catch {
            return [Finding(.warning, "account", "what we can do beyond our job: \(error.message)")]
        }
    }

    private func ceilingFindings(_ description: MariaDBGuardDescription) -> [Finding] {
        var findings: [Finding] = []
        let ceilings = definition.ceilings
        func differs(_ what: String, _ column: String, _ installed: Int, _ configured: Int) {
            guard installed != configured else { return }
            findings.append(
                Finding(
                    installed < configured ? .warning : .note, "ceilings",
                    "the guard's \(what) is \(installed), the configuration says \(configured)",
                    statement: "UPDATE mayfly.guard SET \(column) = \(configured);"))
        }
        differs(
            "longest TTL in seconds", "max_ttl_seconds", description.max_ttl_seconds, ceilings.maxTTL.seconds)
        differs("ceiling of live leases", "max_live", description.max_live, ceilings.maxLive)
        differs(
            "ceiling of issues per minute", "max_issues_per_minute", description.max_issues_per_minute,
            ceilings.maxIssuesPerMinute)
        if description.max_live > Self.comfortable {
            findings.append(
                Finding(
                    .warning, "ceilings",
                    "with more than \(Self.comfortable) live leases each account statement gets slow on \(product), for all"
                ))
        }
        let share = "\(description.live) of \(description.max_live) leases live"
        findings.append(
            description.live * 10 >= description.max_live * 9
                ? Finding(.warning, "ceilings", "\(share): soon nothing more is issued")
                : Finding(.ok, "ceilings", share))
        return findings
    }

    /// Whether the server takes hashes, which is all that it ever gets from us.
    private func passwordFindings(_ description: MariaDBGuardDescription) -> [Finding] {
        var findings: [Finding] = []
        let checks = description.password_checks ?? []
        if !checks.isEmpty, description.strict_password_validation?.isTrue == true {
            findings.append(
                Finding(
                    .error, "passwords",
                    "\(checks.joined(separator: ", ")) with strict_password_validation refuses hashes, and we send no plain "
                        + "passwords (ours are 32 random characters of each class)",
                    statement: "SET GLOBAL strict_password_validation = OFF;  -- and in the server's options")
            )
        }
        if !isMySQL, definition.madeAccounts.authentication == .ed25519, description.ed25519?.isTrue == false
        {
            findings.append(
                Finding(
                    .error, "passwords", "the plugin ed25519 is not loaded",
                    statement: "INSTALL SONAME 'auth_ed25519';"))
        }
        return findings.isEmpty ? [Finding(.ok, "passwords", "hashes are taken")] : findings
    }

    /// What may be lost, or was left behind.
    private func leftoverFindings(_ description: MariaDBGuardDescription) -> [Finding] {
        var findings: [Finding] = []
        if let flush = description.flush_log_at_commit, flush != 1 {
            findings.append(
                Finding(
                    .warning, "register",
                    "innodb_flush_log_at_trx_commit is \(flush): a crash of the host may lose rows of the register, and keep "
                        + "their accounts",
                    statement:
                        "SET GLOBAL innodb_flush_log_at_trx_commit = 1;  -- and in the server's options"))
        }
        if description.performance_schema?.isTrue == false {
            findings.append(
                Finding(
                    .note, "sessions",
                    "performance_schema is off: a session that is in a routine of another definer when its lease ends is "
                        + "not seen until it leaves that, and ended then",
                    statement: "-- performance_schema = ON in the server's options, and a restart"))
        }
        for definer in description.group_definers ?? [] {
            findings.append(
                Finding(
                    .warning, "groups",
                    "left in the name of a group, with its rights: \(definer)",
                    statement: "-- look at it, and drop it or give it another DEFINER"))
        }
        if let count = description.detached_transactions, count > 0 {
            findings.append(
                Finding(
                    .warning, "transactions",
                    "\(count) prepared XA transactions have no session: nobody can say whose they are",
                    statement: "XA RECOVER;"))
        }
        return findings
    }

    // MARK: When the broker is dead, and replicas

    private func serverSideExpiry(_ description: MariaDBGuardDescription) -> [Finding] {
        let isOn = description.event_scheduler.uppercased() == "ON"
        let isEnabled = description.event?.uppercased() == "ENABLED"
        if isOn, isEnabled {
            return [Finding(.ok, "expiry", "an event of the server ends what is overdue each minute")]
        }
        let what = isOn ? "the event mayfly.end_overdue is not enabled" : "the event scheduler is off"
        return [
            Finding(
                .warning, "expiry",
                "there is no server-side expiry: \(what), so leases outlive their end while the broker is dead",
                statement: isOn
                    ? "ALTER EVENT mayfly.end_overdue ENABLE;"
                    : "SET GLOBAL event_scheduler = ON;  -- and in the server's options")
        ]
    }

    private func replicaFindings(_ host: String) async -> [Finding] {
        guard let pool = replicas.pools[host] else { return [] }
        do throws(EngineFailure) {
            _ = try await ask("CALL mayfly.terminate(?)", ["[]"], on: pool)
            let isReadOnly = try await ask("SELECT @@global.read_only AS r", on: pool).first?.values == ["1"]
            guard isReadOnly else { return [Finding(.warning, "replica", "\(host) is not read-only")] }
            return [Finding(.ok, "replica", "sessions can be ended on \(host)")]
        } catch {
            return [Finding(.error, "replica", "\(host): \(error.message)")]
        }
    }
}
