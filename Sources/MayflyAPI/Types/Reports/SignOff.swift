public import Foundation

/// An auditor's word that an access review was done.
public struct SignOff: WireObject {
    /// The id.
    public var id: String
    /// What was reviewed.
    public var database: String
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// SHA-256 of the pack's bytes, in hexadecimal.
    public var sha256: String
    /// Who signed it off.
    public var by: String
    /// Their user id.
    public var byUid: UInt32
    /// When.
    public var at: Date
    /// In their words.
    public var note: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case database
        case from
        case to
        case sha256
        case by
        case byUid = "by_uid"
        case at
        case note
    }

    public init(
        id: String, database: String, from: Date, to: Date, sha256: String, by: String, byUid: UInt32,
        at: Date, note: String
    ) {
        self.id = id
        self.database = database
        self.from = from
        self.to = to
        self.sha256 = sha256
        self.by = by
        self.byUid = byUid
        self.at = at
        self.note = note
    }
}
