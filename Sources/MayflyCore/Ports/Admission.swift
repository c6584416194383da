package import Foundation

/// What is to be recorded when a request was decided.
package struct Admission: Sendable {
    package var request: AccessRequest
    /// Nil when the request was denied or waits for people.
    package var lease: Lease?
    /// What others may race for: looked at in the same transaction. Nil for what is recorded as denied.
    package var limits: AdmissionLimits?
    /// Whose history the limits are held against.
    package var identities: Identities
    /// A key of the caller's for repeating a create after a lost reply; counts per identity, for 5 minutes.
    package var idempotencyKey: String?
    package var events: [AuditEvent]
    /// Who redeems `request`, which is on record and approved; nil for a new request.
    package var redeemer: Identity?
    /// For break-glass: whether it is taken from the person is looked at in the same transaction.
    package var review: ReviewTerms?
    /// The signed approval that it arrived with: used with the same commit, or the whole is refused.
    package var uses: ApprovalUse?
    /// Everybody who has a hand in it, beside the requester: whom a lockdown may be about.
    package var people: Set<Person>
    /// Recorded instead of `events` when a limit is met or a lockdown stops it; nil when neither this nor the request is.
    package var overQuota: @Sendable (Refusal) -> [AuditEvent]?

    package init(
        request: AccessRequest, lease: Lease?, limits: AdmissionLimits?, identities: Identities? = nil,
        idempotencyKey: String?,
        events: [AuditEvent], redeemer: Identity? = nil, uses: ApprovalUse? = nil,
        people: Set<Person> = [],
        review: ReviewTerms? = nil,
        overQuota: @escaping @Sendable (Refusal) -> [AuditEvent]?
    ) {
        self.request = request
        self.lease = lease
        self.limits = limits
        self.identities = identities ?? Identities(of: request.requester)
        self.idempotencyKey = idempotencyKey
        self.events = events
        self.redeemer = redeemer
        self.uses = uses
        self.people = people
        self.review = review
        self.overQuota = overQuota
    }

    /// The key as it is remembered, beside the uid: two jobs that run under one uid have their own.
    package var scopedKey: String? {
        guard let idempotencyKey else { return nil }
        return Self.scoped(idempotencyKey, of: request.requester.key)
    }

    /// - Parameter identity: `Identity.key`.
    package static func scoped(_ key: String, of identity: String) -> String {
        // A key has no blank.
        identity.hasPrefix("uid:") ? key : "\(identity) \(key)"
    }

    /// How long an idempotency key is remembered, in seconds.
    package static let idempotencyWindow: TimeInterval = 300
}
