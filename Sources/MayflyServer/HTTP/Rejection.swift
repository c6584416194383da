import MayflyAPI
import MayflyCore

/// Why a call does not get what it asks for.
enum Rejection: Error {
    /// The call itself is wrong: it never reached the broker.
    case malformed(Problem)
    /// Turned away before anything in it was looked at.
    case notServed(Problem, allow: String? = nil)
    /// The broker's answer, which is on its own record.
    case refused(Refusal)

    static func malformed(_ refusal: Refusal) -> Rejection { .malformed(Problem(refusal)) }
}
