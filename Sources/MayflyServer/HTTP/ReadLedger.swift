import Foundation
import Synchronization

/// Which reads of others' data went on record a short while ago: who looks again and again at the same, as `watch` does,
/// is on record once a minute.
final class ReadLedger: Sendable {
    private static let pause: TimeInterval = 60
    /// Beyond this it forgets, and records again.
    private static let most = 1000

    private let recorded = Mutex<[[String]: Date]>([:])

    func isNews(_ reader: String, _ question: String, now: Date) -> Bool {
        recorded.withLock { recorded in
            let key = [reader, question]
            if let at = recorded[key], now.timeIntervalSince(at) < Self.pause { return false }
            if recorded.count >= Self.most {
                recorded = recorded.filter { now.timeIntervalSince($0.value) < Self.pause }
            }
            if recorded.count >= Self.most { recorded = [:] }
            recorded[key] = now
            return true
        }
    }

    /// It could not be recorded: whoever asks again is news.
    func forget(_ reader: String, _ question: String) {
        recorded.withLock { $0[[reader, question]] = nil }
    }
}
