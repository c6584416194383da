import Foundation
import Synchronization

/// How often what a uid is refused goes on record: so that somebody who asks in a loop for what they may not have
/// cannot fill the disk. Every one is answered and logged; of those left out the next record tells how many there
/// were.
package final class RefusalLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: Date
        var leftOut = 0
    }

    static let burst = 20.0
    static let perSecond = 0.2

    private let buckets = Mutex<[UInt32: Bucket]>([:])

    package init() {}

    /// - Returns: how many were left out since the last record; nil when this one is left out too.
    func admit(_ uid: UInt32, now: Date) -> Int? {
        buckets.withLock { buckets in
            var bucket = buckets[uid] ?? Bucket(tokens: Self.burst, at: now)
            let elapsed = max(0, now.timeIntervalSince(bucket.at))
            bucket.tokens = min(Self.burst, bucket.tokens + elapsed * Self.perSecond)
            bucket.at = now
            defer { buckets[uid] = bucket }
            guard bucket.tokens >= 1 else {
                bucket.leftOut += 1
                return nil
            }
            bucket.tokens -= 1
            defer { bucket.leftOut = 0 }
            return bucket.leftOut
        }
    }
}
