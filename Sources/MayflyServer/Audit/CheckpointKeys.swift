package import MayflyCore
package import MayflyCrypto

/// Where the key is that checkpoints are signed with, its successor while it changes, and what it signed last. Blocks; small
/// files.
package protocol CheckpointKeys: Sendable {
    /// Nil when there is none yet.
    func current() throws -> SigningKey?
    /// Makes the first one. Never over another.
    func create() throws -> SigningKey
    /// The one that is to come, once an administrator made it.
    func next() throws -> SigningKey?
    /// The next one is the current one from now on.
    func promote() throws
    /// The last checkpoint that was remembered: the state has it, or was set back. Nil when none was signed here.
    func last() throws -> SignedCheckpoint?
    /// Durably, in the place of the one before. After the commit that has it in the state.
    func remember(_ signed: SignedCheckpoint) throws
}
