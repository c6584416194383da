package import Foundation

/// Whether the broker leaves alone what its state does not know on a server, whatever `orphans` says.
///
/// A state that was restored from a backup knows nothing of the leases that were given after it was taken: their roles
/// are in the server and in the guard's register, people work with them, and a sweep that trusts the state would cut
/// them off. What is unknown at the start may as well be the trace of a crash of the host, or of somebody who used the
/// broker's account while it was down: in none of these cases is it urgent, as each role has an end that the guard
/// bounds, and in none can the broker tell. So what it finds at its start is a person's to decide, and only what turns
/// up while it runs, when the state is known to be whole, is `orphans`' to decide.
///
/// Never kept: a role of a lease that the state knows to be over, one past its own end, one of a killed probe, and one
/// that has got a power that no lease may have.
package enum SafeMode: Hashable, Sendable {
    /// The server was not asked yet since the start (or since its definition changed): nothing unknown is ended.
    /// Can become `on` or `off` with the first sweep.
    case undecided
    /// There were unknown living roles. Leases are given and ended as ever; these roles are kept and listed. Becomes
    /// `off` when an administrator has decided on each, or when none is left.
    case on(since: Date)
    /// Final until the next start.
    case off

    package var isOn: Bool {
        switch self {
        case .on: true
        case .undecided, .off: false
        }
    }
}
