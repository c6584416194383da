package import MayflyCore

/// What is known beside the key of what was signed last.
package enum RememberedCheckpoint: Hashable, Sendable {
    /// It was never written, or somebody took it away.
    case missing
    /// It was written before anything was signed.
    case nothing
    /// Whoever has the host says to go on with what the state has.
    case accepted
    case checkpoint(SignedCheckpoint)
}
