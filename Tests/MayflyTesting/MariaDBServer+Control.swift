import Foundation
import Glibc

/// What happens to servers in real life.
extension MariaDBServer {
    func launch() async throws {
        // In a session of its own, and not our child: what ends our process group does not end it.
        let script = #"setsid "$@" </dev/null >>"$0" 2>&1 &"#
        let command = binaries.prefix + [binaries.daemon] + arguments
        try await TestCommand.run(["/bin/sh", "-c", script, "\(directory)/output"] + command)
        do {
            try await eventually("the server at \(directory) answers") { [self] in
                do {
                    try await execute("SELECT 1")
                    return true
                } catch {
                    return false
                }
            }
        } catch {
            let log = FileManager.default.contents(atPath: logPath).map {
                String(decoding: $0, as: UTF8.self)
            }
            throw TestServerError.timedOut("start of the server: \(log?.suffix(2000) ?? "no log")")
        }
    }

    /// Starts it again after `stop()`.
    package func start() async throws {
        try await launch()
    }

    /// Ends it in good order (SIGTERM), or as a crash does (SIGKILL): the next start recovers.
    package func stop(crashing: Bool = false) async throws {
        let pid = try pid()
        kill(pid, crashing ? SIGKILL : SIGTERM)
        try await eventually("the server ends") { !Self.runs(pid) }
        unlink(pidPath)
        // MySQL takes a killed server that nobody has asked after yet for a living owner of its socket.
        unlink("\(socket).lock")
    }

    package func restart(crashing: Bool = false) async throws {
        try await stop(crashing: crashing)
        try await launch()
    }

    /// Stops the server with SIGSTOP: connections are taken by the kernel, nobody answers.
    package func freeze() async throws { try await ProcessState.stop(try pid()) }

    package func thaw() throws { kill(try pid(), SIGCONT) }

    package var isRunning: Bool {
        do {
            return Self.runs(try pid())
        } catch {
            return false
        }
    }

    /// Whether there is such a process, and not only what its parent has yet to ask after.
    private static func runs(_ pid: pid_t) -> Bool {
        ProcessState.letter(of: pid).map { $0 != "Z" } ?? false
    }

    package func pid() throws -> Int32 {
        guard let data = FileManager.default.contents(atPath: pidPath),
            let pid = pid_t(
                String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw TestServerError.notRunning }
        return pid
    }
}
