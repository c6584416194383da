import Foundation
import Glibc
import MayflyTesting

/// One of our binaries, as a user runs it: a process of its own, with its own output.
final class Program: Sendable {
    struct Outcome: Sendable, CustomStringConvertible {
        var status: Int32
        var output: String
        var errors: String
        var description: String { "status \(status)\n\(output)\(errors)" }
    }

    let pid: pid_t
    private let directory: URL
    private let process: Spawned

    /// - Parameter name: `mayfly` or `mayflyd`.
    /// - Parameter user: run as this user instead (needs root).
    /// - Parameter errors: where its standard error goes, instead of where `errors()` reads it.
    init(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], user: String? = nil,
        errors: FileHandle? = nil
    ) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "mayfly-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let words =
            if let user {
                ["/usr/sbin/runuser", "-u", user, "--", try OpenBinaries.shared.path(of: name)]
            } else {
                [try BuiltBinary.path(name)]
            }
        let ownErrors = try Self.file(directory.appending(path: "err"))
        let streams = try [
            FileHandle(forReadingFrom: URL(filePath: "/dev/null")),
            Self.file(directory.appending(path: "out")),
            errors ?? ownErrors,
        ]
        process = try Spawned(
            words + arguments,
            environment: ["PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8"].merging(environment) {
                $1
            },
            streams: streams.map(\.fileDescriptor))
        pid = process.pid
    }

    deinit {
        // Ends what a failed test left running; ESRCH for the rest.
        kill(pid, SIGKILL)
        do { try FileManager.default.removeItem(at: directory) } catch {
            print("left behind: \(directory.path)")
        }
    }

    /// Waits for its end. A signal's number is negative.
    func outcome() async throws -> Outcome {
        let status = await process.status
        return Outcome(status: status, output: try text("out"), errors: try text("err"))
    }

    func output() throws -> String { try text("out") }
    func errors() throws -> String { try text("err") }
    func signal(_ number: Int32) { kill(pid, number) }

    /// Runs it to its end.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], user: String? = nil
    ) async throws -> Outcome {
        try await Program(name, arguments, environment: environment, user: user).outcome()
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appending(path: name)), as: UTF8.self)
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }
}
