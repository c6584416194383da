/// A parameter that the daemon refuses, as `invalid_request`.
public struct QueryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The parameter's name.
    public var field: String
    /// What is wrong with it. Never repeats its value.
    public var message: String

    public var description: String { "\(field): \(message)" }
}
