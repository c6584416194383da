import Foundation
import Glibc
import MayflyTesting

/// A child process whose end is learnt from the kernel.
///
/// Not Foundation's `Process`: its end is noticed by a descriptor that any other child started meanwhile inherits
/// and keeps open; and a child gets the signal mask of the pool's thread, which holds back all of them.
final class Spawned: Sendable {
    let pid: pid_t
    private let ended: Task<Int32, Never>

    /// - Parameter streams: its standard input, output and error.
    init(_ words: [String], environment: [String: String], streams: [Int32]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(target))
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One that is closed meanwhile is no error.
            if let descriptor = Int32(name), descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own: what a test sends to it is not for the test.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var started: pid_t = 0
        let code = posix_spawn(&started, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw TestServerError.system("posix_spawn \(words[0])", code) }
        let child = started
        pid = child
        ended = Task {
            await withCheckedContinuation { continuation in
                Thread {
                    var status: Int32 = 0
                    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
                    continuation.resume(returning: status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f))
                }.start()
            }
        }
    }

    /// Waits for its end. A signal's number is negative.
    var status: Int32 { get async { await ended.value } }
}
