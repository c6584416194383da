package import Foundation

/// Moments on record are whole milliseconds since 1970, in UTC, cut and not rounded.
extension Date {
    /// Cutting is idempotent: what was made from whole milliseconds gives the same ones again. A `Double` says
    /// 0.001 only nearly, so a moment less than 10 µs before a whole millisecond counts as that one.
    package var milliseconds: Int64 {
        let cut = (timeIntervalSince1970 * 1000 + 0.01).rounded(.down)
        return Int64(exactly: cut) ?? (cut > 0 ? .max : .min)
    }

    package init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
