import Foundation
import MayflyCore

/// Believes approvals that are written down without a signature: what is tried here comes after it was verified.
struct PlainApprovals: TokenVerifier {
    func identity(
        bearing token: String, of issuers: [TrustedSigner], now: Date
    ) async throws(TokenFailure) -> TokenIdentity { throw .issuer }

    func approval(_ jws: String, of authorities: [TrustedSigner], now: Date)
        async throws(TokenFailure) -> SignedApproval
    {
        do { return try JSONDecoder().decode(PlainApproval.self, from: Data(jws.utf8)).signed } catch {
            throw .malformed
        }
    }

    func health(of signers: [TrustedSigner], now: Date) async -> [SignerHealth] { [] }
    func keep(only signers: [TrustedSigner]) async {}
}

struct PlainApproval: Codable {
    var authority = "chat"
    var issuer: String?
    var id = UUID().uuidString
    var requester = "user:alice"
    var profile = "orders-write"
    var scope: [String]?
    var tables: [String]?
    var columns: [String]?
    var ttl = 1800
    var reason: String?
    var ticket: String?
    var approvers = ["user:carol", "user:sam"]
    var request: String?

    var signed: SignedApproval {
        SignedApproval(
            authority: authority, issuer: issuer ?? authority, id: id, requester: requester, profile: profile,
            scope: scope, narrowing: (try? Narrowing(tables: tables, columns: columns)) ?? nil, ttl: ttl,
            reason: reason, ticket: ticket, approvers: approvers, request: request, expiresAt: .distantFuture)
    }

    func text() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }

    func with(_ change: (inout PlainApproval) -> Void) -> PlainApproval {
        var changed = self
        change(&changed)
        return changed
    }
}
