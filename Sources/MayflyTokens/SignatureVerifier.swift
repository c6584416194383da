package import Foundation
package import MayflyCore
import Synchronization

/// Believes what is signed by those whom the configuration names, for this installation and for now.
///
/// What a token says of itself chooses among what is configured and never adds to it: its issuer, to the letter; its
/// algorithm, if the configuration lists it; its key, if it is among the issuer's and is for that algorithm. Only then
/// is the signature looked at, and only then the claims.
package final class SignatureVerifier: TokenVerifier {
    package typealias Fetch = @Sendable (_ url: String, _ ca: String?) async throws(KeySetFailure) -> [UInt8]

    private let sources = Mutex<[KeyLocation: KeySource]>([:])
    private let fetch: Fetch

    /// - Parameter fetch: gets what is at a URL.
    package init(fetch: @escaping Fetch) { self.fetch = fetch }

    package func identity(
        bearing token: String, of issuers: [TrustedSigner], now: Date
    ) async throws(TokenFailure) -> TokenIdentity {
        let jws = try CompactJWS(parsing: token)
        // RFC 8725, section 3.11: what is made for another purpose is not taken for an identity.
        if let type = jws.type, type.lowercased() != "jwt" { throw .type }
        let issuer = try await verified(jws, by: issuers, now)
        let claims = jws.claims
        let amr = claims.members["amr"] == nil ? [] : try claims.list("amr")
        return TokenIdentity(
            issuer: issuer.name, subject: try claims.text("sub"), claims: claims.values, amr: amr,
            acr: try claims.optionalText("acr"), authenticatedAt: try claims.optionalMoment("auth_time"),
            expiresAt: try claims.moment("exp"), id: try claims.optionalText("jti"))
    }

    package func health(of signers: [TrustedSigner], now: Date) async -> [SignerHealth] {
        var all: [SignerHealth] = []
        for signer in signers { all.append(await source(signer.keys).health(signer.name, now: now)) }
        return all
    }

    package func keep(only signers: [TrustedSigner]) async {
        let locations = Set(signers.map(\.keys))
        sources.withLock { $0 = $0.filter { locations.contains($0.key) } }
    }

    private func source(_ location: KeyLocation) -> KeySource {
        sources.withLock { sources in
            if let source = sources[location] { return source }
            let source = KeySource(location, fetch: fetch)
            sources[location] = source
            return source
        }
    }

    /// Whose signature it bears, when it does and is for us and for now.
    func verified(_ jws: CompactJWS, by signers: [TrustedSigner], _ now: Date) async throws(TokenFailure)
        -> TrustedSigner
    {
        let issuer = try jws.claims.text("iss", longest: 2000)
        guard let signer = signers.first(where: { $0.issuer == issuer }) else { throw .issuer }
        guard let algorithm = SignatureAlgorithm(rawValue: jws.algorithm),
            signer.algorithms.contains(algorithm)
        else { throw .algorithm }
        let key = try await source(signer.keys).key(jws.keyID, for: algorithm, now: now)
        guard key.accepts(jws.signature, over: jws.signed) else { throw .signature }
        guard try jws.claims.texts("aud").contains(signer.audience) else { throw .audience }
        try checkTimes(jws.claims, signer, now)
        return signer
    }

    private func checkTimes(_ claims: Claims, _ signer: TrustedSigner, _ now: Date) throws(TokenFailure) {
        let skew = TimeInterval(signer.clockSkew)
        let (issuedAt, expiry) = (try claims.moment("iat"), try claims.moment("exp"))
        let notBefore = try claims.optionalMoment("nbf") ?? issuedAt
        guard now < expiry.addingTimeInterval(skew) else { throw .expired }
        guard now >= max(issuedAt, notBefore).addingTimeInterval(-skew) else { throw .notYetValid }
        guard expiry > issuedAt, expiry.timeIntervalSince(issuedAt) <= TimeInterval(signer.maxLifetime) else {
            throw .lifetime
        }
    }
}
