package import MayflyCrypto

/// Where the key is that checkpoints are signed with, and its successor while it changes. Blocks; small files.
package protocol CheckpointKeys: Sendable {
    /// Nil when there is none yet.
    func current() throws -> SigningKey?
    /// Makes the first one. Never over another.
    func create() throws -> SigningKey
    /// The one that is to come, once an administrator made it.
    func next() throws -> SigningKey?
    /// The next one is the current one from now on.
    func promote() throws
}
