/// How the sessions of a database are followed, and what that leaves out.
public struct SessionCoverage: WireObject {
    /// The configuration's name.
    public var database: String
    /// How often the server is looked at now. A session that begins and ends between two looks is not captured.
    public var looksEverySeconds: Double
    /// Why the last look failed, or why what it found is not on record: sessions may be open, or have ended, of which nothing is
    /// said.
    public var problem: String?
    /// Standbys that did not answer the last look: nothing is known of the sessions there.
    public var standbysUnanswered: [String]?
    /// Why it could not be read what was run, the last time.
    public var statementsProblem: String?
    /// So many of the server's answers about ended sessions could not be read since the daemon started: how those ended is not
    /// known.
    public var endingsUnread: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case looksEverySeconds = "looks_every_seconds"
        case problem
        case standbysUnanswered = "standbys_unanswered"
        case statementsProblem = "statements_problem"
        case endingsUnread = "endings_unread"
    }

    public init(
        database: String, looksEverySeconds: Double, problem: String? = nil,
        standbysUnanswered: [String]? = nil, statementsProblem: String? = nil, endingsUnread: Int? = nil
    ) {
        self.database = database
        self.looksEverySeconds = looksEverySeconds
        self.problem = problem
        self.standbysUnanswered = standbysUnanswered
        self.statementsProblem = statementsProblem
        self.endingsUnread = endingsUnread
    }
}
