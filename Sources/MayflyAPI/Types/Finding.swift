/// Something that `check` or the daemon noticed about a database.
public struct Finding: WireObject {
    /// How much it matters.
    public var level: FindingLevel
    /// What was seen.
    public var message: String
    /// What to do, such as the statement a DBA would run.
    public var fix: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case level
        case message
        case fix
    }

    public init(level: FindingLevel, message: String, fix: String? = nil) {
        self.level = level
        self.message = message
        self.fix = fix
    }
}
