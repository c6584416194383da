public import Foundation

/// One entry of the hash-chained log.
public struct AuditRecord: WireObject {
    /// Its number; no number is missing.
    public var seq: Int64
    /// The version of its encoding, which the hash is taken over.
    public var version: Int
    /// When.
    public var at: Date
    /// Who.
    public var actor: AuditActor
    /// What, such as `lease.active`.
    public var action: String
    /// How it went, such as `done`, `denied`, `failed`.
    public var outcome: String
    /// The call of the API that it is of: `X-Request-Id` of its reply, and `id` in the daemon's log.
    public var callId: String?
    /// The request concerned.
    public var requestId: String?
    /// The lease concerned.
    public var leaseId: String?
    /// The database concerned.
    public var database: String?
    /// The profile concerned.
    public var profile: String?
    /// The login role concerned.
    public var role: String?
    /// Why, in the actor's words.
    public var reason: String?
    /// The rule that decided.
    public var rule: String?
    /// Milliseconds since the call arrived, or since the lease was begun.
    public var durationMs: Int64?
    /// Whatever else is worth keeping.
    public var details: [String: String]
    /// SHA-256 of the record before, lower-case hexadecimal.
    public var previousHash: String
    /// SHA-256 of this record, lower-case hexadecimal.
    public var hash: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case seq
        case version
        case at
        case actor
        case action
        case outcome
        case callId = "call_id"
        case requestId = "request_id"
        case leaseId = "lease_id"
        case database
        case profile
        case role
        case reason
        case rule
        case durationMs = "duration_ms"
        case details
        case previousHash = "previous_hash"
        case hash
    }

    public init(
        seq: Int64, version: Int = 1, at: Date, actor: AuditActor, action: String, outcome: String,
        callId: String? = nil, requestId: String? = nil,
        leaseId: String? = nil, database: String? = nil, profile: String? = nil, role: String? = nil,
        reason: String? = nil, rule: String? = nil, durationMs: Int64? = nil, details: [String: String],
        previousHash: String,
        hash: String
    ) {
        self.seq = seq
        self.version = version
        self.at = at
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.callId = callId
        self.requestId = requestId
        self.leaseId = leaseId
        self.database = database
        self.profile = profile
        self.role = role
        self.reason = reason
        self.rule = rule
        self.durationMs = durationMs
        self.details = details
        self.previousHash = previousHash
        self.hash = hash
    }
}
