public import Foundation

/// A signed statement of how far the audit log was, and with which hash.
public struct AuditCheckpoint: WireObject {
    /// The version of its encoding, which is signed.
    public var version: Int
    /// The installation's name.
    public var installation: String
    /// Its number; no number is missing.
    public var number: Int64
    /// SHA-256 of the checkpoint before, lower-case hexadecimal; zeros for the first.
    public var previous: String
    /// When.
    public var at: Date
    /// The last audit record that it covers; 0 for none.
    public var seq: Int64
    /// That record's hash.
    public var hash: String
    /// The last record that is not kept any more.
    public var prunedSeq: Int64?
    /// That one's hash.
    public var prunedHash: String?
    /// The public key that it is signed with (Ed25519), lower-case hexadecimal.
    public var key: String
    /// The key of the checkpoints after this one, where that changes.
    public var nextKey: String?
    /// The signature, base64.
    public var signature: Data

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case version
        case installation
        case number
        case previous
        case at
        case seq
        case hash
        case prunedSeq = "pruned_seq"
        case prunedHash = "pruned_hash"
        case key
        case nextKey = "next_key"
        case signature
    }

    public init(
        version: Int, installation: String, number: Int64, previous: String, at: Date, seq: Int64,
        hash: String, prunedSeq: Int64? = nil, prunedHash: String? = nil, key: String,
        nextKey: String? = nil, signature: Data
    ) {
        self.version = version
        self.installation = installation
        self.number = number
        self.previous = previous
        self.at = at
        self.seq = seq
        self.hash = hash
        self.prunedSeq = prunedSeq
        self.prunedHash = prunedHash
        self.key = key
        self.nextKey = nextKey
        self.signature = signature
    }
}
