/// Every database.
public struct DatabaseList: WireObject {
    /// Sorted by name.
    public var databases: [DatabaseStatus]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case databases
    }

    public init(databases: [DatabaseStatus]) {
        self.databases = databases
    }
}
