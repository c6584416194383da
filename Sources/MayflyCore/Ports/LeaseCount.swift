package struct LeaseCount: Hashable, Sendable {
    package var database: DatabaseName
    package var profile: ProfileName
    package var state: Lease.State
    package var count: Int
    package init(database: DatabaseName, profile: ProfileName, state: Lease.State, count: Int) {
        self.database = database
        self.profile = profile
        self.state = state
        self.count = count
    }
}
