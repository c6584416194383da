/// A parameter that the daemon refuses, as `invalid_request`.
public struct QueryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The parameter's name.
    public var field: String
    /// What is wrong with it. Never repeats its value.
    public var message: String

    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}
