import Foundation
import MayflyAPI
import MayflyCore
import NIOCore
import ServiceLifecycle

/// The audit log as it grows: one record a line, from a cursor on; an empty line as a sign of life.
///
/// Ends with the daemon. Throws, which cuts the reply short, when the log cannot be read any more.
struct AuditStream: AsyncSequence, Sendable {
    static let pause = Duration.milliseconds(500)
    /// Pauses without a record before an empty line; a caller that is gone is noticed by it.
    static let quietPauses = 20

    private let broker: any BrokerService
    private let identity: Identity
    private let query: AuditQuery
    private let timekeeper: Timekeeper
    /// Given back when the stream is.
    private let place: StreamLedger.Place

    /// - Throws: what the broker says to the question, while a problem document can still be the answer.
    init(
        broker: any BrokerService, identity: Identity, query: AuditQuery, timekeeper: Timekeeper,
        place: StreamLedger.Place
    ) async throws(Refusal) {
        self.broker = broker
        self.identity = identity
        self.timekeeper = timekeeper
        self.place = place
        var query = query
        let last = try await broker.audit(AuditQuery(newest: true, limit: 1), by: identity).last
        query.after = query.after ?? last?.sequence ?? 0
        query.limit = 500
        self.query = query
    }

    func makeAsyncIterator() -> Iterator { Iterator(stream: self, query: query) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: AuditStream
        fileprivate var query: AuditQuery
        /// The first empty line at once: the caller learns that the stream has begun.
        private var quiet = AuditStream.quietPauses

        fileprivate init(stream: AuditStream, query: AuditQuery) {
            self.stream = stream
            self.query = query
        }

        mutating func next() async throws -> ByteBuffer? {
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let records = try await stream.broker.audit(query, by: stream.identity)
                if let last = records.last {
                    query.after = last.sequence
                    quiet = 0
                    return try lines(records)
                }
                if quiet >= AuditStream.quietPauses {
                    quiet = 0
                    return ByteBuffer(string: "\n")
                }
                quiet += 1
                await rest()
            }
            return nil
        }

        private func lines(_ records: [MayflyCore.AuditRecord]) throws -> ByteBuffer {
            var lines = ByteBuffer()
            for record in records {
                lines.writeBytes(try MayflyJSON.encoder().encode(MayflyAPI.AuditRecord(record)))
                lines.writeString("\n")
            }
            return lines
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
