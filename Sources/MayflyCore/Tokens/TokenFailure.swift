/// Why something signed is not believed. Says what kind of thing is wrong and never what the token holds: safe to show
/// and to record.
package enum TokenFailure: String, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The header is not `Bearer` and one token, or is there twice.
    case header
    case tooLarge = "too_large"
    case malformed
    /// A `typ` for another purpose, or a `crit` extension, which we know none of.
    case type
    case algorithm
    case issuer
    case unknownKey = "unknown_key"
    case signature
    case audience
    case expired
    case notYetValid = "not_yet_valid"
    case lifetime
    /// One is missing or of the wrong type.
    case claims
    /// Nothing is wrong with it as far as is known: the issuer's keys cannot be had.
    case keysUnavailable = "keys_unavailable"

    package var description: String {
        switch self {
        case .header: "the Authorization header is not one Bearer token"
        case .tooLarge: "the token is larger than 16 KiB"
        case .malformed: "it is not a signed token in compact form"
        case .type: "the token is of a type for another purpose, or has extensions that are not known here"
        case .algorithm: "its algorithm is not among those that the configuration lists for this issuer"
        case .issuer: "no issuer of that name is configured"
        case .unknownKey: "it is signed with a key that is not among the issuer's"
        case .signature: "the signature does not fit"
        case .audience: "it was made for another audience"
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet"
        case .lifetime: "it is valid for longer than the configuration takes"
        case .claims: "a claim that is needed is missing, or of the wrong type"
        case .keysUnavailable: "the issuer's keys are not available"
        }
    }

    /// What would help.
    package var hint: String? {
        switch self {
        case .header: "Authorization: Bearer TOKEN, once"
        case .tooLarge, .malformed, .signature, .type, .claims: nil
        case .algorithm, .issuer, .audience, .lifetime:
            "compare the token with `identity_issuers` in the configuration"
        case .unknownKey: "the issuer's key set may have to be updated"
        case .expired, .notYetValid: "get a fresh one; or is a clock wrong?"
        case .keysUnavailable: "try again in a moment; `mayfly status` says more"
        }
    }
}
