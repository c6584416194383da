import ArgumentParser

/// Which leases a report is about.
struct ReportFilter: ParsableArguments {
    @Option(help: "Only on this database.")
    var database: String?

    @Option(help: "Only of this profile.", completion: .profiles)
    var profile: String?

    @Option(help: "Only of this user, or this person of the configuration.")
    var user: String?
}
