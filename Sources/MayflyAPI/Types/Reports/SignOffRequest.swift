public import Foundation

/// Signs an access review off.
public struct SignOffRequest: WireRequest {
    /// The beginning of the period of the pack that was looked at. Must be given.
    public var from: Date?
    /// Its end. Must be given.
    public var to: Date?
    /// The pack that was looked at, by its SHA-256. Must be given: when it has changed by now, nothing is
    /// signed.
    public var sha256: String?
    /// What was looked at, and found. Must be given; kept on the record.
    public var note: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
        case sha256
        case note
    }

    public init(
        from: Date? = nil, to: Date? = nil, sha256: String? = nil, note: String? = nil
    ) {
        self.from = from
        self.to = to
        self.sha256 = sha256
        self.note = note
    }
}
