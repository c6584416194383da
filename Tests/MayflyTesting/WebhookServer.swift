import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A real HTTP server on loopback that keeps what it is sent, and answers as it is told.
///
///     let server = try await WebhookServer { number in number == 1 ? .status(500) : .status(200) }
package final class WebhookServer: Sendable {
    package struct Received: Sendable {
        package var headers: [String: String]
        package var body: [UInt8]
    }

    package enum Answer: Sendable {
        case status(Int)
        case redirect(to: String)
        /// Nothing, for ever.
        case none
        /// 200, and a body without an end.
        case endless
        /// 200, and a body that comes a byte at a time, for ever.
        case dripping
    }

    package struct Certificate: Sendable {
        package let certificate: String
        package let key: String

        /// Self-signed, for a host, made by the openssl command in `directory`.
        package init(for host: String, in directory: String) async throws {
            certificate = "\(directory)/\(host).pem"
            key = "\(directory)/\(host).key"
            try await TestCommand.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days",
                "2", "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)", "-keyout", key, "-out",
                certificate,
            ])
        }
    }

    package let url: String
    private let channel: any Channel
    private let log: Log

    fileprivate final class Log: Sendable {
        let received = Mutex<[Received]>([])
        let answer: Mutex<@Sendable (Int) -> Answer>
        init(_ answer: @escaping @Sendable (Int) -> Answer) { self.answer = Mutex(answer) }
    }

    /// - Parameter answer: to the first request (1), the second, and so on.
    package init(
        certificate: Certificate? = nil, port: Int = 0,
        answer: @escaping @Sendable (Int) -> Answer = { _ in .status(200) }
    ) async throws {
        let log = Log(answer)
        var context: NIOSSLContext?
        if let certificate {
            context = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.certificate).map {
                        .certificate($0)
                    },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))))
        }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Handler(log: log))
                }
            }.bind(host: "127.0.0.1", port: port).get()
        self.log = log
        let scheme = certificate == nil ? "http" : "https"
        url = "\(scheme)://localhost:\(channel.localAddress?.port ?? 0)/hook"
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// What came whole, answered or not.
    package var received: [Received] { log.received.withLock { $0 } }

    /// Answers otherwise from now on.
    package func answer(_ answer: @escaping @Sendable (Int) -> Answer) {
        log.answer.withLock { $0 = answer }
    }

    package func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: Log
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(log: Log) { self.log = log }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let part): body += Array(part.readableBytesView)
            case .end: answer(context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func answer(_ context: ChannelHandlerContext) {
            var headers: [String: String] = [:]
            for (name, value) in head?.headers ?? [:] { headers[name.lowercased()] = value }
            let number = log.received.withLock { received in
                received.append(Received(headers: headers, body: body))
                return received.count
            }
            switch log.answer.withLock({ $0 })(number) {
            case .none: return
            case .status(let status): end(context, status, ["content-length": "0"])
            case .redirect(let url): end(context, 302, ["content-length": "0", "location": url])
            case .dripping:
                let head = HTTPResponseHead(
                    version: .http1_1, status: .ok, headers: ["transfer-encoding": "chunked"])
                context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
                drip(context)
            case .endless:
                let head = HTTPResponseHead(
                    version: .http1_1, status: .ok, headers: ["transfer-encoding": "chunked"])
                context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
                flood(context)
            }
        }

        private func end(_ context: ChannelHandlerContext, _ status: Int, _ headers: HTTPHeaders) {
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        private func drip(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "x")))), promise: nil)
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let this = NIOLoopBound(self, eventLoop: context.value.eventLoop)
            context.value.eventLoop.scheduleTask(in: .milliseconds(100)) { this.value.drip(context.value) }
        }

        private func flood(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let part = ByteBuffer(repeating: 0x78, count: 1024)
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let this = NIOLoopBound(self, eventLoop: context.value.eventLoop)
            context.value.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part)))).whenSuccess {
                this.value.flood(context.value)
            }
        }
    }
}
