package import Foundation

/// What a verifier saw of an audit log that is whole.
package struct TrailReport: Hashable, Sendable {
    package var records: Int64 = 0
    /// Nil when there was none.
    package var first: Int64?
    package var last: Int64?
    package var lastHash: String?
    package var checkpoints: Int = 0
    /// The last record that a checkpoint of the log itself covers, and fits.
    package var signedUpTo: Int64?
    package var signedAt: Date?
    /// Keys that checkpoints were signed with, in order.
    package var keys: [String] = []
    /// Checkpoints from elsewhere that fit.
    package var kept: Int = 0
    /// The records after the last checkpoint: nothing but their own chain speaks for them.
    package var unsigned: ClosedRange<Int64>? {
        guard let first, let last else { return nil }
        let from = Swift.max(first, (signedUpTo ?? 0) + 1)
        return from <= last ? from...last : nil
    }
    /// What is allowed and worth knowing.
    package var notes: [String] = []
}
