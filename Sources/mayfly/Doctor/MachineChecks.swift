import Foundation
import Glibc
import MayflyAPI

/// What this machine has for `exec` and `connect`.
struct MachineChecks {
    let environment: [String: String]
    let engines: Set<EngineName>

    func run() -> [Check] {
        engines.sorted { $0.rawValue < $1.rawValue }.map(client) + [runtimeDirectory()] + settings()
            + authorities()
    }

    private func client(_ engine: EngineName) -> Check {
        do {
            let client = try DatabaseClient.find(for: engine, search: environment["PATH"])
            return .ok("client for \(engine)", client.program.path)
        } catch {
            return .warning(
                "client for \(engine)", "there is none: 'mayfly connect' needs it, 'mayfly exec' does not",
                fix: "install \(DatabaseClient.names(for: engine).package)")
        }
    }

    private func runtimeDirectory() -> Check {
        do {
            let directory = try RuntimeDirectory.make(environment: environment)
            directory.remove()
            let place = URL(filePath: directory.path).deletingLastPathComponent().path
            return .ok("runtime directory", place)
        } catch {
            let failure = error as? CommandFailure
            return .error(
                "runtime directory", failure?.message ?? "\(error)",
                fix: "set MAYFLY_RUNTIME_DIR to a directory that you may write to", .internalError)
        }
    }

    /// Settings that would win over a credential taken with `--format env`. `exec` and `connect` take them out.
    private func settings() -> [Check] {
        var checks: [Check] = []
        let leading = ["PGSERVICE", "PGHOSTADDR", "PGOPTIONS", "PGREQUIREAUTH", "MYSQL_UNIX_PORT"]
            .filter { environment[$0]?.isEmpty == false }
        if !leading.isEmpty {
            checks.append(
                .warning(
                    "environment", "\(leading.joined(separator: ", ")) would lead a client elsewhere",
                    fix:
                        "unset \(leading.joined(separator: " ")); exec, connect and --format env do so by themselves"
                ))
        }
        let conflicts = UserDefaultsFile.conflicts(environment)
        if !conflicts.isEmpty, !engines.isDisjoint(with: [.mariadb, .mysql]) {
            checks.append(
                .warning(
                    "~/.my.cnf",
                    "sets \(conflicts.joined(separator: ", ")), which mysql and mariadb read last",
                    fix: "in scripts under exec, start them with --defaults-file=\"$MAYFLY_DEFAULTS_FILE\""))
        }
        return checks
    }

    /// The authorities that a client would use where a credential names no file of its own.
    private func authorities() -> [Check] {
        guard let path = environment["PGSSLROOTCERT"], !path.isEmpty, path != "system" else { return [] }
        guard access(path, R_OK) != 0 else { return [.ok("PGSSLROOTCERT", path)] }
        return [
            .warning(
                "PGSSLROOTCERT", "\(path): \(SystemError(errno))",
                fix: "correct or unset it; exec and connect do so by themselves")
        ]
    }
}
