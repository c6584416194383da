package import Foundation
package import MayflyCore

extension SignatureVerifier {
    /// `typ` of an approval: nothing else that an authority signs is taken for one, nor one for something else.
    package static let approvalType = "mayfly-approval+jwt"

    package func approval(_ jws: String, of authorities: [TrustedSigner], now: Date)
        async throws(TokenFailure) -> SignedApproval
    {
        let jws = try CompactJWS(parsing: jws)
        guard jws.type?.lowercased() == Self.approvalType else { throw .type }
        let authority = try await verified(jws, by: authorities, now)
        let claims = jws.claims
        // Each of these is decided by whoever signs: none is taken for granted.
        _ = try claims.moment("nbf")
        let approvers = try claims.list("approvers")
        guard (1...20).contains(approvers.count), Set(approvers).count == approvers.count else {
            throw .claims
        }
        let ttl = try claims.integer("ttl_seconds")
        guard ttl > 0 else { throw .claims }
        return SignedApproval(
            authority: authority.name, issuer: authority.issuer, id: try claims.text("jti"),
            requester: try claims.text("requester", longest: 600),
            profile: try claims.text("profile"),
            scope: claims.members["scope"] == nil ? nil : try claims.list("scope"),
            narrowing: try narrowing(claims),
            ttl: ttl, reason: try claims.optionalText("reason", longest: 8000),
            ticket: try claims.optionalText("ticket", longest: 2000), approvers: approvers,
            request: try claims.optionalText("request"), expiresAt: try claims.moment("exp"))
    }

    /// What cannot be read is not taken for the whole.
    private func narrowing(_ claims: Claims) throws(TokenFailure) -> Narrowing? {
        func names(_ claim: String) throws(TokenFailure) -> [String]? {
            claims.members[claim] == nil ? nil : try claims.list(claim, most: Narrowing.mostColumns * 10)
        }
        let (tables, columns) = (try names("tables"), try names("columns"))
        do throws(Refusal) { return try Narrowing(tables: tables, columns: columns) } catch { throw .claims }
    }
}
