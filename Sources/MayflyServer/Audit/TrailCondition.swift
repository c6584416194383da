import Synchronization

/// What the keeper of checkpoints objects to in the audit log, for whoever asks how the daemon is.
package final class TrailCondition: Sendable {
    private let state = Mutex<String?>(nil)

    package init() {}

    /// Nil while the log is as it was signed.
    package var objection: String? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
