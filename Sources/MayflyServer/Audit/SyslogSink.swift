import Foundation
import Glibc
package import MayflyCore
package import MayflyTrail
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Sends records to a syslog server: over a Unix socket a datagram each, over TCP and TLS (RFC 5425) with their length
/// before them (RFC 6587, section 3.4.1).
///
/// Syslog knows no receipt. Over TCP a batch counts as taken once the server's end has acknowledged its last byte: a
/// connection that a firewall forgot, or a server that died, costs no record. What a server then loses of what its system
/// took for it, nobody can tell.
package final class SyslogSink: AuditSink {
    private let syslog: AuditExporter.Syslog
    private let formatter: AuditFormatter
    private let timeout: Int
    private let host: String
    private let channel = Mutex<(any Channel)?>(nil)
    private let trouble = Mutex<TroubleKeeper?>(nil)
    private let work = BlockingWork("mayfly.syslog-sink")

    /// - Parameter timeout: seconds for one attempt in all.
    package init(_ syslog: AuditExporter.Syslog, formatter: AuditFormatter, timeout: Int) {
        self.syslog = syslog
        self.formatter = formatter
        self.timeout = timeout
        host = ProcessInfo.processInfo.hostName
    }

    package func close() async {
        let open = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        // One that is closed already needs no closing.
        try? await open?.close()
    }

    package func deliver(_ records: [AuditRecord]) async throws(DeliveryFailure) {
        let messages: [[UInt8]]
        do {
            messages = try records.map {
                try SyslogMessage($0, facility: syslog.facility, host: host, formatter: formatter).bytes
            }
        } catch { throw .internal }
        switch syslog.address {
        case .socket(let path):
            try await work.run(within: timeout + 1) { () throws(DeliveryFailure) in
                try self.send(messages, to: path)
            }
        case .tcp(let host, let port): try await send(messages, host, port, tls: nil)
        case .tls(let host, let port, let ca): try await send(messages, host, port, tls: try context(ca))
        }
    }

    // MARK: a Unix socket

    /// Blocks until each is taken, or the time is over: a server that does not read keeps a thread of ours alone.
    private func send(_ messages: [[UInt8]], to path: String) throws(DeliveryFailure) {
        let end = ContinuousClock.now + .seconds(timeout)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .internal }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .unreachable }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + 1)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard connected == 0 else { throw .unreachable }
        for message in messages {
            while Glibc.send(
                descriptor, message, message.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                != message.count
            {
                guard [EAGAIN, ENOBUFS, EINTR].contains(errno) else { throw .broken }
                guard ContinuousClock.now < end else { throw .timedOut }
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, 100)
            }
        }
    }

    // MARK: TCP and TLS

    private func context(_ ca: String?) throws(DeliveryFailure) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let ca { configuration.trustRoots = .file(ca) }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw .file("the file with the certificate authority cannot be used")
        }
    }

    private func send(
        _ messages: [[UInt8]], _ host: String, _ port: Int, tls: NIOSSLContext?
    ) async throws(DeliveryFailure) {
        let deadline = TimeAmount.seconds(Int64(timeout))
        do {
            let channel = try await connected(host, port, tls, within: deadline)
            var buffer = channel.allocator.buffer(capacity: messages.reduce(0) { $0 + $1.count + 8 })
            for message in messages {
                buffer.writeString("\(message.count) ")
                buffer.writeBytes(message)
            }
            // A server that takes nothing costs this exporter only, and not for ever.
            let limit = channel.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
            defer { limit.cancel() }
            try await channel.writeAndFlush(buffer)
            try await acknowledged(channel)
        } catch {
            // Once the event loop has come to the end of it.
            await close()
            throw Self.failure(trouble.withLock { $0 }?.error ?? error)
        }
    }

    /// Until nothing that was written waits for the other end any more, or the connection is closed, by the deadline too.
    private func acknowledged(_ channel: any Channel) async throws {
        guard let socket = channel as? any SocketOptionProvider else { return }
        while true {
            let memory: SocketMemory = try await socket.unsafeGetSocketOption(
                level: .socket, name: .init(rawValue: SocketMemory.option)
            ).get()
            if memory.queued == 0 { return }
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            try await channel.eventLoop.scheduleTask(in: .milliseconds(2)) {}.futureResult.get()
        }
    }

    /// What SO_MEMINFO gives (linux/sock_diag.h): of a TCP socket, `queued` is what is not acknowledged yet.
    private struct SocketMemory: Sendable {
        static let option: CInt = 55
        var received: UInt32 = 0
        var receiveBuffer: UInt32 = 0
        var sent: UInt32 = 0
        var sendBuffer: UInt32 = 0
        var allocated: UInt32 = 0
        var queued: UInt32 = 0
        var options: UInt32 = 0
        var backlog: UInt32 = 0
        var drops: UInt32 = 0
    }

    private func connected(
        _ host: String, _ port: Int, _ tls: NIOSSLContext?, within deadline: TimeAmount
    ) async throws -> any Channel {
        if let open = channel.withLock({ $0 }), open.isActive { return open }
        let keeper = TroubleKeeper()
        trouble.withLock { $0 = keeper }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(deadline)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let tls else { return }
                    // An address has no name to be told the server; the certificate has to be for it all the same.
                    let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host))
                    try channel.pipeline.syncOperations.addHandler(keeper)
                }
            }
        let open = try await bootstrap.connect(host: host, port: port).get()
        channel.withLock { $0 = open }
        return open
    }

    /// What a failure means; no text of it is passed on.
    private static func failure(_ error: any Error) -> DeliveryFailure {
        switch error {
        case let failure as DeliveryFailure: failure
        case is NIOConnectionError: .unreachable
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .notTrusted
        case ChannelError.connectTimeout: .timedOut
        case is CancellationError: .cancelled
        default: .broken
        }
    }
}
