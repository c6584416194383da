import Foundation
import Glibc

/// What the kernel says of a process: the letter of proc_pid_stat(5).
package enum ProcessState {
    /// nil when there is no such process (any more).
    package static func letter(of pid: Int32) -> Character? {
        letter(at: "/proc/\(pid)/stat")
    }

    /// Stops a process with SIGSTOP and waits until every thread of it is stopped: the signal is only on its way when
    /// kill(2) returns, and a thread on another processor may still answer a call.
    package static func stop(_ pid: Int32) async throws {
        guard kill(pid, SIGSTOP) == 0 else { throw TestServerError.system("kill", errno) }
        try await eventually("every thread of \(pid) is stopped") {
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            return threads.allSatisfy { thread in
                // A thread that ended meanwhile answers nobody.
                ["T", "Z", "X", nil].contains(letter(at: "/proc/\(pid)/task/\(thread)/stat"))
            }
        }
    }

    private static func letter(at path: String) -> Character? {
        // The name is in parentheses, and may have some itself.
        guard let stat = FileManager.default.contents(atPath: path),
            let end = stat.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        return String(decoding: stat[stat.index(after: end)...], as: UTF8.self).dropFirst().first
    }
}
