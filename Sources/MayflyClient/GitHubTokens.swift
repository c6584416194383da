import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Asks GitHub's runner for identity tokens, over HTTPS and only when a call needs one.
/// https://docs.github.com/en/actions/reference/security/oidc
actor GitHubTokens {
    /// Seconds that one is used for: they live some minutes.
    private static let fresh: TimeInterval = 60
    private static let largest = 64 * 1024

    private let url: String
    private let secret: String
    private let audience: String
    /// A PEM file of the authorities that are trusted; nil for the system's.
    private let ca: String?
    private var known: (token: String, at: Date)?

    init(url: String, secret: String, audience: String, ca: String? = nil) {
        self.url = url
        self.secret = secret
        self.audience = audience
        self.ca = ca
    }

    private struct Answer: Decodable { var value: String }

    func token() async throws(MayflyError) -> String {
        if let known, abs(known.at.timeIntervalSinceNow) < Self.fresh { return known.token }
        let token = try TokenSource.checked(try await fetch(), "the runner's answer")
        known = (token, Date())
        return token
    }

    private func fetch() async throws(MayflyError) -> String {
        guard var components = URLComponents(string: url), components.scheme == "https" else {
            throw MayflyError(.tokenUnavailable, "ACTIONS_ID_TOKEN_REQUEST_URL is not an HTTPS address")
        }
        components.queryItems =
            (components.queryItems ?? []).filter { $0.name != "audience" } + [
                URLQueryItem(name: "audience", value: audience)
            ]
        var tls = TLSConfiguration.makeClientConfiguration()
        if let ca { tls.trustRoots = .file(ca) }
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(tlsConfiguration: tls, redirectConfiguration: .disallow))
        let answer = await ask(components.string ?? url, client)
        do { try await client.shutdown() } catch {
            // Closed already: nothing is left to close.
        }
        return try answer.get()
    }

    private func ask(_ url: String, _ client: HTTPClient) async -> Result<String, MayflyError> {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Authorization", value: "bearer \(secret)")
        request.headers.add(name: "Accept", value: "application/json")
        // No text of the failure is passed on: it may hold the URL, which is the runner's secret.
        let failure = MayflyError(
            .tokenUnavailable, "GitHub's runner gives no token",
            hint: "the job needs `permissions: { id-token: write }`")
        do {
            let response = try await client.execute(request, timeout: .seconds(10))
            guard response.status == .ok else { return .failure(failure) }
            let body = try await response.body.collect(upTo: Self.largest)
            let answer = try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
            return .success(answer.value)
        } catch {
            return .failure(failure)
        }
    }
}
