public import Foundation

/// What a lease's group roles were found to give, for some time.
public struct PrivilegeReading: WireObject {
    /// When that was found first.
    public var readAt: Date
    /// When that was found last.
    public var confirmedAt: Date
    /// SHA-256 of the content, as in the audit log's `privileges.read`.
    public var sha256: String
    /// What can be done: the broadest first, what everybody can do last.
    public var entries: [PrivilegeEntry]
    /// Whether there is more than these.
    public var cut: Bool

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case readAt = "read_at"
        case confirmedAt = "confirmed_at"
        case sha256
        case entries
        case cut
    }

    public init(readAt: Date, confirmedAt: Date, sha256: String, entries: [PrivilegeEntry], cut: Bool) {
        self.readAt = readAt
        self.confirmedAt = confirmedAt
        self.sha256 = sha256
        self.entries = entries
        self.cut = cut
    }
}
