public import Foundation

/// Who had what, when, why, and who allowed it: the leases that lived in a period.
public struct AccessReport: WireObject {
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// One page, newest first.
    public var entries: [AccessEntry]
    /// Pass as `after` for the next page; absent on the last.
    public var next: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
        case entries
        case next
    }

    public init(
        from: Date, to: Date, entries: [AccessEntry], next: String? = nil
    ) {
        self.from = from
        self.to = to
        self.entries = entries
        self.next = next
    }
}
