package import Foundation

/// One call of the API, by the number that its reply, the daemon's log and the audit records of it carry.
///
/// It says nothing of who calls: identities are the same whatever the call.
package struct CallTrace: Sendable {
    /// A UUID.
    package let id: String
    /// When the call arrived; nil for one that is read back from a record.
    package let startedAt: Date?

    package init(id: String, startedAt: Date?) {
        self.id = id
        self.startedAt = startedAt
    }

    /// Whole milliseconds from the call's arrival until `moment`.
    package func duration(until moment: Date) -> Int64? {
        startedAt.map { max(0, moment.milliseconds - $0.milliseconds) }
    }
}
