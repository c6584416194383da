public import Foundation

/// How the daemon is.
public struct Health: WireObject {
    /// In a word.
    public var status: HealthStatus
    /// The daemon's version.
    public var version: String
    /// The installation's name.
    public var installation: String
    /// When the daemon started.
    public var startedAt: Date
    /// Whether it can record.
    public var state: StateHealth
    /// Why the audit log is not as it was signed; absent while it is.
    public var audit: String?
    /// What keeps checkpoints of the audit log from being made, kept elsewhere or pruned; absent while nothing does.
    public var auditTrouble: String?
    /// When the last checkpoint was signed; absent until the daemon has looked.
    public var checkpointAt: Date?
    /// The last record that it covers.
    public var checkpointSeq: Int64?
    /// How many lockdowns are in force.
    public var lockdowns: Int?
    /// The issuers of identity tokens and the approval authorities.
    public var signers: [SignerStatus]?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case status
        case version
        case installation
        case startedAt = "started_at"
        case state
        case audit
        case auditTrouble = "audit_trouble"
        case checkpointAt = "checkpoint_at"
        case checkpointSeq = "checkpoint_seq"
        case lockdowns
        case signers
    }

    public init(
        status: HealthStatus, version: String, installation: String, startedAt: Date, state: StateHealth,
        audit: String? = nil, auditTrouble: String? = nil, checkpointAt: Date? = nil,
        checkpointSeq: Int64? = nil,
        lockdowns: Int? = nil, signers: [SignerStatus]? = nil
    ) {
        self.status = status
        self.version = version
        self.installation = installation
        self.startedAt = startedAt
        self.state = state
        self.audit = audit
        self.auditTrouble = auditTrouble
        self.checkpointAt = checkpointAt
        self.checkpointSeq = checkpointSeq
        self.lockdowns = lockdowns
        self.signers = signers
    }
}
