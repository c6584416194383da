import Foundation
import MayflyCore
import Testing
import TokenForge

@testable import MayflyTokens

@Suite("Approvals as they are signed")
struct ApprovalTokenTests {
    private static let type = ["typ": "mayfly-approval+jwt"]

    private func claims(_ bench: TokenBench, _ changes: [String: Any?] = [:]) -> [String: Any] {
        let now = Int(bench.now.timeIntervalSince1970)
        var claims: [String: Any] = [
            "iss": "https://tokens.example", "aud": "mayfly-test", "jti": "a-1", "iat": now - 5,
            "nbf": now - 5,
            "exp": now + 600, "requester": "user:alice", "profile": "orders-write", "ttl_seconds": 1800,
            "reason": "order 4711 is stuck", "ticket": "OPS-12", "approvers": ["user:bob", "user:carol"],
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    private func failure(_ bench: TokenBench, _ jws: String) async -> TokenFailure? {
        do throws(TokenFailure) {
            _ = try await bench.verifier.approval(jws, of: [bench.issuer], now: bench.now)
            return nil
        } catch { return error }
    }

    @Test("One is read whole", arguments: SignatureAlgorithm.allCases)
    func whole(_ algorithm: SignatureAlgorithm) async throws {
        let bench = try await TokenBench(algorithm)
        let jws = try bench.key.token(
            claims(
                bench,
                ["scope": ["orders_rw"], "tables": ["orders"], "columns": ["customers.id"], "request": "r-1"]),
            header: Self.type)
        let approval = try await bench.verifier.approval(jws, of: [bench.issuer], now: bench.now)
        #expect(
            approval
                == SignedApproval(
                    authority: "github", issuer: bench.issuer.issuer, id: "a-1", requester: "user:alice",
                    profile: "orders-write",
                    scope: ["orders_rw"],
                    narrowing: try Narrowing(tables: ["orders"], columns: ["customers.id"]), ttl: 1800,
                    reason: "order 4711 is stuck", ticket: "OPS-12",
                    approvers: ["user:bob", "user:carol"], request: "r-1",
                    expiresAt: bench.now.addingTimeInterval(600)))
    }

    /// A claim, its value in JSON (nil leaves it out), and what is said to it.
    static let wrong: [(String, String?, TokenFailure)] = [
        ("jti", nil, .claims), ("jti", "1", .claims), ("nbf", nil, .claims), ("iat", nil, .claims),
        ("exp", nil, .claims), ("exp", "1785412700", .expired), ("nbf", "1785412900", .notYetValid),
        ("aud", #""another""#, .audience), ("iss", #""https://evil.example""#, .issuer),
        ("requester", nil, .claims), ("requester", #"["user:alice"]"#, .claims), ("profile", nil, .claims),
        ("profile", "7", .claims), ("ttl_seconds", nil, .claims), ("ttl_seconds", #""1800""#, .claims),
        ("ttl_seconds", "1800.5", .claims), ("ttl_seconds", "0", .claims), ("ttl_seconds", "-1", .claims),
        ("approvers", nil, .claims), ("approvers", "[]", .claims), ("approvers", #""user:bob""#, .claims),
        ("approvers", #"["user:bob", 7]"#, .claims), ("approvers", #"["user:bob", "user:bob"]"#, .claims),
        ("reason", "7", .claims), ("ticket", #"["a"]"#, .claims), ("scope", #""orders_rw""#, .claims),
        ("request", "1", .claims), ("tables", "[]", .claims), ("tables", "null", .claims),
        ("tables", #""orders""#, .claims), ("tables", "[7]", .claims), ("tables", #"["a.b.c"]"#, .claims),
        ("columns", "[]", .claims), ("columns", #"["id"]"#, .claims), ("columns", "null", .claims),
    ]

    @Test("A claim that is wrong, missing or of the wrong type refuses it", arguments: wrong)
    func wrongClaim(_ name: String, _ value: String?, _ expected: TokenFailure) async throws {
        let bench = try await TokenBench()
        var claims = claims(bench)
        claims[name] = try value.map {
            try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
        }
        #expect(await failure(bench, try bench.key.token(claims, header: Self.type)) == expected, "\(name)")
    }

    @Test("Only what is signed as an approval is one, and that is no identity")
    func types() async throws {
        let bench = try await TokenBench()
        #expect(await failure(bench, try bench.key.token(claims(bench))) == .type)
        #expect(
            await failure(bench, try bench.key.token(claims(bench), header: ["typ": "approval+jwt"])) == .type
        )
        let nameless = try bench.key.sign(
            Data(#"{"alg":"ES256","kid":"key-1"}"#.utf8),
            try JSONSerialization.data(withJSONObject: claims(bench)))
        #expect(await failure(bench, nameless) == .type)
        let both = try bench.key.token(claims(bench, ["sub": "repo:acme/orders"]), header: Self.type)
        #expect(await bench.failure(both) == .type)
    }

    @Test("Signed by somebody else, or with a secret, it is none")
    func signatures() async throws {
        let bench = try await TokenBench()
        let attacker = try await ForgedKey(.es256)
        #expect(await failure(bench, try attacker.token(claims(bench), header: Self.type)) == .signature)
        let header = ["alg": "HS256", "kid": "key-1", "typ": "mayfly-approval+jwt"]
        let forged = try ForgedKey.hmac(claims(bench), header: header, secret: bench.key.publicPEM)
        #expect(await failure(bench, forged) == .algorithm)
    }
}
