package import Foundation

/// A signed statement of how far the audit log was, and with which hash: what tells that its end was cut off, or that
/// all of it was written anew.
///
/// Signed with Ed25519 (RFC 8032) over the canonical bytes, which are documented to the byte: fields in this order, each
/// as in an audit record (`AuditEncoding`): `name`, `=`, the value's length in bytes, `:`, the value in UTF-8, a line
/// feed. A field without a value is left out.
///
///     checkpoint=1:1
///     installation=7:prod-eu
///     number=2:42
///     previous=64:9c1f…              SHA-256 of the checkpoint before, over its bytes; 64 zeros for the first
///     at=24:2026-11-21T14:19:30.123Z
///     sequence=4:1017                the last audit record that it covers; 0 for none
///     hash=64:0be2…                  that record's hash
///     pruned=3:512                   the last record that was pruned, where some were
///     pruned_hash=64:77aa…           that one's hash
///     key=64:3b6a…                   the public key that it is signed with, in hexadecimal digits
///     next_key=64:d04a…              the key of the checkpoints after this one, where that changes
///
/// The first field's name is no audit record's: what is signed as the one is never taken for the other.
package struct AuditCheckpoint: Hashable, Sendable {
    package static let version = 1

    package var installation: String
    /// 1, 2, 3, … without a gap.
    package var number: Int64
    package var previous: String
    package var at: Date
    package var sequence: Int64
    package var hash: String
    package var pruned: Pruned?
    /// 64 lower-case hexadecimal digits.
    package var key: String
    package var nextKey: String?

    /// The last of the records that are not kept any more; the record after it names its hash.
    package struct Pruned: Hashable, Sendable {
        package var sequence: Int64
        package var hash: String

        package init(sequence: Int64, hash: String) {
            self.sequence = sequence
            self.hash = hash
        }
    }

    package init(
        installation: String, number: Int64, previous: String, at: Date, sequence: Int64, hash: String,
        pruned: Pruned? = nil, key: String, nextKey: String? = nil
    ) {
        self.installation = installation
        self.number = number
        self.previous = previous
        self.at = at
        self.sequence = sequence
        self.hash = hash
        self.pruned = pruned
        self.key = key
        self.nextKey = nextKey
    }

    /// The key of the checkpoint after this one.
    package var keyFromNowOn: String { nextKey ?? key }

    /// What is signed.
    package var bytes: [UInt8] {
        var out = CanonicalFields()
        out.add("checkpoint", String(Self.version))
        out.add("installation", installation)
        out.add("number", String(number))
        out.add("previous", previous)
        out.add("at", AuditEncoding.timestamp(at))
        out.add("sequence", String(sequence))
        out.add("hash", hash)
        out.add("pruned", pruned.map { String($0.sequence) })
        out.add("pruned_hash", pruned?.hash)
        out.add("key", key)
        out.add("next_key", nextKey)
        return out.bytes
    }

    /// - Returns: nil unless writing what was read gives the same bytes again.
    package init?(bytes: [UInt8]) {
        guard let fields = CanonicalFields.read(bytes), let installation = fields["installation"],
            let number = fields["number"].flatMap(Int64.init), let previous = fields["previous"],
            let at = fields["at"].flatMap(AuditEncoding.date),
            let sequence = fields["sequence"].flatMap(Int64.init), let hash = fields["hash"],
            let key = fields["key"]
        else { return nil }
        self.init(
            installation: installation, number: number, previous: previous, at: at, sequence: sequence,
            hash: hash, key: key, nextKey: fields["next_key"])
        if let last = fields["pruned"].flatMap(Int64.init), let hash = fields["pruned_hash"] {
            pruned = Pruned(sequence: last, hash: hash)
        }
        guard self.bytes == bytes else { return nil }
    }
}

/// A checkpoint with its signature.
package struct SignedCheckpoint: Hashable, Sendable {
    package var checkpoint: AuditCheckpoint
    /// 64 bytes.
    package var signature: [UInt8]

    package init(checkpoint: AuditCheckpoint, signature: [UInt8]) {
        self.checkpoint = checkpoint
        self.signature = signature
    }

    /// By what was signed: a moment that was read from a file is the same in milliseconds, and not always as a number.
    package static func == (left: SignedCheckpoint, right: SignedCheckpoint) -> Bool {
        left.checkpoint.bytes == right.checkpoint.bytes && left.signature == right.signature
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(signature) }
}
