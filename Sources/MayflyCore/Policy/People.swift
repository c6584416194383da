/// The people of the configuration who have several identities.
///
///     people: { alice: [ "user:alice", "user:alice-adm", "sub:github:repo:alice/dotfiles:ref:refs/heads/main" ] }
package struct People: Hashable, Sendable {
    package let entries: [Person: [Principal]]
    /// In the order of names, so that the same identity is always the same person.
    private let inOrder: [Person]

    package init(_ entries: [Person: [Principal]] = [:]) {
        self.entries = entries
        inOrder = entries.keys.sorted()
    }

    /// Who an identity is. With a token that is who the token is.
    package func person(of identity: Identity) -> Person {
        inOrder.first { entries[$0]?.contains { $0.matches(identity) } == true } ?? Person(identity)
    }

    /// Everybody who had a hand in a call: who the token is, and who brought it over the socket. For what nobody may do
    /// to their own.
    package func everybody(behind identity: Identity) -> Set<Person> {
        [person(of: identity), person(of: identity.ofSocket)]
    }
}
