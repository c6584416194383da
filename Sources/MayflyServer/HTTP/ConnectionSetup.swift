import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Sets up each accepted connection: the peer's identity first, then HTTP/1.1.
struct ConnectionSetup: ServerChildChannel {
    /// A connection that is ready to be served.
    struct Value: ServerChildChannelValue {
        let http: HTTP1Channel.Value
        let connection: Connection
        var channel: any Channel { http.channel }
    }

    typealias Responder = @Sendable (Request, Connection) async throws -> Response

    let limits: HTTPLimits
    let ledger: ConnectionLedger
    let respond: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        http { _, _, _ in }.setup(channel: channel, logger: logger).flatMapThrowing { http in
            let connection = Connection()
            let timer = ReceiveTimer(channel: channel, limits: limits)
            let pipeline = channel.pipeline.syncOperations
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                RequestHandler(timer: timer, bodyLimit: limits.discardedBody), position: .after(parser))
            try pipeline.addHandler(
                PeerHandler(
                    connection: connection, ledger: ledger, timer: timer, writeTimeout: limits.writeTimeout,
                    logger: logger),
                position: .first)
            return Value(http: http, connection: connection)
        }
    }

    func handle(value: Value, logger: Logger) async {
        let connection = value.connection
        await http { request, writer, _ in
            let response = try await respond(request, connection)
            try await writer.write(response: response.head, body: response.body)
        }.handle(value: value.http, logger: logger)
    }

    private func http(_ responder: @escaping HTTP1Channel.Responder) -> HTTP1Channel {
        HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: limits.idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerField, maxHeaderListSize: limits.headers,
                    maxHeaderFieldCount: limits.headerCount)))
    }
}
