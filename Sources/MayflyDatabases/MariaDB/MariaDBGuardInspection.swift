import MayflyCore
import MayflyCrypto

/// Holds an installed guard against the SQL in this program. Pure: what was read goes in, findings come out.
struct MariaDBGuardInspection: Sendable {
    let module: MariaDBGuard.Module
    /// For messages: `guard`, or `as root: …`.
    let check: String
    /// The broker's account, as `user@host`.
    let broker: String
    /// It is of an older version: routines that came later may be missing, and bodies may be as they were released then.
    var isOlder = false

    private static let definer = "mayfly_guard@localhost"
    /// What a DBA would do about a body that differs.
    private static let reinstall =
        "-- compare with `mayflyd guard print DATABASE`; `--upgrade` makes all routines anew"

    func routines(_ routines: [MariaDBGuardDescription.Routine]) throws(CryptoFailure) -> [Finding] {
        let expected = try module.bodyDigests()
        let callable = module.callableRoutines()
        var findings: [Finding] = []
        for routine in routines {
            guard let digest = expected[routine.name] else {
                error(&findings, "\(routine.name) is not of this program's guard", Self.reinstall)
                continue
            }
            if routine.sha256 != digest, !(isOlder && module.released(routine.name).contains(routine.sha256))
            {
                error(&findings, "the body of \(routine.name) was altered", Self.reinstall)
            }
            if Set(routine.sql_mode.split(separator: ",").map(String.init)) != module.sqlMode {
                error(
                    &findings,
                    "\(routine.name) was made under another sql_mode: \(routine.sql_mode.quoted())",
                    Self.reinstall)
            }
            if routine.definer != Self.definer || routine.security != "DEFINER" {
                error(
                    &findings, "\(routine.name) does not run with the rights of \(Self.definer)",
                    Self.reinstall)
            }
            callers(of: routine, isCallable: callable.contains(routine.name), &findings)
        }
        let names = routines.map(\.name)
        for name in expected.keys.sorted()
        where !names.contains(name) && !(isOlder && MariaDBGuard.Module.later.contains(name)) {
            error(&findings, "\(name) is missing", Self.reinstall)
        }
        if Set(names).count < names.count {
            error(&findings, "a procedure and a function of the guard have the same name", Self.reinstall)
        }
        return findings
    }

    private func callers(
        of routine: MariaDBGuardDescription.Routine, isCallable: Bool, _ findings: inout [Finding]
    ) {
        let object = "\(routine.type.uppercased()) \(routine.name.replacing(".", with: ".`"))`"
        for caller in routine.callers where caller != broker && caller != Self.definer {
            // Which the script says how to do, for a scheduler.
            let isScheduler = routine.name == "mayfly.end_overdue"
            findings.append(
                Finding(
                    isScheduler ? .note : .error, check, "\(caller.quoted()) may call \(routine.name)",
                    statement: isScheduler ? nil : "REVOKE ALL ON \(object) FROM \(Self.account(caller));"))
        }
        if isCallable != routine.callers.contains(broker) {
            error(
                &findings,
                "our account \(isCallable ? "may not call" : "may call the inner") \(routine.name)",
                isCallable
                    ? "GRANT EXECUTE ON \(object) TO \(Self.account(broker));"
                    : "REVOKE ALL ON \(object) FROM \(Self.account(broker));")
        }
    }

    private func error(_ findings: inout [Finding], _ message: String, _ statement: String?) {
        findings.append(Finding(.error, check, message, statement: statement))
    }

    /// `user@host` as SQL has it; the host is what follows the last `@`.
    static func account(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return "…" }
        return account(user: String(text[..<at]), host: String(text[text.index(after: at)...]))
    }

    static func account(user: String, host: String) -> String {
        do throws(EngineFailure) {
            return try MariaDBQuoting.account(user, host: host)
        } catch {
            return "…"  // a name of the server's that cannot be one: leave it to the DBA
        }
    }
}

extension MariaDBGuard.Module {
    /// The sql_mode that the script sets before it makes a routine, and that the server then keeps with it.
    var sqlMode: Set<String> {
        guard let match = template.firstMatch(of: /(?m)^SET sql_mode = '(?<mode>[A-Z_,]+)';/) else {
            return []
        }
        return Set(match.output.mode.split(separator: ",").map(String.init))
    }
}
