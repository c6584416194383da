import Dispatch
import Foundation
import Glibc

/// Runs a program to its end, without blocking a thread of the concurrency pool.
///
/// Not Foundation's `Process`: its end is noticed by a descriptor that daemons started by the program (as
/// `pg_ctl` does) would inherit and keep open.
package enum TestCommand {
    package struct Failure: Error, CustomStringConvertible {
        package var command: [String]
        package var status: Int32
        package var output: String
        package var description: String {
            "\(command.joined(separator: " ")): status \(status)\n\(output)"
        }
    }

    /// - Parameter input: what the program reads from its standard input.
    /// - Returns: what it wrote, standard error included.
    /// - Throws: `Failure` when it ends with anything but 0.
    @discardableResult
    package static func run(_ command: [String], input: String = "") async throws -> String {
        let directory = FileManager.default.temporaryDirectory
        let name = UUID().uuidString
        let inputPath = directory.appending(path: "mayfly-\(name).in").path
        let outputPath = directory.appending(path: "mayfly-\(name).out").path
        defer {
            unlink(inputPath)
            unlink(outputPath)
        }
        try Data(input.utf8).write(to: URL(filePath: inputPath))
        let inputFile = open(inputPath, O_RDONLY | O_CLOEXEC)
        let outputFile = open(outputPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard inputFile >= 0, outputFile >= 0 else { throw TestServerError.system("open", errno) }
        let pid: pid_t
        do {
            defer {
                Glibc.close(inputFile)
                Glibc.close(outputFile)
            }
            pid = try spawn(command, input: inputFile, output: outputFile)
        }
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        let output = String(decoding: try Data(contentsOf: URL(filePath: outputPath)), as: UTF8.self)
        guard status == 0 else { throw Failure(command: command, status: status, output: output) }
        return output
    }

    /// Starts a program in `/`, with nothing of ours open but the two descriptors.
    package static func spawn(_ command: [String], input: Int32, output: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // One that is closed meanwhile is no error.
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            if let descriptor = Int32(name), descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        let words = ["/bin/sh", "-c", #"cd / && exec "$@""#, "sh"] + command
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        arguments.append(nil)
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, arguments, environ)
        guard code == 0 else { throw TestServerError.system("posix_spawn \(command[0])", code) }
        return pid
    }
}
