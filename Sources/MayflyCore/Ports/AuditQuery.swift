package import Foundation

/// Oldest first after `after`; with `newest` the last `limit` ones, still oldest first.
package struct AuditQuery: Hashable, Sendable {
    package var after: Int64?
    /// Only records with a lower number: the page before, of the newest ones.
    package var before: Int64?
    package var newest: Bool
    package var limit: Int
    package var lease: LeaseID?
    package var actorUID: UInt32?
    package var action: AuditEvent.Action?
    /// Not these.
    package var leavingOut: Set<AuditEvent.Action>
    package var since: Date?
    package var until: Date?
    /// Records by this uid, and records about leases and requests of this uid.
    package var concerning: UInt32?
    package var outcome: AuditEvent.Outcome?
    package var request: RequestID?
    package var database: DatabaseName?
    package var profile: ProfileName?
    package var role: RoleName?
    package var rule: String?
    package var text: SearchText?

    package init(
        after: Int64? = nil, newest: Bool = false, limit: Int = 100, lease: LeaseID? = nil,
        actorUID: UInt32? = nil,
        action: AuditEvent.Action? = nil, leavingOut: Set<AuditEvent.Action> = [], since: Date? = nil,
        until: Date? = nil, concerning: UInt32? = nil
    ) {
        self.after = after
        self.newest = newest
        self.limit = limit
        self.lease = lease
        self.actorUID = actorUID
        self.action = action
        self.leavingOut = leavingOut
        self.since = since
        self.until = until
        self.concerning = concerning
    }

    /// What a field must be, to the letter.
    package var exact: [(field: String, value: String)] {
        [
            ("outcome", outcome?.rawValue), ("request", request?.rawValue), ("database", database?.rawValue),
            ("profile", profile?.rawValue), ("role", role?.rawValue), ("rule", rule),
        ].compactMap { field, value in value.map { (field, $0) } }
    }

    package var isAboutWords: Bool { text != nil || !exact.isEmpty }

    /// Whether a record is as `exact` and `text` want it.
    package func matchesWords(_ event: AuditEvent) -> Bool {
        guard isAboutWords else { return true }
        let fields = event.searchable
        let isExact = exact.allSatisfy { wanted in
            fields.contains { $0.field == wanted.field && $0.text == wanted.value }
        }
        return isExact && (text?.matches(fields.map(\.text)) ?? true)
    }
}
