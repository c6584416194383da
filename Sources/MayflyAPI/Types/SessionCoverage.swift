/// How the sessions of a database are followed, and what that leaves out.
public struct SessionCoverage: WireObject {
    /// The configuration's name.
    public var database: String
    /// How often the server is looked at now. A session that begins and ends between two looks is not captured.
    public var looksEverySeconds: Double
    /// Why the last look failed: sessions may be open, or have ended, of which nothing is said.
    public var problem: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case looksEverySeconds = "looks_every_seconds"
        case problem
    }

    public init(database: String, looksEverySeconds: Double, problem: String? = nil) {
        self.database = database
        self.looksEverySeconds = looksEverySeconds
        self.problem = problem
    }
}
