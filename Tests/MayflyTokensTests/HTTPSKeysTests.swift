import Foundation
import MayflyCore
import Testing
import TokenForge

@testable import MayflyTokens

/// Against a real server with TLS, on the loopback interface.
@Suite("Keys over HTTPS")
struct HTTPSKeysTests {
    private func failure(_ url: String, _ ca: String?) async -> String? {
        do throws(KeySetFailure) {
            _ = try await HTTPSKeys.fetch(url, ca: ca)
            return nil
        } catch { return error.description }
    }

    @Test(
        "A verifier fetches the issuer's keys from where the configuration says, and believes what they sign")
    func believed() async throws {
        let server = try await HTTPSServer()
        let key = try await ForgedKey(.es256)
        server.answer(.init(try ForgedKey.set(key)))
        let issuer = TrustedSigner(
            name: "github", issuer: "https://tokens.example", audience: "mayfly-test", algorithms: [.es256],
            keys: .url("https://localhost:\(server.port)/keys", ca: server.ca))
        let verifier = SignatureVerifier(fetch: HTTPSKeys.fetch(_:ca:))
        let now = Int(Date().timeIntervalSince1970)
        let claims: [String: Any] = [
            "iss": "https://tokens.example", "aud": "mayfly-test", "sub": "a", "iat": now, "exp": now + 60,
        ]
        for _ in 0..<3 {
            let identity = try await verifier.identity(
                bearing: try key.token(claims), of: [issuer], now: Date())
            #expect(identity.subject == "a")
        }
        #expect(server.asked.map(\.uri) == ["/keys"])
        try await server.stop()
    }

    @Test(
        "Only the host that was asked, verified, answers; it is not followed elsewhere, nor listened to for ever"
    )
    func refused() async throws {
        let server = try await HTTPSServer()
        let url = "https://localhost:\(server.port)/keys"
        server.answer(.init(Array("{}".utf8)))
        #expect(await failure(url, server.ca) == nil)
        // The system does not know that authority, and the certificate is for another name.
        #expect(await failure(url, nil) != nil)
        #expect(await failure("https://127.0.0.1:\(server.port)/keys", server.ca) != nil)
        let stranger = try await HTTPSServer(name: "tokens.example")
        #expect(await failure("https://localhost:\(stranger.port)/keys", stranger.ca) != nil)
        #expect(await failure("https://localhost:\(stranger.port)/keys", server.ca) != nil)
        #expect(stranger.asked.isEmpty)

        let count = server.asked.count
        server.answer(.init([], status: 302, headers: [("Location", url + "/other")]))
        #expect(await failure(url, server.ca) == "the server answers with status 302")
        #expect(server.asked.count == count + 1)
        server.answer(.init([], status: 500))
        #expect(await failure(url, server.ca) == "the server answers with status 500")
        server.answer(.init([UInt8](repeating: 32, count: KeySet.largest + 1)))
        #expect(await failure(url, server.ca) == "it is larger than \(KeySet.largest) bytes")
        #expect(
            await failure("http://localhost:\(server.port)/keys", server.ca)
                == "it is not at an HTTPS address")
        try await server.stop()
        try await stranger.stop()
        #expect(await failure(url, nil) == "the server cannot be reached")
    }
}
