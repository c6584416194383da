import MayflyCore
import MayflyCrypto

/// Holds an installed module against the SQL in this program. Pure: what was read goes in, findings come out.
struct GuardInspection: Sendable {
    let module: PostgreSQLGuard.Module
    /// For messages: `guard` or `clean-up in "orders"`.
    let check: String
    let broker: String
    /// The version that the guard says it is of.
    var version = PostgreSQLGuard.version
    /// What a DBA would do about a body that differs.
    private var reinstall: String {
        "-- compare with `mayflyd guard print DATABASE`; `--upgrade` makes all functions anew"
    }

    func functions(_ functions: [GuardDescription.Function]) throws(CryptoFailure) -> [Finding] {
        let expected =
            version == PostgreSQLGuard.version
            ? try module.bodyDigests() : module.bodyDigests(ofVersion: version) ?? [:]
        let callable = module.callableFunctions()
        var findings: [Finding] = []
        for function in functions {
            let name = function.bareName
            guard let digest = expected[name] else {
                findings.append(
                    Finding(
                        .error, check, "\(function.name) is not of this program's guard", statement: reinstall
                    ))
                continue
            }
            if function.sha256 != digest {
                findings.append(
                    Finding(.error, check, "the body of \(function.name) was altered", statement: reinstall))
            }
            if !function.security_definer || Set(function.config ?? []) != Self.config {
                findings.append(
                    Finding(
                        .error, check,
                        "\(function.name) does not run with its owner's rights and fixed settings",
                        statement: """
                            ALTER FUNCTION \(function.name) SECURITY DEFINER SET search_path = pg_catalog, pg_temp \
                            SET DateStyle = 'ISO' SET TimeZone = 'UTC' SET lock_timeout = '2s';
                            """))
            }
            findings += callers(function, isCallable: callable.contains(name))
        }
        let present = Set(functions.map(\.bareName))
        for name in expected.keys.sorted() where !present.contains(name) {
            findings.append(Finding(.error, check, "\(name) is missing", statement: reinstall))
        }
        if functions.count > present.count {
            findings.append(
                Finding(.error, check, "a function of the guard exists twice", statement: reinstall))
        }
        if Set(functions.map(\.owner)).count > 1 {
            findings.append(Finding(.error, check, "the guard's functions have different owners"))
        }
        return findings
    }

    /// As the script sets it for each function.
    private static let config: Set = [
        "search_path=pg_catalog, pg_temp", "DateStyle=ISO", "TimeZone=UTC", "lock_timeout=2s",
    ]

    private func callers(_ function: GuardDescription.Function, isCallable: Bool) -> [Finding] {
        var findings: [Finding] = []
        for grantee in function.acl where grantee != broker {
            // Which the script says how to do, for a scheduler.
            let isScheduler =
                ["mayfly.end_overdue", "mayfly_narrowing.tend"].contains(function.bareName)
                && grantee != "PUBLIC"
            findings.append(
                Finding(
                    isScheduler ? .note : .error, check, "\(grantee.quoted()) may call \(function.name)",
                    statement: isScheduler
                        ? nil : "REVOKE ALL ON FUNCTION \(function.name) FROM \(Self.grantee(grantee));"))
        }
        if isCallable != function.acl.contains(broker) {
            findings.append(
                Finding(
                    .error, check,
                    "our account \(isCallable ? "may not call" : "may call the inner function") \(function.name)",
                    statement: isCallable
                        ? "GRANT EXECUTE ON FUNCTION \(function.name) TO \(Self.grantee(broker));"
                        : "REVOKE ALL ON FUNCTION \(function.name) FROM \(Self.grantee(broker));"))
        }
        return findings
    }

    static func grantee(_ name: String) -> String {
        if name == "PUBLIC" { return name }
        do throws(EngineFailure) {
            return try PostgreSQLQuoting.identifier(name)
        } catch {
            return "…"  // a name of the server's that cannot be one: leave it to the DBA
        }
    }
}

extension PostgreSQLGuard.Module {
    /// The functions that the script lets the broker's account call.
    func callableFunctions() -> Set<String> {
        guard let list = template.firstMatch(of: /FOREACH f IN ARRAY ARRAY\[(?<names>[^\]]*)\]/) else {
            return []
        }
        return Set(list.output.names.matches(of: /'([a-z_.]+)\(/).map { String($0.output.1) })
    }
}
