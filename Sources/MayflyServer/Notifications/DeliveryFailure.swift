/// Why a target did not take a notification. Safe to show: it never names an address, nor says what was sent or answered.
package enum DeliveryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case timedOut
    /// Nobody listens there, or the name is not known.
    case unreachable
    /// Its certificate is not trusted, is another host's, or there is no TLS.
    case notTrusted
    /// Answered with a redirect, which is never followed: it would lead to a place that nobody configured.
    case redirected(Int)
    case status(Int)
    /// The connection broke, or what answers is no HTTP server.
    case broken
    /// The file with the key or the address cannot be used, or the program must not be run.
    case file(String)
    /// The file with the address holds none that may be used.
    case address
    case exited(Int32)
    case signalled(Int32)
    /// The program cannot be started: `errno`.
    case notStarted(Int32)
    case `internal`
    /// The daemon is being stopped; it is tried again by the next.
    case cancelled

    package var description: String {
        switch self {
        case .timedOut: "no answer in time"
        case .unreachable: "cannot be reached"
        case .notTrusted: "its certificate is not trusted, or is not that host's"
        case .redirected(let status): "answered \(status), a redirect, which is not followed"
        case .status(let status): "answered \(status)"
        case .broken: "the connection broke"
        case .file(let why): why
        case .address: "the file holds no https:// URL"
        case .exited(let status): "exited with \(status)"
        case .signalled(let number): "was ended by signal \(number)"
        case .notStarted(let number): "cannot be started (error \(number))"
        case .internal: "internal failure"
        case .cancelled: "cancelled"
        }
    }
}
