import Foundation
import MayflyAPI
import MayflyCore
import MayflyTrail
import NIOCore
import ServiceLifecycle

/// The audit log as it grows, from a cursor on, with signs of life.
///
/// Ends with the daemon, and when the caller may no longer see what they saw: has lost a role. (A token opens none.)
/// Throws, which cuts the reply short, when the log cannot be read any more.
struct AuditStream: AsyncSequence, Sendable {
    static let pause = Duration.milliseconds(500)
    /// Pauses without a record before a sign of life; a caller that is gone is noticed by it.
    static let quietPauses = 20

    /// How often it is asked who the caller is by now: somebody thrown out of a group is out.
    static let freshness: TimeInterval = 10

    private let broker: any BrokerService
    private let directory: IdentityDirectory
    private let identity: Identity
    private let seesAll: Bool
    private let query: AuditQuery
    private let timekeeper: Timekeeper
    private let format: StreamFormat
    /// Given back when the stream is.
    private let place: PlaceLedger.Place

    /// - Throws: what the broker says to the question, while a problem document can still be the answer.
    init(
        broker: any BrokerService, directory: IdentityDirectory, identity: Identity, query: AuditQuery,
        timekeeper: Timekeeper, format: StreamFormat, place: PlaceLedger.Place
    ) async throws(Refusal) {
        self.broker = broker
        self.directory = directory
        self.identity = identity
        seesAll = await !broker.roles(of: identity).isEmpty
        self.timekeeper = timekeeper
        self.format = format
        self.place = place
        var query = query
        let last = try await broker.audit(AuditQuery(newest: true, limit: 1), by: identity).last
        query.after = query.after ?? last?.sequence ?? 0
        query.limit = 500
        self.query = query
    }

    func makeAsyncIterator() -> Iterator { Iterator(stream: self, query: query) }

    /// Who the caller is by now; nil when they may no longer see this.
    private func renewed() async throws(IdentityFailure) -> Identity? {
        let renewed = try await directory.renewed(identity)
        let mayNoLonger = await broker.roles(of: renewed).isEmpty && seesAll
        return mayNoLonger ? nil : renewed
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: AuditStream
        fileprivate var query: AuditQuery
        /// The first sign of life at once: the caller learns that the stream has begun.
        private var quiet = AuditStream.quietPauses

        private var identity: Identity
        private var askAgainAt: Date

        fileprivate init(stream: AuditStream, query: AuditQuery) {
            self.stream = stream
            self.query = query
            identity = stream.identity
            askAgainAt = stream.timekeeper.now().addingTimeInterval(AuditStream.freshness)
        }

        mutating func next() async throws -> ByteBuffer? {
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                let now = stream.timekeeper.now()
                if now >= askAgainAt {
                    guard let renewed = try await stream.renewed() else { return nil }
                    identity = renewed
                    askAgainAt = now.addingTimeInterval(AuditStream.freshness)
                }
                let records = try await stream.broker.audit(query, by: identity)
                if let last = records.last {
                    query.after = last.sequence
                    quiet = 0
                    return try parts(records)
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

        private func parts(_ records: [MayflyCore.AuditRecord]) throws -> ByteBuffer {
            var parts = ByteBuffer()
            for record in records {
                try stream.format.write(
                    MayflyAPI.AuditRecord(record), kind: record.event.action.rawValue,
                    number: record.sequence,
                    to: &parts)
            }
            return parts
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
