import Foundation
import MayflyTesting

/// The real binary, as a user runs it.
enum MayflydBinary {
    struct Result: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs it to its end, with `environment` and nothing else in its environment.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Result {
        let directory = NSTemporaryDirectory() + "mayflyd-run-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer {
            do {
                try FileManager.default.removeItem(atPath: directory)
            } catch {
                // Left for the system's own cleaning of the temporary directory.
            }
        }
        let script = #"out=$1; shift; "$@" >"$out/stdout" 2>"$out/stderr"; echo $? >"$out/status""#
        let variables = environment.map { "\($0.key)=\($0.value)" }
        try await TestCommand.run(
            ["/bin/sh", "-c", script, "sh", directory, "/usr/bin/env", "-i"] + variables + [
                try BuiltBinary.path("mayflyd")
            ]
                + arguments)
        func read(_ name: String) throws -> String {
            try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
        }
        let status = Int32(try read("status").trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        return Result(status: status, output: try read("stdout"), errors: try read("stderr"))
    }
}
