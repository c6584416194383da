package import Foundation

/// An auditor's word that the access to a database was reviewed: what was looked at, kept as it was then.
package struct SignOff: Hashable, Sendable {
    package let id: SignOffID
    package let database: DatabaseName
    package let period: ReportPeriod
    /// Of the pack's bytes, in hexadecimal.
    package let sha256: String
    /// The very bytes that were signed, JSON; empty where they were not asked for.
    package let pack: String
    package let note: Reason
    package let by: Lease.Requester
    package let at: Date

    package init(
        id: SignOffID = SignOffID(), database: DatabaseName, period: ReportPeriod, sha256: String,
        pack: String, note: Reason, by: Lease.Requester, at: Date
    ) {
        self.id = id
        self.database = database
        self.period = period
        self.sha256 = sha256
        self.pack = pack
        self.note = note
        self.by = by
        self.at = at
    }
}
