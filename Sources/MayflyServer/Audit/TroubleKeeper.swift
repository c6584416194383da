import NIOCore
import Synchronization

/// Keeps what a connection broke of, such as a certificate that is not trusted: whoever writes is told only that it is closed.
final class TroubleKeeper: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let first = Mutex<(any Error)?>(nil)

    var error: (any Error)? { first.withLock { $0 } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        first.withLock { $0 = $0 ?? error }
        context.close(promise: nil)
    }
}
