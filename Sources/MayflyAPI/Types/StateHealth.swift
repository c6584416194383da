/// How the daemon's own state is.
public struct StateHealth: WireObject {
    /// Whether records can be written. Without a record there is no access.
    public var writable: Bool
    /// Why not.
    public var error: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case writable
        case error
    }

    public init(writable: Bool, error: String? = nil) {
        self.writable = writable
        self.error = error
    }
}
