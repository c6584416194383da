import Foundation
import MayflyTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A web server on the loopback interface, with a certificate of an authority of its own.
package final class HTTPSServer: Sendable {
    package struct Reply: Sendable {
        package var status: Int
        package var headers: [(String, String)]
        package var body: [UInt8]
        /// Never answers.
        package var hangs: Bool

        package init(
            _ body: [UInt8], status: Int = 200, headers: [(String, String)] = [], hangs: Bool = false
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.hangs = hangs
        }
    }

    package struct Asked: Sendable {
        package var uri: String
        package var authorization: String?
    }

    /// The authority's certificate, in PEM.
    package let ca: String
    package let port: Int
    private let directory: URL
    private let channel: any Channel
    private let state: Served

    /// What it answers with by now, and what it was asked.
    fileprivate final class Served: Sendable {
        let reply = Mutex(Reply([]))
        let asked = Mutex<[Asked]>([])
    }

    package var asked: [Asked] { state.asked.withLock { $0 } }
    package func answer(_ reply: Reply) { state.reply.withLock { $0 = reply } }

    /// - Parameter name: the host that its certificate is for.
    package init(name: String = "localhost") async throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "mayfly-https-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = { [directory] (file: String) in directory.appending(path: file).path }
        try await TestCommand.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=test authority", "-keyout", path("ca.key"), "-out", path("ca.pem"),
        ])
        try await TestCommand.run([
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=\(name)", "-keyout", path("key.pem"), "-out", path("csr.pem"),
        ])
        try Data("subjectAltName=DNS:\(name)\n".utf8).write(to: URL(filePath: path("san")))
        try await TestCommand.run([
            "openssl", "x509", "-req", "-in", path("csr.pem"), "-CA", path("ca.pem"), "-CAkey",
            path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", path("san"), "-out", path("cert.pem"),
        ])
        ca = path("ca.pem")
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(path("cert.pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: path("key.pem"), format: .pem)))
        let context = try NIOSSLContext(configuration: tls)
        let state = Served()
        self.state = state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Answering(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    package func stop() async throws {
        try await channel.close()
        try FileManager.default.removeItem(at: directory)
    }
}

/// One connection's requests.
private final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: HTTPSServer.Served
    init(_ state: HTTPSServer.Served) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        state.asked.withLock {
            $0.append(.init(uri: head.uri, authorization: head.headers.first(name: "Authorization")))
        }
        let reply = state.reply.withLock { $0 }
        guard !reply.hangs else { return }
        var headers = HTTPHeaders(reply.headers)
        headers.add(name: "Content-Length", value: "\(reply.body.count)")
        let status = HTTPResponseStatus(statusCode: reply.status)
        context.write(
            wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
