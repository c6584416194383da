import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Gets a key set over HTTPS: from the host that was asked, verified, in bounded time and size, and from nowhere else.
package enum HTTPSKeys {
    private static let deadline = TimeAmount.seconds(10)

    /// - Parameter ca: a PEM file of the authorities that are trusted; nil for the system's.
    package static func fetch(_ url: String, ca: String?) async throws(KeySetFailure) -> [UInt8] {
        guard url.hasPrefix("https://") else { throw KeySetFailure("it is not at an HTTPS address") }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.certificateVerification = .fullVerification
        if let ca { tls.trustRoots = .file(ca) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: deadline))
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result = await bytes(url, client)
        do { try await client.shutdown() } catch {
            // Closed already: nothing is left to close.
        }
        return try result.get()
    }

    private static func bytes(_ url: String, _ client: HTTPClient) async -> Result<[UInt8], KeySetFailure> {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json, application/jwk-set+json")
        request.headers.add(name: "User-Agent", value: "mayflyd")
        do {
            let response = try await client.execute(request, timeout: deadline)
            guard response.status == .ok else {
                return .failure(KeySetFailure("the server answers with status \(response.status.code)"))
            }
            return .success(Array(try await response.body.collect(upTo: KeySet.largest).readableBytesView))
        } catch is NIOTooManyBytesError {
            return .failure(KeySetFailure("it is larger than \(KeySet.largest) bytes"))
        } catch {
            return .failure(KeySetFailure(text(error)))
        }
    }

    /// By type, as texts of others may hold anything.
    private static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOSSLError:
            if case .handshakeFailed = error {
                return "the server's certificate is not trusted, or TLS failed"
            }
            return "TLS failed"
        case is NIOSSLExtraError: return "the server's certificate is for another host"
        case let error as HTTPClientError
        where [.deadlineExceeded, .readTimeout, .connectTimeout].contains(error):
            return "the server does not answer in time"
        case is CancellationError: return "it was interrupted"
        default: return "the server cannot be reached"
        }
    }
}
