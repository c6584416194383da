import Foundation
package import MayflyCore
import Synchronization

/// What the keeper of checkpoints knows of them, for whoever asks how the daemon is.
package final class TrailCondition: Sendable {
    private struct State {
        var objection: String?
        /// By what was tried.
        var troubles: [String: String] = [:]
        var last: AuditCheckpoint?
    }

    private let state = Mutex(State())

    package init() {}

    /// Why the log is not as it was signed; nil while it is.
    package var objection: String? {
        get { state.withLock { $0.objection } }
        set { state.withLock { $0.objection = newValue } }
    }

    /// What was tried and failed, and is tried again.
    package var trouble: String? {
        state.withLock { state in
            let told = state.troubles.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return told.isEmpty ? nil : told.joined(separator: "; ")
        }
    }

    /// The last checkpoint that was signed, or seen at the start.
    package var last: AuditCheckpoint? {
        get { state.withLock { $0.last } }
        set { state.withLock { $0.last = newValue } }
    }

    /// - Parameter trouble: nil when it went well.
    func note(_ name: String, _ trouble: String?) { state.withLock { $0.troubles[name] = trouble } }
}
