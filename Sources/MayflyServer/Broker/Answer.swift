package import MayflyCore

/// What comes of a request: a credential, or people who have to be asked.
package enum Answer: Sendable {
    case issued(Issued)
    /// It waits for people, or for its start. Repeated with its key, whatever has become of it.
    case waiting(AccessRequest)
}
