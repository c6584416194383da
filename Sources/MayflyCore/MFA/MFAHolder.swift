/// Whose enrolment is looked for: a person's, by whichever of their identities it was made; or the one that their uid
/// made when the configuration's `people` called them something else.
///
/// So an edit of `people` neither takes a second factor away nor lets somebody enrol a second one.
package struct MFAHolder: Hashable, Sendable {
    package let person: Person
    /// Nil where only the person's name is known.
    package let uid: UInt32?

    package init(person: Person, uid: UInt32?) {
        self.person = person
        self.uid = uid
    }

    /// Who is at the socket: a token's bearer has no second factor here, what authenticated them says theirs.
    package init(_ identity: Identity, people: People) {
        self.init(person: people.person(of: identity.ofSocket), uid: identity.uid)
    }

    package func holds(_ enrolment: MFAEnrolment) -> Bool {
        enrolment.person == person || enrolment.uid == uid
    }
}
