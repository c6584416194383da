import Foundation
import Logging
import MayflyCore
import Synchronization

/// Gives one exporter every record, in order, each until it is taken; the state keeps how far it is.
///
/// If the process dies between a delivery and the record of it, the same records are delivered again. One that takes nothing
/// waits at its place for ever, costs no memory, and holds nobody else back.
final class ExporterFeed: Sendable {
    private struct State {
        var place: Int64?
        var waitingSince: Date?
        var failures = 0
        var failingSince: Date?
        var lastFailure: DeliveryFailure?
        var nextAttemptAt: Date?
        var lastDeliveredAt: Date?
    }

    let definition: AuditExporter
    private let sink: any AuditSink
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let backoff = Backoff(first: 1, most: 600)
    /// 0 to 1.
    private let random: @Sendable () -> Double
    private let state = Mutex(State())

    init(
        _ definition: AuditExporter, sink: any AuditSink, store: any Store, timekeeper: Timekeeper,
        logger: Logger,
        random: @escaping @Sendable () -> Double
    ) {
        self.definition = definition
        self.sink = sink
        self.store = store
        self.timekeeper = timekeeper
        self.random = random
        var logger = logger
        logger[metadataKey: "exporter"] = "\(definition.name)"
        self.logger = logger
    }

    /// - Parameter saved: where it stands on record, for one that has not looked yet.
    func health(lastDurable: Int64, saved: Int64?) -> TargetHealth {
        let state = state.withLock { $0 }
        let place = state.place ?? saved ?? lastDurable
        return TargetHealth(
            name: definition.name, kind: definition.kind, deliveredUpTo: place,
            lag: max(0, lastDurable - place),
            waitingSince: state.waitingSince, failures: state.failures, failingSince: state.failingSince,
            lastFailure: state.lastFailure, nextAttemptAt: state.nextAttemptAt,
            lastDeliveredAt: state.lastDeliveredAt)
    }

    /// Until cancelled.
    func run() async {
        while !Task.isCancelled {
            var pause = Duration.milliseconds(250)
            do {
                if try await goOn() { continue }
            } catch {
                logger.error("records not read", metadata: ["error": "\(error)"])
                pause = .seconds(1)
            }
            // Cancelled with the feed, which the loop looks at.
            _ = try? await timekeeper.sleep(for: pause)
        }
        await sink.close()
    }

    /// - Returns: whether there may be more at once.
    private func goOn() async throws(StoreError) -> Bool {
        let begun = state.withLock { $0.place }
        let place: Int64
        if let begun {
            place = begun
        } else {
            place = try await store.beginCursor(definition.exporter)
            state.withLock { $0.place = place }
        }
        let export = try await store.export(
            after: place, Set(AuditEvent.Action.allCases), limit: definition.batch)
        guard let first = export.records.first else { return false }
        state.withLock { $0.waitingSince = first.event.at }
        guard await deliver(export.records) else { return false }
        Failpoint.notificationDelivered.hit()
        state.withLock { state in
            state.place = export.upTo
            state.waitingSince = nil
        }
        do { try await store.moveCursor(definition.exporter, to: export.upTo) } catch {
            // What cannot be saved, as the disk is full, is delivered again after a restart.
            logger.error("deliveries not recorded", metadata: ["error": "\(error)"])
        }
        return export.records.count == definition.batch
    }

    /// Until they are taken.
    /// - Returns: false when cancelled.
    private func deliver(_ records: [AuditRecord]) async -> Bool {
        var attempts = 0
        while !Task.isCancelled {
            do {
                try await sink.deliver(records)
                succeeded()
                return true
            } catch {
                guard !Task.isCancelled else { return false }
                attempts += 1
                let delay = backoff.delay(after: attempts) * (0.75 + random() / 4)
                failed(error, nextIn: delay)
                // Cancelled with the feed, which the loop looks at.
                _ = try? await timekeeper.sleep(for: .seconds(delay))
            }
        }
        return false
    }

    private func succeeded() {
        let wasFailing = state.withLock { state in
            defer {
                state.lastDeliveredAt = timekeeper.now()
                (state.failingSince, state.lastFailure, state.nextAttemptAt) = (nil, nil, nil)
            }
            return state.failingSince != nil
        }
        if wasFailing { logger.notice("records go out again") }
    }

    private func failed(_ failure: DeliveryFailure, nextIn delay: TimeInterval) {
        let now = timekeeper.now()
        state.withLock { state in
            state.failures += 1
            state.failingSince = state.failingSince ?? now
            state.lastFailure = failure
            state.nextAttemptAt = now.addingTimeInterval(delay)
        }
        logger.warning("records not taken", metadata: ["failure": "\(failure)"])
    }
}
