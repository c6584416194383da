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
    /// What was remembered last: the state has it, or was set back.
    /// - Throws: where it cannot be read, which tells no more than where it is gone.
    func last() throws -> RememberedCheckpoint
    /// Durably, in the place of the one before. After the commit that has it in the state.
    /// - Parameter signed: nil while nothing was signed.
    func remember(_ signed: SignedCheckpoint?) throws
}
