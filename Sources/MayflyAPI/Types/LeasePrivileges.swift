/// What a lease's login role can do, as it was read in the server over the lease's life.
public struct LeasePrivileges: WireObject {
    /// The lease's id.
    public var leaseId: String
    /// The group roles that it is a member of: its profile's, or one of its own where it is narrowed.
    public var memberOf: [String]
    /// In order of time; the first was in force when the lease began.
    public var readings: [PrivilegeReading]
    /// Why there is none, where there is none.
    public var unknown: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case leaseId = "lease_id"
        case memberOf = "member_of"
        case readings
        case unknown
    }

    public init(leaseId: String, memberOf: [String], readings: [PrivilegeReading], unknown: String? = nil) {
        self.leaseId = leaseId
        self.memberOf = memberOf
        self.readings = readings
        self.unknown = unknown
    }
}
