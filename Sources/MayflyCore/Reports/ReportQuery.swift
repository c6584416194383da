/// Which leases a report is about.
package struct ReportQuery: Hashable, Sendable {
    package var period: ReportPeriod
    package var database: DatabaseName?
    package var profile: ProfileName?
    /// A user's name, or a person's.
    package var who: String?

    package init(
        _ period: ReportPeriod, database: DatabaseName? = nil, profile: ProfileName? = nil, who: String? = nil
    ) {
        self.period = period
        self.database = database
        self.profile = profile
        self.who = who
    }
}
