import Foundation

/// Where a job's identity token comes from. Asked at each call: tokens are short-lived, and some are renewed in place.
///
/// ```swift
/// let client = MayflyClient(token: .file("/var/run/secrets/tokens/mayfly"))
/// ```
public struct TokenSource: Sendable {
    /// Bytes, at most: what the daemon takes.
    static let largest = 16 * 1024

    let read: @Sendable () async throws(MayflyError) -> String

    /// A token as it is.
    public static func text(_ token: String) -> TokenSource {
        TokenSource { () async throws(MayflyError) in try checked(token, "the token") }
    }

    /// A file that holds one, such as a projected service account token of Kubernetes, which is renewed in place.
    public static func file(_ path: String) -> TokenSource {
        TokenSource { () async throws(MayflyError) in
            let bytes: Data
            do {
                let handle = try FileHandle(forReadingFrom: URL(filePath: path))
                defer { try? handle.close() }  // read, and nothing was written
                bytes = try handle.read(upToCount: largest + 2) ?? Data()
            } catch {
                throw MayflyError(
                    .tokenUnavailable, "\(path): no token can be read there", hint: "is --token-file right?")
            }
            return try checked(String(decoding: bytes, as: UTF8.self), path)
        }
    }

    /// A token of the job that this process is part of, which GitHub's runner makes for `audience`. The job needs
    /// `permissions: { id-token: write }`.
    /// - Parameter environment: with `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    /// - Returns: nil where these are not.
    public static func gitHubActions(audience: String, environment: [String: String]) -> TokenSource? {
        guard let url = environment["ACTIONS_ID_TOKEN_REQUEST_URL"], !url.isEmpty,
            let secret = environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], !secret.isEmpty
        else { return nil }
        let runner = GitHubTokens(url: url, secret: secret, audience: audience)
        return TokenSource { () async throws(MayflyError) in try await runner.token() }
    }

    /// What the environment gives: `MAYFLY_TOKEN_FILE`, `MAYFLY_TOKEN`, `MAYFLY_ID_TOKEN` (what to call it under GitLab's
    /// `id_tokens`); or, with `MAYFLY_TOKEN_AUDIENCE`, GitHub's runner. The first that is not empty counts.
    ///
    /// Where one is set and gives no token, as a secret that a CI job was not given, the call must not go out without: it
    /// would be the runner's uid that decides. So the source that is returned fails.
    /// - Returns: nil where none of these is set.
    public static func environment(_ environment: [String: String]) -> TokenSource? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = value("MAYFLY_TOKEN_FILE") { return .file(path) }
        if let token = value("MAYFLY_TOKEN") ?? value("MAYFLY_ID_TOKEN") { return .text(token) }
        if let audience = value("MAYFLY_TOKEN_AUDIENCE") {
            return .gitHubActions(audience: audience, environment: environment)
                ?? .failing(
                    "MAYFLY_TOKEN_AUDIENCE is set, and this is no job of GitHub's that may ask for a token",
                    hint: "give the job `permissions: { id-token: write }`, or unset MAYFLY_TOKEN_AUDIENCE")
        }
        return names.first { environment[$0] != nil }.map {
            .failing("\($0) is empty", hint: "give the job its token, or unset \($0)")
        }
    }

    private static let names = [
        "MAYFLY_TOKEN_FILE", "MAYFLY_TOKEN", "MAYFLY_ID_TOKEN", "MAYFLY_TOKEN_AUDIENCE",
    ]

    private static func failing(_ message: String, hint: String) -> TokenSource {
        TokenSource { () async throws(MayflyError) in
            throw MayflyError(.tokenUnavailable, message, hint: hint)
        }
    }

    /// What can stand in a header and is not too long; never shown.
    static func checked(_ text: String, _ source: String) throws(MayflyError) -> String {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.count <= largest,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw MayflyError(
                .tokenUnavailable, "\(source) holds no token", hint: "a JSON Web Token, in one line")
        }
        return token
    }
}
