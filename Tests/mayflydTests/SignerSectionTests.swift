import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// Issuers and approval authorities, as they are configured.
@Suite struct SignerSectionTests {
    /// A public key, of the example in RFC 7517, appendix A.1.
    private static let set = """
        {"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"1"}]}
        """

    private static func sample(_ signers: String, who: String? = nil) throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        try sample.write(set, to: "jwks.json", mode: 0o644)
        try sample.write(set, to: "open.json", mode: 0o666)
        try sample.write("{}", to: "none.json", mode: 0o644)
        try sample.write(#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, to: "secret.json", mode: 0o644)
        let text = signers.replacing("DIRECTORY", with: sample.directory)
        sample.text = sample.text.replacing("access:\n", with: text + "\naccess:\n")
        if let who { sample.text = sample.text.replacing("\"user:ci\"", with: who) }
        return sample
    }

    @Test("They are read whole")
    func whole() throws {
        let configuration = try Self.sample(
            """
            identity_issuers:
              github:
                issuer: https://token.actions.githubusercontent.com
                audience: mayfly-prod-eu
                algorithms: [ RS256 ]
                jwks_url: https://token.actions.githubusercontent.com/.well-known/jwks
                ca: DIRECTORY/ca.pem
              k8s: { issuer: "https://kubernetes.default.svc", audience: m, algorithms: [ RS256, ES256, EdDSA ],
                     jwks_file: DIRECTORY/jwks.json, clock_skew: 10s, max_lifetime: 1h }
            approval_authorities:
              chat: { issuer: "https://chat.acme.example", audience: m, algorithms: [ EdDSA ], jwks_file: DIRECTORY/jwks.json }
            """, who: "\"sub:k8s:system:serviceaccount:shop:*\""
        ).parse().configuration
        #expect(configuration.issuers.map(\.name) == ["github", "k8s"])
        let github = try #require(configuration.issuers.first)
        #expect(github.issuer == "https://token.actions.githubusercontent.com")
        #expect(github.clockSkew == 60)
        #expect(github.maxLifetime == 86_400)
        guard case .url(_, let ca?) = github.keys else { return #expect(Bool(false), "\(github)") }
        #expect(ca.hasSuffix("/ca.pem"))
        #expect(configuration.issuers[1].algorithms == [.rs256, .es256, .eddsa])
        #expect(configuration.issuers[1].clockSkew == 10)
        #expect(configuration.issuers[1].maxLifetime == 3600)
        #expect(configuration.authorities.map(\.name) == ["chat"])
    }

    private static let rest = "issuer: \"https://a\", audience: m"

    static let mistakes: [(String, String)] = [
        (
            "\(rest), jwks_url: \"https://a/k\", algorithms: [ none ]",
            "\"none\" would take tokens that nobody signed"
        ),
        (
            "\(rest), jwks_url: \"https://a/k\", algorithms: [ RS256, HS256 ]",
            "\"HS256\" would take tokens that whoever"
        ),
        ("\(rest), jwks_url: \"https://a/k\", algorithms: [ hs512 ]", "\"hs512\" would take"),
        (
            "\(rest), jwks_url: \"https://a/k\", algorithms: [ PS256 ]",
            "\"PS256\" is not taken — RS256, ES256, EdDSA"
        ),
        ("\(rest), jwks_url: \"https://a/k\", algorithms: []", "the list of algorithms is empty"),
        ("\(rest), jwks_url: \"https://a/k\"", "identity_issuers.x.algorithms: is missing"),
        ("\(rest), algorithms: [ RS256 ]", "identity_issuers.x.jwks_url: is missing"),
        ("\(rest), algorithms: [ RS256 ], jwks_url: \"http://a/k\"", "is not a URL for keys — https://"),
        ("\(rest), algorithms: [ RS256 ], jwks_url: \"https://me:pw@a/k\"", "is not a URL for keys"),
        ("\(rest), algorithms: [ RS256 ], jwks_url: \"file:///etc/k\"", "is not a URL for keys"),
        ("\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/open.json", "may be written by others"),
        ("\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/none.json", "not a JSON Web Key Set"),
        (
            "\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/secret.json",
            "no public key for RS256, ES256 or EdDSA"
        ),
        ("\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/gone.json", "cannot be read"),
        ("\(rest), algorithms: [ ES256 ], jwks_file: keys.json", "is a relative path"),
        (
            "\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/jwks.json, jwks_url: \"https://a/k\"",
            "and jwks_file exclude each other"
        ),
        (
            "\(rest), algorithms: [ ES256 ], jwks_file: DIRECTORY/jwks.json, ca: DIRECTORY/ca.pem",
            "means nothing beside jwks_file"
        ),
        (
            "\(rest), algorithms: [ ES256 ], jwks_url: \"https://a/k\", ca: DIRECTORY/not-a-ca.pem",
            "holds no certificate"
        ),
        (
            "\(rest), algorithms: [ ES256 ], jwks_url: \"https://a/k\", clock_skew: 1h",
            "more than clocks may differ"
        ),
        (
            "audience: m, algorithms: [ ES256 ], jwks_url: \"https://a/k\"",
            "identity_issuers.x.issuer: is missing"
        ),
        (
            "issuer: a, algorithms: [ ES256 ], jwks_url: \"https://a/k\"",
            "identity_issuers.x.audience: is missing"
        ),
        (
            "\(rest), algorithms: [ ES256 ], jwks_url: \"https://a/k\", audiences: [ m ]",
            "unknown key — did you mean audience?"
        ),
    ]

    @Test("What is wrong is said, with what would be right", arguments: mistakes)
    func mistake(_ signer: String, _ complaint: String) throws {
        let complaints = try Self.sample("identity_issuers: { x: { \(signer) } }").complaints()
        #expect(complaints.count == 1, "\(complaints)")
        #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
    }

    @Test("Which of two issuers is meant must be plain")
    func twice() throws {
        let one = "{ \(Self.rest), algorithms: [ ES256 ], jwks_url: \"https://a/k\" }"
        let complaints = try Self.sample("identity_issuers: { a: \(one), b: \(one) }").complaints()
        #expect(complaints.count == 1)
        #expect(
            complaints.first?.contains("identity_issuers.b.issuer: is also that of a") == true,
            "\(complaints)")
    }

    @Test("A rule that names an issuer nobody configured is refused")
    func unknown() throws {
        let github =
            "identity_issuers: { github: { \(Self.rest), algorithms: [ ES256 ], jwks_url: \"https://a/k\" } }"
        for (signers, fix) in [("", "add it under identity_issuers"), (github, "did you mean github?")] {
            let complaints = try Self.sample(signers, who: "\"sub:gihtub:repo:acme/*\"").complaints()
            #expect(complaints.count == 1)
            #expect(
                complaints.first?.contains("no issuer is called \"gihtub\" — \(fix)") == true, "\(complaints)"
            )
            let claims = try Self.sample(signers, who: "{ issuer: gihtub, claims: { a: b } }").complaints()
            #expect(claims.first?.contains("no issuer is called \"gihtub\" — \(fix)") == true, "\(claims)")
        }
    }
}
