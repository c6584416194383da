/// Newest first.
package struct ReviewQuery: Hashable, Sendable {
    /// Only those of these leases.
    package var leases: [LeaseID]?
    package var person: Person?
    /// Only those that are not done, or only those that are.
    package var isDone: Bool?
    /// Only reviews older than this one, for paging.
    package var before: ReviewID?
    /// The beginning of the review's, its lease's or its request's id, at least 4 characters.
    package var idPrefix: String?
    package var limit: Int

    package init(
        leases: [LeaseID]? = nil, person: Person? = nil, isDone: Bool? = nil,
        before: ReviewID? = nil, idPrefix: String? = nil, limit: Int = 100
    ) {
        self.leases = leases
        self.person = person
        self.isDone = isDone
        self.before = before
        self.idPrefix = idPrefix
        self.limit = limit
    }
}
