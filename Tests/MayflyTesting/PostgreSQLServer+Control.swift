import Foundation
import Glibc

/// What happens to servers in real life.
extension PostgreSQLServer {
    /// How `pg_ctl` stops a server.
    package enum StopMode: String, Sendable {
        /// Sessions are ended, changes are written.
        case fast
        /// As in a crash: nothing is written, the next start recovers.
        case immediate
    }

    func launch() async throws {
        let options = "-p \(port) -k \(socketDirectory)"
        try await control(["-l", logPath, "-o", options, "-w", "-t", "60", "start"])
    }

    /// Starts it again after `stop()`.
    package func start() async throws {
        try await launch()
    }

    package func stop(_ mode: StopMode = .fast) async throws {
        try await control(["-m", mode.rawValue, "-w", "stop"])
    }

    package func restart(_ mode: StopMode = .fast) async throws {
        try await stop(mode)
        try await launch()
    }

    /// Reads its configuration files again.
    package func reload() async throws {
        try await control(["reload"])
    }

    /// Makes a standby a primary; returns once it takes writes.
    package func promote() async throws {
        try await control(["-w", "promote"])
    }

    /// Stops every process of the server with SIGSTOP: connections are taken by the kernel, nobody answers.
    package func freeze() async throws {
        let postmaster = try postmasterPID()
        // The postmaster first: what it forks after we have looked would not be stopped.
        try await ProcessState.stop(postmaster)
        for pid in Self.children(of: postmaster) where ProcessState.letter(of: pid) != "Z" {
            try await ProcessState.stop(pid)
        }
    }

    package func thaw() throws {
        let postmaster = try postmasterPID()
        for pid in Self.children(of: postmaster) + [postmaster] { kill(pid, SIGCONT) }
    }

    package var isRunning: Bool {
        do {
            return kill(try postmasterPID(), 0) == 0
        } catch {
            return false
        }
    }

    package func postmasterPID() throws -> Int32 {
        let path = "\(dataDirectory)/postmaster.pid"
        guard let data = FileManager.default.contents(atPath: path),
            let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first,
            let pid = pid_t(line)
        else { throw TestServerError.notRunning }
        return pid
    }

    private static func children(of parent: pid_t) -> [pid_t] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        } catch {
            return []
        }
        return names.compactMap { pid_t($0) }.filter { pid in
            // The parent is the second field after the name, which is in parentheses.
            guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
                let end = stat.lastIndex(of: UInt8(ascii: ")"))
            else { return false }
            let fields = String(decoding: stat[stat.index(after: end)...], as: UTF8.self).split(
                separator: " ")
            return fields.count > 1 && pid_t(fields[1]) == parent
        }
    }

    private func control(_ arguments: [String]) async throws {
        try await TestCommand.run(binaries.command("pg_ctl", ["-D", dataDirectory] + arguments))
    }
}
