import MayflyAPI
import NIOCore
import NIOHTTP1

/// Sees the parts of each request right after the parser: stops its deadlines, bounds what a refused body may
/// still send, and answers what is not HTTP with a problem document.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let timer: ReceiveTimer
    private let bodyLimit: Int
    private var bodyBytes = 0
    /// Requests that began and were not answered yet.
    private var unanswered = 0

    init(timer: ReceiveTimer, bodyLimit: Int) {
        self.timer = timer
        self.bodyLimit = bodyLimit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            bodyBytes = 0
            timer.receivedHead()
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            guard bodyBytes <= bodyLimit else { return context.close(promise: nil) }
        case .end:
            timer.receivedEnd()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, unanswered == 0 else {
            return context.fireErrorCaught(error)
        }
        // Nothing of the request reached the routes; they don't learn of it.
        let problem =
            switch error {
            case .headerOverflow:
                Problem(
                    .tooLarge, detail: "the headers are too large",
                    hint: "a header field has at most 17 KiB, all of them 24 KiB")
            default: Problem(.invalidRequest, detail: "this is not HTTP/1.1")
            }
        let reply = Reply.problem(problem)
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: problem.status),
            headers: HTTPHeaders(
                reply.headerLines + [
                    ("Content-Length", "\(reply.body.readableBytes)"), ("Connection", "close"),
                ]))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(reply.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
