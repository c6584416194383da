import MayflyCore
import SQLClients

/// What the server is to log of leases, and whether it does.
extension PostgreSQLEngine {
    /// Set for each role by the guard, with its owner's rights.
    private static let logSettings: Set = ["log_statement", "log_min_duration_statement"]

    /// Whether the guard can have a profile's leases logged.
    func loggingFindings(
        _ profile: Profile, _ check: String, _ description: GuardDescription
    ) async -> [Finding] {
        let wanted = Self.logSettings.intersection(profile.settings.keys).sorted()
        guard !wanted.isEmpty else { return [] }
        guard description.guard_version >= 2 else {
            return [
                Finding(
                    .error, check,
                    "the guard is of version \(description.guard_version), which sets nothing of what the server logs: "
                        + "no lease is made (MF010) until it is upgraded with `mayflyd guard print \(definition.name) --upgrade`",
                    statement: nil)
            ]
        }
        guard description.owner_is_superuser == false, let owner = description.owner else { return [] }
        let statement = """
            SELECT name, has_parameter_privilege($1, name, 'SET') AS may FROM unnest($2::text[]) AS name
            """
        do {
            let rows = try await ask(guardPool, statement, [owner, "{\(wanted.joined(separator: ","))}"])
            return try rows.compactMap { row in
                guard try row.string("may") != "t" else { return nil }
                let name = try row.string("name")
                return Finding(
                    .error, check,
                    "the guard's owner \(owner.quoted()) may not set \(name), which only a superuser may",
                    statement: "GRANT SET ON PARAMETER \(name) TO \(owner);")
            }
        } catch {
            // 14 and older have no such right: there only a superuser may.
            return [
                Finding(
                    .error, check,
                    "the guard's owner \(owner.quoted()) may not set \(wanted.joined(separator: ", ")): "
                        + "before PostgreSQL 15 only a superuser may, and nobody can be allowed to")
            ]
        }
    }

    /// Whether the server's log is such as it is read.
    func serverLogFindings() async -> [Finding] {
        guard let log = definition.serverLog else { return [] }
        let statement = """
            SELECT current_setting('log_destination') AS destination, current_setting('logging_collector') AS collector,
                   current_setting('log_connections') AS connections,
                   current_setting('log_disconnections') AS disconnections, current_setting('lc_messages') AS messages,
                   current_setting('log_error_verbosity') AS verbosity
            """
        let row: PostgreSQLRow
        let settings: [String: String]
        do {
            row = try await ask(guardPool, statement).only()
            settings = try Dictionary(
                uniqueKeysWithValues: [
                    "destination", "collector", "connections", "disconnections", "messages", "verbosity",
                ].map { ($0, try row.string($0)) })
        } catch {
            return [Finding(.warning, "server log", "the server did not say how it logs: \(error)")]
        }
        var findings: [Finding] = []
        func need(_ isSo: Bool, _ message: String, _ statement: String) {
            if !isSo { findings.append(Finding(.warning, "server log", message, statement: statement)) }
        }
        need(
            settings["collector"] == "on"
                && settings["destination"]?.split(whereSeparator: { $0 == "," || $0 == " " }).contains(
                    Substring(log.format.rawValue)) == true,
            "the server writes no \(log.format.rawValue)",
            "ALTER SYSTEM SET logging_collector = on; ALTER SYSTEM SET log_destination = '\(log.format.rawValue)';"
        )
        need(
            settings["disconnections"] == "on",
            "log_disconnections is off: a session between two looks is not on record",
            "ALTER SYSTEM SET log_disconnections = on;")
        // 18 takes the parts of a connection too.
        need(
            settings["connections"] != "off" && settings["connections"] != "",
            "log_connections is off: the log does not say who was let in",
            "ALTER SYSTEM SET log_connections = on;")
        let language = settings["messages"] ?? ""
        need(
            language.isEmpty || ["C", "POSIX"].contains(language) || language.hasPrefix("en")
                || language.hasPrefix("C."),
            "lc_messages is \(language.quoted()): lines that are not in English are not understood",
            "ALTER SYSTEM SET lc_messages = 'C';")
        need(
            settings["verbosity"] != "terse",
            "log_error_verbosity is terse: what a function has the server log looks like the server's own word",
            "ALTER SYSTEM SET log_error_verbosity = 'default';")
        return findings.isEmpty
            ? [Finding(.ok, "server log", "the server logs as it is read (\(log.format.rawValue))")]
            : findings
    }
}
