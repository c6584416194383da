import Glibc
import Logging
import NIOCore

/// The first handler of every connection: finds out who it is before a byte is read, and closes it if the kernel
/// does not say or if there are too many.
///
/// SO_PEERCRED is read when the channel becomes active. Reading is held back until then, so no request can be
/// seen without its caller.
final class PeerHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData

    private let connection: Connection
    private let ledger: ConnectionLedger
    private let timer: ReceiveTimer
    private let writeTimeout: TimeAmount
    private let logger: Logger
    private var admitted: PeerCredentials?
    private var readIsHeld = false
    private var stall: Scheduled<Void>?

    init(
        connection: Connection, ledger: ConnectionLedger, timer: ReceiveTimer, writeTimeout: TimeAmount,
        logger: Logger
    ) {
        self.connection = connection
        self.ledger = ledger
        self.timer = timer
        self.writeTimeout = writeTimeout
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { identify(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        identify(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave(context) }

    func read(context: ChannelHandlerContext) {
        if admitted == nil { readIsHeld = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard admitted != nil else { return }
        timer.receivedBytes()
        context.fireChannelRead(data)
    }

    /// A client that does not read its reply is given up after a while.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: writeTimeout) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    /// A caller that will send nothing more keeps no tether: half a connection cannot tell that its holder died.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { connection.close() }
        context.fireUserInboundEventTriggered(event)
    }

    private func identify(_ context: ChannelHandlerContext) {
        // Added to an active channel it is told of that twice.
        guard admitted == nil else { return }
        guard let provider = context.channel as? any SocketOptionProvider else {
            return context.close(promise: nil)
        }
        let answer: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        // On the channel's own event loop the future is fulfilled already, so this runs at once.
        answer.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let peer): self.admit(peer, context)
            case .failure(let error):
                self.logger.warning("peer unknown, connection closed", metadata: ["error": "\(error)"])
                context.close(promise: nil)
            }
        }
    }

    private func admit(_ peer: PeerCredentials, _ context: ChannelHandlerContext) {
        guard ledger.admit(context.channel, uid: peer.uid) else {
            logger.warning("too many connections, closed", metadata: ["uid": "\(peer.uid)"])
            return context.close(promise: nil)
        }
        admitted = peer
        connection.identify(as: peer)
        if readIsHeld { context.read() }
    }

    private func leave(_ context: ChannelHandlerContext) {
        connection.close()
        timer.stop()
        stall?.cancel()
        stall = nil
        if let peer = admitted { ledger.release(context.channel, uid: peer.uid) }
    }
}
