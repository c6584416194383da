public import MayflyAPI

extension MayflyClient {
    /// One page of reviews of break-glass, newest first: one's own, and those that one may give a verdict on.
    public func reviews(_ search: ReviewSearch = ReviewSearch()) async throws(MayflyError) -> ReviewList {
        try await transport.call(.reviews, query: search.query)
    }

    /// One review.
    /// - Parameter id: its id, its lease's or its request's, or an unambiguous beginning of one.
    public func review(_ id: String) async throws(MayflyError) -> Review {
        try await transport.call(.showReview, id: id)
    }

    /// Gives the verdict on somebody else's break-glass. There is one, which is never changed.
    public func concludeReview(_ id: String, _ verdict: ReviewVerdict, note: String) async throws(MayflyError)
        -> Review
    {
        try await transport.call(
            .concludeReview, id: id, body: ConcludeReview(verdict: verdict, note: note))
    }
}
