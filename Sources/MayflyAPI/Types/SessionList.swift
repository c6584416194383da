/// Sessions, newest first.
public struct SessionList: WireObject {
    /// One page.
    public var sessions: [Session]
    /// Pass as `after` for the next page; absent on the last.
    public var next: String?
    /// How sessions are followed, by database.
    public var coverage: [SessionCoverage]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case sessions
        case next
        case coverage
    }

    public init(sessions: [Session], next: String? = nil, coverage: [SessionCoverage]) {
        self.sessions = sessions
        self.next = next
        self.coverage = coverage
    }
}
