public import Foundation

/// How a database is, as the daemon last saw it.
public struct DatabaseStatus: WireObject {
    /// The configuration's name.
    public var name: String
    /// The kind of server.
    public var engine: EngineName
    /// Whether the last attempt reached it.
    public var reachable: Bool
    /// The server's version.
    public var serverVersion: String?
    /// The installed guard's version.
    public var guardVersion: String?
    /// How the broker acts there.
    public var mode: BrokerMode
    /// Leases that are not over.
    public var liveLeases: Int
    /// Leases whose time is over and whose login role is not yet gone.
    public var due: Int
    /// The last failure. For auditors and administrators.
    public var lastError: String?
    /// When it was last looked at.
    public var checkedAt: Date?
    /// The server's clock minus ours, in seconds.
    public var clockSkewSeconds: Double?
    /// No longer in the configuration: kept until its leases end.
    public var retired: Bool
    /// At the start there were living roles that the state does not know: they are kept until an administrator decides.
    public var safeMode: Bool?
    /// What was noticed. For auditors and administrators.
    public var findings: [Finding]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case engine
        case reachable
        case serverVersion = "server_version"
        case guardVersion = "guard_version"
        case mode
        case liveLeases = "live_leases"
        case due
        case lastError = "last_error"
        case checkedAt = "checked_at"
        case clockSkewSeconds = "clock_skew_seconds"
        case retired
        case safeMode = "safe_mode"
        case findings
    }

    public init(
        name: String, engine: EngineName, reachable: Bool, serverVersion: String? = nil,
        guardVersion: String? = nil, mode: BrokerMode, liveLeases: Int, due: Int, lastError: String? = nil,
        checkedAt: Date? = nil, clockSkewSeconds: Double? = nil, retired: Bool, safeMode: Bool? = nil,
        findings: [Finding]
    ) {
        self.name = name
        self.engine = engine
        self.reachable = reachable
        self.serverVersion = serverVersion
        self.guardVersion = guardVersion
        self.mode = mode
        self.liveLeases = liveLeases
        self.due = due
        self.lastError = lastError
        self.checkedAt = checkedAt
        self.clockSkewSeconds = clockSkewSeconds
        self.retired = retired
        self.safeMode = safeMode
        self.findings = findings
    }
}
