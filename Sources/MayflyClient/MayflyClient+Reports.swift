public import Foundation
public import MayflyAPI

extension MayflyClient {
    /// One page of the leases that lived in a period: one's own; for auditors and administrators everybody's.
    public func accessReport(_ search: AccessSearch = AccessSearch()) async throws(MayflyError)
        -> AccessReport
    {
        try await transport.call(.accessReport, query: search.query)
    }

    /// What was taken as break-glass in a period, and what became of its reviews.
    public func breakGlassReport(_ search: ReportSearch = ReportSearch()) async throws(MayflyError)
        -> BreakGlassReport
    {
        try await transport.call(.breakGlassReport, query: search.query)
    }

    /// Who approves how much and how fast; `user` is who decided.
    public func approvalsReport(_ search: ReportSearch = ReportSearch()) async throws(MayflyError)
        -> ApprovalsReport
    {
        try await transport.call(.approvalsReport, query: search.query)
    }

    /// What nobody used in a period. For auditors and administrators.
    public func unusedReport(_ search: UnusedSearch = UnusedSearch()) async throws(MayflyError)
        -> UnusedReport
    {
        try await transport.call(.unusedReport, query: search.query)
    }

    /// A pack to review the access to one database by. For auditors and administrators.
    public func accessReview(of database: String, _ search: PeriodSearch = PeriodSearch())
        async throws(MayflyError) -> AccessReview
    {
        try await transport.call(.accessReview, id: database, query: search.query)
    }

    /// Signs off the pack that was looked at; refused when it has changed by now.
    /// - Parameter sha256: the pack's, as `accessReview` gave it.
    public func signOffReview(of database: String, from: Date, to: Date, sha256: String, note: String)
        async throws(MayflyError) -> SignOff
    {
        try await transport.call(
            .signOffReview, id: database,
            body: SignOffRequest(from: from, to: to, sha256: sha256, note: note))
    }

    /// A pack as it was signed off.
    /// - Parameter id: the sign-off's, or an unambiguous beginning of it.
    public func signedPack(_ id: String) async throws(MayflyError) -> SignedPack {
        try await transport.call(.signOff, id: id)
    }
}
