import Foundation
import MayflyAPI
import MayflyCore
import MayflyTrail
import NIOCore
import ServiceLifecycle

/// The audit log from one number to another, one JSON object a line: each record, a checkpoint after the last record that it
/// covers, a mark in the place of a record that is not as it was written, and at the end a mark that this is the end.
///
/// The end is that of the moment when it was asked for, and covered by a checkpoint of that moment. Memory is bounded by a page.
struct AuditExportStream: AsyncSequence, Sendable {
    private static let page = 500

    let broker: any BrokerService
    let after: Int64
    let end: Int64
    /// Given back when the stream is.
    let place: PlaceLedger.Place

    /// - Parameter signedUpTo: where it ends, if no other end is asked for; nil for its last record.
    /// - Throws: what the broker says to the question, while a problem document can still be the answer.
    init(
        broker: any BrokerService, after: Int64, to: Int64?, signedUpTo: Int64?, by identity: Identity,
        place: PlaceLedger.Place
    ) async throws(Refusal) {
        self.broker = broker
        self.after = after
        self.place = place
        if let signedUpTo {
            end = Swift.min(to ?? .max, signedUpTo)
            return
        }
        let last: Int64
        do {
            last =
                try await broker.audit(AuditQuery(newest: true, limit: 1), by: identity).last?.sequence ?? 0
        } catch {
            // The last one cannot be read: the export is how that is looked at.
            last = .max
        }
        end = Swift.min(to ?? .max, last)
    }

    func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    struct Iterator: AsyncIteratorProtocol {
        private let stream: AuditExportStream
        private var after: Int64
        private var checkpoints: ArraySlice<CheckpointEntry> = []
        private var lastCheckpoint: Int64 = 0
        private var areMoreCheckpoints = true
        private var isDone = false

        fileprivate init(stream: AuditExportStream) {
            self.stream = stream
            after = stream.after
        }

        mutating func next() async throws -> ByteBuffer? {
            guard !isDone, !Task.isShuttingDownGracefully, !Task.isCancelled else { return nil }
            var lines = ByteBuffer()
            let entries = try await stream.broker.trail(after: after, limit: AuditExportStream.page)
                .filter { $0.sequence <= stream.end }
            for entry in entries {
                try await write(checkpointsBefore: entry.sequence, to: &lines)
                try write(entry, to: &lines)
                after = entry.sequence
            }
            guard entries.count < AuditExportStream.page else { return lines }
            isDone = true
            try await write(checkpointsBefore: after + 1, to: &lines)
            let end = stream.end == .max ? after : Swift.max(stream.end, after)
            lines.writeBytes(try MayflyJSON.encoder().encode(AuditMark(end: end)))
            lines.writeString("\n")
            return lines
        }

        private func write(_ entry: TrailEntry, to lines: inout ByteBuffer) throws {
            let encoder = MayflyJSON.encoder()
            if let record = entry.record, entry.flaw == nil {
                lines.writeBytes(try encoder.encode(MayflyAPI.AuditRecord(record)))
            } else {
                let damaged = DamagedRecord(
                    seq: entry.sequence, what: entry.flaw ?? "its bytes cannot be read: it was changed",
                    body: Data(entry.body), hash: entry.hash)
                lines.writeBytes(try encoder.encode(AuditMark(damaged: damaged)))
            }
            lines.writeString("\n")
        }

        /// Those that cover no more than what was written; those of before the part that is asked for are left out.
        private mutating func write(checkpointsBefore sequence: Int64, to lines: inout ByteBuffer)
            async throws
        {
            while true {
                if checkpoints.isEmpty {
                    guard areMoreCheckpoints else { return }
                    let page = try await stream.broker.checkpointTrail(
                        after: lastCheckpoint, limit: AuditExportStream.page)
                    areMoreCheckpoints = page.count == AuditExportStream.page
                    checkpoints = page[...]
                    lastCheckpoint = page.last?.number ?? lastCheckpoint
                }
                guard let first = checkpoints.first else { return }
                guard let signed = first.signed else {
                    // What it covers is not known: it is told of where it is come to.
                    checkpoints.removeFirst()
                    let damaged = DamagedRecord(
                        seq: first.sequence, number: first.number,
                        what: "its bytes cannot be read: it was changed", body: Data(first.body), hash: "")
                    lines.writeBytes(try MayflyJSON.encoder().encode(AuditMark(damaged: damaged)))
                    lines.writeString("\n")
                    continue
                }
                guard signed.checkpoint.sequence < sequence else { return }
                checkpoints.removeFirst()
                if signed.checkpoint.sequence >= stream.after {
                    lines.writeBytes(try AuditMark.line(signed))
                }
            }
        }
    }
}
