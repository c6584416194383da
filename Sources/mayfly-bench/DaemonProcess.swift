import Foundation
import Glibc
import MayflyAPI

/// The real daemon, as systemd would start it.
final class DaemonProcess: Sendable {
    let pid: pid_t
    let socket: String
    /// From just before the start of the process to its readiness, in milliseconds.
    let readyAfter: Double
    private let process: Process

    /// - Returns: when the daemon has said READY=1.
    static func start(_ world: World, configuration: String, socket: String) async throws -> DaemonProcess {
        try await onThread {
            let notify = try NotifySocket(path: world.directory + "/notify")
            let process = Process()
            process.executableURL = URL(filePath: world.binaries + "/mayflyd")
            process.arguments = ["--config", configuration]
            process.environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC", "NOTIFY_SOCKET": notify.path]
            let log = world.directory + "/mayflyd.log"
            try Data().write(to: URL(filePath: log))
            process.standardInput = FileHandle.nullDevice
            process.standardError = FileHandle(forWritingAtPath: log)
            let start = ContinuousClock.now
            try process.run()
            try notify.waitUntilReady(timeout: 60)
            return DaemonProcess(
                process: process, socket: socket, readyAfter: start.duration(to: .now) / .milliseconds(1))
        }
    }

    private init(process: Process, socket: String, readyAfter: Double) {
        self.process = process
        self.socket = socket
        self.readyAfter = readyAfter
        pid = process.processIdentifier
    }

    deinit { kill(pid, SIGKILL) }

    func stop() async throws {
        kill(pid, SIGTERM)
        try await onThread { self.process.waitUntilExit() }
        guard process.terminationStatus == 0 else { throw BenchFailure("the daemon did not stop cleanly") }
    }

    /// While the bare loop has the server, the daemon must neither take CPU nor end what it doesn't know.
    func frozen<Value>(_ body: () async throws -> Value) async throws -> Value {
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        return try await body()
    }

    func freeze() { kill(pid, SIGSTOP) }
    func thaw() { kill(pid, SIGCONT) }

    /// Ends every lease of a profile, or all.
    func revoke(profile: String? = nil) async throws {
        let body = profile.map { #"{"profile":"\#($0)"}"# } ?? #"{"all":true}"#
        let socket = socket
        try await onThread {
            let reply = try LeanCaller(socket: socket).call(LeanCaller.post(.revokeLeases, body: body))
            guard reply.status == 200 else {
                throw BenchFailure("revoke: \(String(decoding: reply.body, as: UTF8.self))")
            }
        }
    }

    /// Resident memory in MiB, now and at its highest: proc(5).
    func memory() throws -> (now: Double, peak: Double) {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        func value(_ name: String) -> Double {
            for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
                return line.split(whereSeparator: \.isWhitespace).dropLast().last.flatMap { Double($0) }.map {
                    $0 / 1024
                } ?? .nan
            }
            return .nan
        }
        return (value("VmRSS"), value("VmHWM"))
    }
}
