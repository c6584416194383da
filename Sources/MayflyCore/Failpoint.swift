import Foundation
import Synchronization

/// Places where a crash test may end the real process with SIGKILL, in debug builds only.
///
/// `MAYFLY_FAILPOINT=issue.made` kills at the first pass; `MAYFLY_FAILPOINT=revoke.locked:3` at the third. With
/// `MAYFLY_FAILPOINT_SIGNAL=stop` the process stops there (SIGSTOP) until the test lets it go on, for what can come between.
/// In release builds nothing is read and nothing can be hit.
package enum Failpoint: String, CaseIterable, Sendable {
    /// The intent is in the state; the server was not touched.
    case intentRecorded = "issue.intent"
    /// The server has answered: the role exists; the state still says `creating`.
    case roleMade = "issue.made"
    /// The state says `active`; nothing was replied.
    case leaseActive = "issue.active"
    /// A lockdown and what it revokes are in the state; no server was touched.
    case lockdownRecorded = "lockdown.recorded"
    /// The state says `revoking`; the server was not touched.
    case revocationRecorded = "revoke.recorded"
    /// The role is NOLOGIN.
    case roleLocked = "revoke.locked"
    /// Its sessions are gone.
    case sessionsEnded = "revoke.terminated"
    /// What hung on it in the listed databases is gone.
    case roleCleaned = "revoke.cleaned"
    /// The role is dropped; the state still says `revoking`.
    case roleDropped = "revoke.dropped"
    /// Lines of a server's log were read; nothing of them is in the state.
    case serverLogRead = "server_log.read"
    /// They are in the state, with how far the log was read.
    case serverLogTaken = "server_log.taken"
    /// A target has taken a notification; the state does not say so yet.
    case notificationDelivered = "notify.delivered"
    /// A checkpoint is in the state; nobody else has it.
    case checkpointSigned = "checkpoint.signed"
    /// A checkpoint names the next key; the file in force has the old one.
    case keyNamed = "checkpoint.key_named"
    /// The password file is open, and not locked yet.
    case passwordFileOpened = "rotate.opened"
    /// The next password of the broker's account is in its file; the server has the old one.
    case nextPasswordWritten = "rotate.written"
    /// The server has the next password; the file in force has the old one.
    case nextPasswordSet = "rotate.set"
    /// The next password was seen to work; the file in force has the old one.
    case nextPasswordProven = "rotate.proven"

    #if DEBUG
    private static let armed: (name: String, pass: Int)? = {
        guard let text = ProcessInfo.processInfo.environment["MAYFLY_FAILPOINT"] else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }()
    private static let isStop = ProcessInfo.processInfo.environment["MAYFLY_FAILPOINT_SIGNAL"] == "stop"
    private static let passes = Passes()

    private final class Passes: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }
    #endif

    package func hit() {
        #if DEBUG
        guard let armed = Self.armed, armed.name == rawValue, Self.passes.next() == armed.pass else { return }
        // To this thread, which goes no step further.
        raise(Self.isStop ? SIGSTOP : SIGKILL)
        #endif
    }
}
