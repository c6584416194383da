public import Foundation

/// When a login role was connected.
public struct SessionSpan: WireObject {
    /// From then on.
    public var from: Date
    /// Until then; absent while it is connected.
    public var to: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
    }

    public init(
        from: Date, to: Date? = nil
    ) {
        self.from = from
        self.to = to
    }
}
