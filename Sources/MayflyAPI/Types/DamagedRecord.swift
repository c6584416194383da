public import Foundation

/// An audit record, or a checkpoint, that is not as it was written, as the state has it.
public struct DamagedRecord: WireObject {
    /// Where it stands.
    public var seq: Int64
    /// Of a checkpoint: its number. Where it stands is then the record that it is said to cover.
    public var number: Int64?
    /// What is wrong.
    public var what: String
    /// The bytes that its hash should be of, base64.
    public var body: Data
    /// The hash that is kept with it.
    public var hash: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case seq
        case number
        case what
        case body
        case hash
    }

    public init(seq: Int64, number: Int64? = nil, what: String, body: Data, hash: String) {
        self.seq = seq
        self.number = number
        self.what = what
        self.body = body
        self.hash = hash
    }
}
