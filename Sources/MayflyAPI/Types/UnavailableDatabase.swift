/// A database whose server could not be asked.
public struct UnavailableDatabase: WireObject {
    /// The configuration's name.
    public var database: String
    /// Why.
    public var problem: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case database
        case problem
    }

    public init(
        database: String, problem: String
    ) {
        self.database = database
        self.problem = problem
    }
}
