public import Foundation

/// An audit record that is not as it was written, as the state has it.
public struct DamagedRecord: WireObject {
    /// Where it stands.
    public var seq: Int64
    /// What is wrong.
    public var what: String
    /// The bytes that its hash should be of, base64.
    public var body: Data
    /// The hash that is kept with it.
    public var hash: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case seq
        case what
        case body
        case hash
    }

    public init(seq: Int64, what: String, body: Data, hash: String) {
        self.seq = seq
        self.what = what
        self.body = body
        self.hash = hash
    }
}
