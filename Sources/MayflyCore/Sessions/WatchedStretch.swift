package import Foundation

/// A time for the whole of which it is on record that somebody looked at a database's sessions, at all of its servers, again and
/// again. What is in no stretch nobody looked at: there is nothing that can be said of it.
package struct WatchedStretch: Hashable, Sendable {
    package let database: DatabaseName
    package let from: Date
    package var until: Date

    package init(database: DatabaseName, from: Date, until: Date) {
        self.database = database
        self.from = from
        self.until = until
    }

    /// Whether all of a lease's life, so far, is in it. One that ended a moment ago may have had its last look just before.
    package func covers(_ lease: Lease, asOf now: Date) -> Bool {
        lease.database == database && from <= lease.createdAt && until >= min(lease.endedAt ?? now, now)
    }
}
