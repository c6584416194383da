/// How long a revocation waits for what does not come at once.
package enum Patience: Sendable {
    /// Two seconds for sessions to end, half a second for standbys: other leases wait behind this one.
    case brief
    /// To the deadline of the engine's calls.
    case full
}
