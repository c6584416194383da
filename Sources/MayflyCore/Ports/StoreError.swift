/// Why the state could not be read or written. Safe to show.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full, the file system read-only, or the file not ours.
    case unwritable(String)
    /// Written by a newer version of mayflyd.
    case newerVersion(String)
    /// Not a state file, or damaged.
    case corrupt(String)
    /// The same idempotency key was used with another request.
    case idempotencyConflict
    /// A signed approval was used before, for this request.
    case approvalUsed(RequestID)
    /// A search by words that takes too long.
    case searchGivenUp
    case other(String)

    package var description: String {
        switch self {
        case .unwritable(let why): "the state cannot be written: \(why)"
        case .newerVersion(let why): "the state is of a newer version: \(why)"
        case .corrupt(let why): "the state is damaged: \(why)"
        case .idempotencyConflict: "the idempotency key was used for another request"
        case .approvalUsed(let request): "the approval was used for request \(request)"
        case .searchGivenUp: "the search takes too long"
        case .other(let why): "the state failed: \(why)"
        }
    }
}
