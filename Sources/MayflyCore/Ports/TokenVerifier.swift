package import Foundation

/// Believes what is signed, or does not: the seam to the target that knows cryptography.
package protocol TokenVerifier: Sendable {
    /// Who the bearer of an identity token is.
    /// - Parameter issuers: whose tokens are believed.
    func identity(bearing token: String, of issuers: [TrustedSigner], now: Date) async throws(TokenFailure)
        -> TokenIdentity

    /// What an approval authority says was approved.
    /// - Parameter authorities: whose approvals are believed.
    func approval(_ jws: String, of authorities: [TrustedSigner], now: Date) async throws(TokenFailure)
        -> SignedApproval

    /// How it stands with the keys of each.
    func health(of signers: [TrustedSigner], now: Date) async -> [SignerHealth]

    /// Forgets the keys of all others: the configuration changed.
    func keep(only signers: [TrustedSigner]) async
}

/// Believes nothing: where no issuer is configured there is nothing to believe.
package struct BelievesNothing: TokenVerifier {
    package init() {}

    package func identity(
        bearing token: String, of issuers: [TrustedSigner], now: Date
    ) async throws(TokenFailure) -> TokenIdentity { throw .issuer }

    package func approval(
        _ jws: String, of authorities: [TrustedSigner], now: Date
    ) async throws(TokenFailure) -> SignedApproval { throw .issuer }

    package func health(of signers: [TrustedSigner], now: Date) async -> [SignerHealth] { [] }
    package func keep(only signers: [TrustedSigner]) async {}
}
