import AsyncHTTPClient
import Foundation
package import MayflyAPI
package import MayflyCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts notifications to a webhook: over TLS that is verified, to the one address that is configured, in bounded time.
///
/// 2xx means taken. A redirect is a failure. What is answered beyond the status is neither kept nor waited for.
package final class WebhookCourier: Courier {
    /// Of an answer's body: read, so that the connection can be used again.
    private static let mostOfAnswer = 16 << 10

    private let webhook: NotificationTarget.Webhook
    private let timeout: Int
    private let secrets: any DeliverySecrets
    private let timekeeper: Timekeeper
    private let http: HTTPClient

    /// - Parameter timeout: seconds for one attempt in all.
    package init(
        _ webhook: NotificationTarget.Webhook, timeout: Int, secrets: any DeliverySecrets,
        timekeeper: Timekeeper
    ) {
        self.webhook = webhook
        self.timeout = timeout
        self.secrets = secrets
        self.timekeeper = timekeeper
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let ca = webhook.ca { tls.trustRoots = .file(ca) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(Int64(timeout))))
        configuration.httpVersion = .http1Only
        // Tried again later, by us, in order.
        configuration.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async {
        do { try await http.shutdown() } catch {
            // Shut down already: there is nothing left to close.
        }
    }

    package func deliver(_ message: NotificationMessage) async throws(DeliveryFailure) {
        let body: [UInt8]
        do {
            switch webhook.format {
            case .generic: body = Array(try MayflyJSON.encoder().encode(message))
            case .slack: body = Array(try MayflyJSON.encoder().encode(SlackMessage(message)))
            }
        } catch { throw .internal }
        try await deliver(body, type: MayflyJSON.contentType, event: message.event.rawValue, id: message.id)
    }

    /// - Parameters:
    ///   - type: the body's media type.
    ///   - id: the same when the same is delivered again.
    func deliver(_ body: [UInt8], type: String, event: String, id: String) async throws(DeliveryFailure) {
        let request = try request(body, type: type, event: event, id: id)
        let deadline = NIODeadline.now() + .seconds(Int64(timeout))
        let response: HTTPClientResponse
        do { response = try await http.execute(request, deadline: deadline) } catch {
            throw DeliveryFailure(error)
        }
        let status = Int(response.status.code)
        await Self.drain(response.body)
        switch status {
        case 200..<300: return
        case 300..<400: throw .redirected(status)
        default: throw .status(status)
        }
    }

    /// So that the connection can be used again. Not for long: the client's deadline ends with the head of an answer, and
    /// one whose body drips would hold us for ever.
    private static func drain(_ body: HTTPClientResponse.Body) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    var left = mostOfAnswer
                    for try await part in body {
                        left -= part.readableBytes
                        if left <= 0 { break }
                    }
                } catch {
                    // The status was the answer.
                }
            }
            // The network's time, as the deadline is. Cancelled when the body has ended.
            group.addTask { _ = try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func request(
        _ body: [UInt8], type: String, event: String, id: String
    ) throws(DeliveryFailure) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: try address())
        request.method = .POST
        request.headers.add(name: "Content-Type", value: type)
        request.headers.add(name: "User-Agent", value: "mayflyd/\(MayflyVersion.current)")
        request.headers.add(name: "Mayfly-Event", value: event)
        request.headers.add(name: "Mayfly-Delivery", value: id)
        if let file = webhook.secretFile {
            let signature = try DeliverySignature(body, at: timekeeper.now(), key: try secrets.key(in: file))
            request.headers.add(name: "Mayfly-Signature", value: signature.header)
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private func address() throws(DeliveryFailure) -> String {
        switch webhook.address {
        case .url(let url): return url
        case .file(let file):
            guard let url = WebhookAddress(try secrets.line(in: file)) else { throw .address }
            return url.text
        }
    }
}

extension DeliveryFailure {
    /// What a failure below HTTP means. Types and numbers are looked at, and no text of theirs is passed on: it may hold
    /// the address.
    fileprivate init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError:
            switch error {
            case .cancelled: self = .cancelled
            case .deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .tlsHandshakeTimeout,
                .getConnectionFromPoolTimeout:
                self = .timedOut
            default: self = .broken
            }
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: self = .notTrusted
        case is NIOConnectionError, is IOError, is SocketAddressError: self = .unreachable
        case ChannelError.connectTimeout: self = .timedOut
        default: self = .broken
        }
    }
}
