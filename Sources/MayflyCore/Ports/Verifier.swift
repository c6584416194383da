/// What the server keeps of a password: a SCRAM verifier or a hash. Not the password, yet no one's business.
package struct Verifier: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { "‹verifier›" }
    package var debugDescription: String { description }
}
