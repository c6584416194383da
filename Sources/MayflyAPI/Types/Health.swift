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
        case lockdowns
        case signers
    }

    public init(
        status: HealthStatus, version: String, installation: String, startedAt: Date, state: StateHealth,
        audit: String? = nil,
        lockdowns: Int? = nil, signers: [SignerStatus]? = nil
    ) {
        self.status = status
        self.version = version
        self.installation = installation
        self.startedAt = startedAt
        self.state = state
        self.audit = audit
        self.lockdowns = lockdowns
        self.signers = signers
    }
}
