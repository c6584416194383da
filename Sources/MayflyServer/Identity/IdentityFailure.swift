/// Why a caller's name and groups are not known. Safe to show.
package enum IdentityFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer within the deadline.
    case timedOut
    /// Too many look-ups wait already.
    case busy
    /// The name service answered with an error.
    case failed(NameService.Failure)

    package var description: String {
        switch self {
        case .timedOut: "the name service does not answer"
        case .busy: "too many look-ups wait for the name service"
        case .failed(let failure): "the name service failed: \(failure)"
        }
    }
}
