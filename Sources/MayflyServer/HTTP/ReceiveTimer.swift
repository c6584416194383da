import NIOCore

/// The deadlines of receiving one request. Belongs to one event loop, and to the two handlers that share it: one
/// sees bytes, the other knows what they were.
final class ReceiveTimer {
    private enum Phase {
        /// No byte of a request yet. Can become `head`.
        case idle
        /// Some bytes of a head. Can become `body`.
        case head
        /// The head is there. Can become `idle`.
        case body
    }

    private var phase = Phase.idle
    private var pending: Scheduled<Void>?
    private let channel: any Channel
    private let limits: HTTPLimits

    init(channel: any Channel, limits: HTTPLimits) {
        self.channel = channel
        self.limits = limits
    }

    func receivedBytes() {
        guard phase == .idle else { return }
        phase = .head
        closeChannel(after: limits.headTimeout)
    }

    func receivedHead() {
        phase = .body
        closeChannel(after: limits.bodyTimeout)
    }

    func receivedEnd() { stop() }

    func stop() {
        phase = .idle
        pending?.cancel()
        pending = nil
    }

    private func closeChannel(after delay: TimeAmount) {
        pending?.cancel()
        pending = channel.eventLoop.scheduleTask(in: delay) { [channel] in channel.close(promise: nil) }
    }
}
