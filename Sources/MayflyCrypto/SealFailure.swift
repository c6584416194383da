/// Why a sealed box does not open. Safe to show.
package enum SealFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was sealed with another key.
    case otherKey
    /// It is not as it was sealed, or was made for another purpose or owner.
    case damaged
    case crypto(CryptoFailure)

    package var description: String {
        switch self {
        case .otherKey: "it was sealed with another key"
        case .damaged: "it was changed since it was sealed, or belongs to somebody else"
        case .crypto(let failure): failure.description
        }
    }
}
