/// A string code on the wire that may grow: an unknown value decodes and is shown as it is.
///
/// ```swift
/// switch lease.state {
/// case .active: …
/// default: print(lease.state)  // a state that came with a newer daemon
/// }
/// ```
public protocol OpenCode: RawRepresentable, Codable, Sendable, Hashable, CustomStringConvertible
where RawValue == String {
    /// The values that this version knows.
    static var known: [Self] { get }

    init(rawValue: String)
}

extension OpenCode {
    public var description: String { rawValue }
}
