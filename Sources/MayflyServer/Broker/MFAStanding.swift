package import MayflyCore

/// How somebody stands with their second factor.
package struct MFAStanding: Sendable, Equatable {
    package let person: Person
    /// Whether there are second factors of ours at all.
    package let isOffered: Bool
    /// The one that is not removed.
    package let enrolment: MFAEnrolment?

    package init(person: Person, isOffered: Bool, enrolment: MFAEnrolment?) {
        self.person = person
        self.isOffered = isOffered
        self.enrolment = enrolment
    }
}
