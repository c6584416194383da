import Foundation
import MayflyCore
import Testing
import TokenForge

@testable import MayflyTokens

/// A verifier with one issuer, whose key set is where it says.
struct TokenBench {
    let now = Date(timeIntervalSince1970: 1_785_412_800)
    let key: ForgedKey
    let issuer: TrustedSigner
    let verifier: SignatureVerifier

    init(
        _ algorithm: SignatureAlgorithm = .es256, algorithms: [SignatureAlgorithm]? = nil,
        id: String? = "key-1",
        set: ((ForgedKey) throws -> [UInt8])? = nil
    ) async throws {
        let key = try await ForgedKey(algorithm, id: id)
        let bytes = try set?(key) ?? ForgedKey.set(key)
        self.key = key
        issuer = TrustedSigner(
            name: "github", issuer: "https://tokens.example", audience: "mayfly-test",
            algorithms: algorithms ?? [algorithm], keys: .url("https://tokens.example/keys", ca: nil))
        verifier = SignatureVerifier(fetch: { _, _ in bytes })
    }

    func claims(_ changes: [String: Any?] = [:]) -> [String: Any] {
        var claims: [String: Any] = [
            "iss": "https://tokens.example", "aud": "mayfly-test",
            "sub": "repo:acme/orders:ref:refs/heads/main",
            "iat": Int(now.timeIntervalSince1970) - 10, "exp": Int(now.timeIntervalSince1970) + 300,
            "repository": "acme/orders", "run_attempt": 2, "jti": "t-1",
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    func identity(_ token: String, now: Date? = nil) async throws -> TokenIdentity {
        try await verifier.identity(bearing: token, of: [issuer], now: now ?? self.now)
    }

    func failure(_ token: String, now: Date? = nil) async -> TokenFailure? {
        do {
            _ = try await identity(token, now: now)
            return nil
        } catch { return error as? TokenFailure }
    }
}

@Suite("Identity tokens")
struct IdentityTokenTests {
    @Test("A token of a configured issuer says who its bearer is", arguments: SignatureAlgorithm.allCases)
    func good(_ algorithm: SignatureAlgorithm) async throws {
        let bench = try await TokenBench(algorithm)
        let identity = try await bench.identity(
            try bench.key.token(
                bench.claims([
                    "aud": ["other", "mayfly-test"], "amr": ["mfa"], "acr": "high",
                    "auth_time": 1_785_412_700.5,
                ])))
        #expect(identity.issuer == "github")
        #expect(identity.subject == "repo:acme/orders:ref:refs/heads/main")
        #expect(identity.claims["repository"] == .string("acme/orders"))
        #expect(identity.claims["run_attempt"] == .number(2))
        #expect(identity.amr == ["mfa"])
        #expect(identity.acr == "high")
        #expect(identity.authenticatedAt == Date(timeIntervalSince1970: 1_785_412_700.5))
        #expect(identity.id == "t-1")
    }

    /// A claim, its value in JSON (nil leaves it out), and what is said to it.
    static let wrongClaims: [(String, String?, TokenFailure)] = [
        ("exp", "1785412700", .expired), ("exp", "1785412740", .expired), ("exp", nil, .claims),
        ("exp", #""1785413100""#, .claims), ("exp", "true", .claims), ("exp", "-1", .claims),
        ("exp", "1e300", .claims), ("iat", "1785412900", .notYetValid), ("iat", nil, .claims),
        ("iat", #""now""#, .claims), ("iat", "1785300000", .lifetime), ("nbf", "1785412900", .notYetValid),
        ("nbf", #""soon""#, .claims), ("aud", #""mayfly""#, .audience),
        ("aud", #""mayfly-test ""#, .audience),
        ("aud", #"["mayfly-test2"]"#, .audience), ("aud", nil, .claims), ("aud", "7", .claims),
        ("aud", #"["mayfly-test", 7]"#, .claims), ("aud", #"{"x": "mayfly-test"}"#, .claims),
        ("iss", #""https://tokens.example/""#, .issuer), ("iss", #""HTTPS://tokens.example""#, .issuer),
        ("iss", #""github""#, .issuer), ("iss", nil, .claims),
        ("iss", #"["https://tokens.example"]"#, .claims),
        ("sub", nil, .claims), ("sub", #""""#, .claims), ("sub", "7", .claims), ("sub", #"["a"]"#, .claims),
        ("sub", #""a\nb""#, .claims), ("sub", #""a\u202Eb""#, .claims),
        ("sub", "\"\(String(repeating: "s", count: 256))\"", .claims), ("amr", #""mfa""#, .claims),
        ("amr", "[1]", .claims), ("acr", "1", .claims), ("auth_time", #""1785412700""#, .claims),
        ("jti", "7", .claims),
    ]

    @Test("A claim that is wrong, missing or of the wrong type refuses it", arguments: wrongClaims)
    func wrongClaim(_ name: String, _ value: String?, _ expected: TokenFailure) async throws {
        let bench = try await TokenBench()
        var claims = bench.claims()
        claims[name] = try value.map {
            try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
        }
        #expect(await bench.failure(try bench.key.token(claims)) == expected, "\(name)")
    }

    @Test("Clocks may differ by as much as is configured, and no more")
    func skew() async throws {
        let bench = try await TokenBench()
        let token = try bench.key.token(bench.claims())
        #expect(await bench.failure(token, now: bench.now.addingTimeInterval(359)) == nil)
        #expect(await bench.failure(token, now: bench.now.addingTimeInterval(360)) == .expired)
        #expect(await bench.failure(token, now: bench.now.addingTimeInterval(-70)) == nil)
        #expect(await bench.failure(token, now: bench.now.addingTimeInterval(-71)) == .notYetValid)
    }

    @Test(
        "An algorithm of the token's choice is none: not `none`, not HMAC with the public key, not one that is not listed"
    )
    func algorithms() async throws {
        let bench = try await TokenBench(.rs256)
        let claims = bench.claims()
        let good = try bench.key.token(claims)
        for none in ["none", "None", "NONE", ""] {
            let parts = try bench.key.token(claims, header: ["alg": none]).split(separator: ".")
            #expect(await bench.failure("\(parts[0]).\(parts[1]).") == .algorithm)
            #expect(await bench.failure("\(parts[0]).\(parts[1]).\(parts[2])") == .algorithm)
        }
        for secret in [bench.key.publicPEM, bench.key.jwk["n"] ?? ""] {
            let header = ["alg": "HS256", "kid": "key-1", "typ": "JWT"]
            #expect(
                await bench.failure(try ForgedKey.hmac(claims, header: header, secret: secret)) == .algorithm)
            // The same code under the name of the listed algorithm.
            let forged = try ForgedKey.hmac(
                claims, header: ["alg": "RS256", "kid": "key-1"], secret: secret)
            #expect(await bench.failure(forged) == .signature)
        }
        for other in ["RS512", "PS256", "ES256", "EdDSA", "rs256"] {
            #expect(await bench.failure(try bench.key.token(claims, header: ["alg": other])) == .algorithm)
        }
        #expect(await bench.failure(good) == nil)
    }

    @Test("A key is good for its own algorithm only, also where others are listed")
    func keyOfAnotherKind() async throws {
        let bench = try await TokenBench(.rs256, algorithms: SignatureAlgorithm.allCases)
        let elliptic = try await ForgedKey(.es256)
        #expect(await bench.failure(try elliptic.token(bench.claims())) == .unknownKey)
        #expect(
            await bench.failure(try bench.key.token(bench.claims(), header: ["alg": "ES256"])) == .unknownKey)
    }

    @Test(
        "A signature of somebody else's key, or over something else, does not fit",
        arguments: SignatureAlgorithm.allCases)
    func signatures(_ algorithm: SignatureAlgorithm) async throws {
        let bench = try await TokenBench(algorithm)
        let attacker = try await ForgedKey(algorithm)
        #expect(await bench.failure(try attacker.token(bench.claims())) == .signature)
        let parts = try bench.key.token(bench.claims()).split(separator: ".").map(String.init)
        let others = try bench.key.token(bench.claims(["sub": "repo:acme/other"])).split(separator: ".").map(
            String.init)
        #expect(await bench.failure("\(parts[0]).\(others[1]).\(parts[2])") == .signature)
        #expect(await bench.failure("\(parts[0]).\(parts[1]).") == .signature)
        #expect(
            await bench.failure("\(parts[0]).\(parts[1]).\(ForgedKey.text([UInt8](repeating: 0, count: 64)))")
                == .signature)
        // A key that the token itself brings is no key.
        let brought = try attacker.token(
            bench.claims(), header: ["jwk": attacker.jwk, "jku": "https://evil.example"])
        #expect(await bench.failure(brought) == .signature)
    }

    @Test("Which key is meant must be plain")
    func keyIDs() async throws {
        let bench = try await TokenBench()
        let claims = bench.claims()
        #expect(await bench.failure(try bench.key.token(claims, header: ["kid": "key-2"])) == .unknownKey)
        #expect(
            await bench.failure(try bench.key.token(claims, header: ["kid": "../../etc/passwd"]))
                == .unknownKey)
        #expect(await bench.failure(try bench.key.token(claims, header: ["kid": 1])) == .malformed)
        let single = try await ForgedKey(.es256, id: nil)
        let alone = try await TokenBench(id: nil, set: { try ForgedKey.set($0) })
        #expect(await alone.failure(try alone.key.token(claims)) == nil)
        // With several keys a token without a kid names none.
        let named = try await ForgedKey(.es256, id: "key-9")
        let several = try await TokenBench(set: { try ForgedKey.set($0, named) })
        var header: [String: Any] = [:]
        header["kid"] = NSNull()
        #expect(await several.failure(try several.key.token(claims, header: header)) == .malformed)
        let nameless = try several.key.sign(
            Data(#"{"alg":"ES256"}"#.utf8), try JSONSerialization.data(withJSONObject: claims))
        #expect(await several.failure(nameless) == .unknownKey)
        #expect(await several.failure(try single.token(claims)) == .unknownKey)
    }

    @Test("What is for another purpose is no identity")
    func types() async throws {
        let bench = try await TokenBench()
        for type in ["mayfly-approval+jwt", "at+jwt", "logout+jwt", "JOSE"] {
            #expect(await bench.failure(try bench.key.token(bench.claims(), header: ["typ": type])) == .type)
        }
        #expect(await bench.failure(try bench.key.token(bench.claims(), header: ["crit": ["exp"]])) == .type)
        #expect(await bench.failure(try bench.key.token(bench.claims(), header: ["b64": false])) == .type)
    }

    @Test("What two readers could understand differently is refused")
    func malformed() async throws {
        let bench = try await TokenBench()
        let good = try bench.key.token(bench.claims())
        let parts = good.split(separator: ".").map(String.init)
        for bad in [
            "", ".", "..", "a.b.c", good + ".", good + ".x", "\(parts[0]).\(parts[1])", " " + good,
            good + "=", parts[0] + "=." + parts[1] + "." + parts[2], "\(parts[0])..\(parts[2])",
            parts.map { $0 + "\n" }.joined(separator: "."),
        ] {
            #expect(await bench.failure(bad) == .malformed, "\(bad.prefix(20))")
        }
        let header = Data(#"{"alg":"ES256","kid":"key-1"}"#.utf8)
        let twice =
            #"{"iss":"https://tokens.example","aud":"mayfly-test","iat":1785412790,"exp":1785413100,"sub":"a","sub":"b"}"#
        for payload in [
            twice, "[]", "null", "{", "{} x", #"{"sub":"\u0000"}"#, String(repeating: "[", count: 9000),
        ] {
            #expect(await bench.failure(try bench.key.sign(header, Data(payload.utf8))) == .malformed)
        }
        let doubled = Data(#"{"alg":"ES256","alg":"none","kid":"key-1"}"#.utf8)
        let claims = try JSONSerialization.data(withJSONObject: bench.claims())
        #expect(await bench.failure(try bench.key.sign(doubled, claims)) == .malformed)
    }

    @Test("A huge token is refused before anything of it is read")
    func huge() async throws {
        let bench = try await TokenBench()
        let token = try bench.key.token(bench.claims(["x": String(repeating: "x", count: 16_384)]))
        #expect(await bench.failure(token) == .tooLarge)
        #expect(
            await bench.failure(
                try bench.key.token(bench.claims(["x": String(repeating: "x", count: 11_000)]))) == nil)
    }

    @Test("Without an issuer nobody is believed")
    func noIssuer() async throws {
        let bench = try await TokenBench()
        let token = try bench.key.token(bench.claims())
        await #expect(throws: TokenFailure.issuer) {
            _ = try await bench.verifier.identity(bearing: token, of: [], now: bench.now)
        }
    }

    @Test("Claims of objects and nulls are nothing that a rule could match")
    func claimValues() async throws {
        let bench = try await TokenBench()
        let identity = try await bench.identity(
            try bench.key.token(
                bench.claims(["o": ["a": 1], "n": NSNull(), "l": ["a", 1, true], "d": 1.5, "b": true])))
        #expect(identity.claims["o"] == nil)
        #expect(identity.claims["n"] == nil)
        #expect(identity.claims["l"] == .list([.string("a"), .number(1), .bool(true)]))
        #expect(identity.claims["d"] == .number(1.5))
        #expect(identity.claims["b"] == .bool(true))
    }
}
