package import Foundation

/// What an approval authority signed: that these people approved this request of this requester. Its signature, issuer,
/// audience and times have been checked; whether it fits a request, and whether those people count for it, has not.
package struct SignedApproval: Hashable, Sendable {
    /// The authority's name in the configuration.
    package let authority: String
    /// The authority, as it calls itself: `iss`. The configuration's name for it may change.
    package let issuer: String
    /// Its single-use id, `jti`.
    package let id: String
    /// `user:alice`, `uid:1001` or `sub:ISSUER:SUBJECT`.
    package let requester: String
    package let profile: String
    /// The group roles that were approved; nil for those that the profile has.
    package let scope: [String]?
    /// The part of what they give that was approved; nil for all of it.
    package let narrowing: Narrowing?
    /// Seconds, at most.
    package let ttl: Int
    package let reason: String?
    package let ticket: String?
    /// `user:bob` or `uid:1002`: people, who have an account on the broker's host.
    package let approvers: [String]
    /// The one request that it is for; nil for any that is the same.
    package let request: String?
    package let expiresAt: Date

    package init(
        authority: String, issuer: String, id: String, requester: String, profile: String,
        scope: [String]? = nil, narrowing: Narrowing? = nil, ttl: Int,
        reason: String? = nil, ticket: String? = nil, approvers: [String], request: String? = nil,
        expiresAt: Date
    ) {
        self.authority = authority
        self.issuer = issuer
        self.id = id
        self.requester = requester
        self.profile = profile
        self.scope = scope
        self.narrowing = narrowing
        self.ttl = ttl
        self.reason = reason
        self.ticket = ticket
        self.approvers = approvers
        self.request = request
        self.expiresAt = expiresAt
    }

    /// Honoured for exactly the request that was approved.
    /// - Returns: the claim that does not fit; nil when all do.
    package func misfit(_ request: AccessRequest) -> String? {
        guard let course = request.course else { return "requester" }
        let identity = course.identity
        let names = identity.token == nil ? ["user:\(identity.user)", identity.key] : [identity.key]
        guard names.contains(requester) else { return "requester" }
        guard profile == request.profile.rawValue else { return "profile" }
        if let scope, Set(scope) != Set(course.groups) { return "scope" }
        // Where it names the one request, that says what part it is of.
        if narrowing != nil || self.request == nil {
            guard isSame(narrowing, request.narrowing) else { return "tables and columns" }
        }
        guard let asked = request.ttl, asked.seconds <= ttl else { return "ttl_seconds" }
        guard reason == request.reason?.rawValue else { return "reason" }
        guard ticket == request.ticket?.rawValue else { return "ticket" }
        // What the other claims don't say, the id must: which lease, and when.
        let isPlain = course.extends == nil && course.startAt == nil
        guard self.request == request.id.rawValue || (self.request == nil && isPlain) else {
            return "request"
        }
        return nil
    }

    /// To the letter: names that only look the same are those of other tables.
    private func isSame(_ one: Narrowing?, _ other: Narrowing?) -> Bool {
        one.map { ExactText($0.text) } == other.map { ExactText($0.text) }
    }
}
