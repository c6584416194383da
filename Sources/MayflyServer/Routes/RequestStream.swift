import Foundation
import MayflyAPI
import MayflyCore
import NIOCore
import ServiceLifecycle

/// One request as it stands, and again whenever it changes, until it has ended; with signs of life.
///
/// Ends with the daemon too, and when the caller may no longer see what they saw.
struct RequestStream: AsyncSequence, Sendable {
    let broker: any BrokerService
    let directory: IdentityDirectory
    let identity: Identity
    let request: RequestID
    let timekeeper: Timekeeper
    let format: StreamFormat
    /// Given back when the stream is.
    let place: PlaceLedger.Place

    func makeAsyncIterator() -> Iterator {
        Iterator(stream: self, askAgainAt: timekeeper.now().addingTimeInterval(AuditStream.freshness))
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: RequestStream
        fileprivate var askAgainAt: Date
        private var quiet = 0
        private var last: MayflyCore.AccessRequest?
        private var renewed: Identity?

        fileprivate init(stream: RequestStream, askAgainAt: Date) {
            self.stream = stream
            self.askAgainAt = askAgainAt
        }

        mutating func next() async throws -> ByteBuffer? {
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                guard last?.state.isFinal != true else { return nil }
                let now = stream.timekeeper.now()
                if now >= askAgainAt {
                    renewed = try await stream.directory.renewed(stream.identity)
                    askAgainAt = now.addingTimeInterval(AuditStream.freshness)
                }
                let request = try await stream.broker.request(
                    stream.request.rawValue, by: renewed ?? stream.identity)
                if request != last {
                    last = request
                    quiet = 0
                    var line = ByteBuffer()
                    try stream.format.write(
                        MayflyAPI.AccessRequest(request), kind: request.state.rawValue, to: &line)
                    return line
                }
                if quiet >= AuditStream.quietPauses {
                    quiet = 0
                    return stream.format.signOfLife
                }
                quiet += 1
                await rest()
            }
            return nil
        }

        /// Cut short when the daemon ends.
        private func rest() async {
            let timekeeper = stream.timekeeper
            do {
                try await cancelWhenGracefulShutdown { try await timekeeper.sleep(for: AuditStream.pause) }
            } catch {
                // Cancelled: the loop looks why.
            }
        }
    }
}

extension IdentityDirectory {
    /// The same caller as the user database has them by now; what a token said stays.
    func renewed(_ identity: Identity) async throws(IdentityFailure) -> Identity {
        var renewed = try await self.identity(
            of: PeerCredentials(pid: identity.pid ?? 0, uid: identity.uid, gid: .max))
        renewed.token = identity.token
        return renewed
    }
}
