package import Foundation

/// What a report is about: from the first moment to the last, both included.
package struct ReportPeriod: Hashable, Sendable {
    package let from: Date
    package let to: Date

    /// - Throws: `Refusal` with `invalid_request` for a period that ends before it begins.
    package init(from: Date, to: Date) throws(Refusal) {
        guard from <= to else {
            throw Refusal(
                .invalidRequest, "the period ends before it begins", field: "from",
                hint: "give a `from` that is before `to`")
        }
        self.from = from
        self.to = to
    }

    /// In seconds.
    package var length: TimeInterval { to.timeIntervalSince(from) }

    package func contains(_ moment: Date) -> Bool { from <= moment && moment <= to }

    /// Whether a lease lived within it: it began by its end, and was not over before its beginning.
    package func meets(_ lease: Lease) -> Bool {
        lease.createdAt <= to && lease.endedAt.map { $0 >= from } ?? true
    }
}
