import Synchronization

/// Which damaged records were put on record in this life of the daemon: once for all exporters that come to them.
final class DamageLedger: Sendable {
    private let told = Mutex<Set<String>>([])

    func isNews(_ numbers: String) -> Bool { told.withLock { $0.insert(numbers).inserted } }

    /// It could not be recorded.
    func forget(_ numbers: String) { told.withLock { _ = $0.remove(numbers) } }
}
