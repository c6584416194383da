package struct EngineHealth: Hashable, Sendable {
    package var reachable: Bool
    package var serverVersion: String?
    package var guardVersion: Int?
    /// Server's clock minus ours, in seconds.
    package var clockSkew: Double?
    package var failure: EngineFailure?

    package init(
        reachable: Bool, serverVersion: String? = nil, guardVersion: Int? = nil, clockSkew: Double? = nil,
        failure: EngineFailure? = nil
    ) {
        self.reachable = reachable
        self.serverVersion = serverVersion
        self.guardVersion = guardVersion
        self.clockSkew = clockSkew
        self.failure = failure
    }
}
