import Foundation
import Logging
import MayflyCore
import MayflyCrypto
import Synchronization

/// Gives one exporter every record, in order, each until it is taken; the state keeps how far it is.
///
/// If the process dies between a delivery and the record of it, the same records are delivered again. One that takes nothing
/// waits at its place for ever, costs no memory, and holds nobody else back.
final class ExporterFeed: Sendable {
    private struct State {
        var place: Int64?
        /// Of the record at `place`; nil where that was not seen in this life.
        var hash: String?
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
    private let damage: DamageLedger
    private let backoff = Backoff(first: 1, most: 600)
    /// 0 to 1.
    private let random: @Sendable () -> Double
    private let state = Mutex(State())

    init(
        _ definition: AuditExporter, sink: any AuditSink, store: any Store, timekeeper: Timekeeper,
        logger: Logger, damage: DamageLedger,
        random: @escaping @Sendable () -> Double
    ) {
        self.definition = definition
        self.sink = sink
        self.store = store
        self.timekeeper = timekeeper
        self.random = random
        self.damage = damage
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
        let durable = try await store.lastDurable()
        guard durable > place else { return false }
        let limit = Int(min(durable - place, Int64(definition.batch)))
        let entries = try await store.trail(after: place, limit: limit, isThorough: false)
            .filter { $0.sequence <= durable }
        let upTo = entries.count == limit ? entries.last?.sequence ?? durable : durable
        let records = try await sound(entries, after: place, upTo: upTo)
        if let first = records.first {
            state.withLock { $0.waitingSince = first.event.at }
            guard await deliver(records) else { return false }
            Failpoint.notificationDelivered.hit()
        }
        state.withLock { state in
            state.place = upTo
            state.hash = entries.last { $0.sequence == upTo }?.hash
            state.waitingSince = nil
        }
        do { try await store.moveCursor(definition.exporter, to: upTo) } catch {
            // What cannot be saved, as the disk is full, is delivered again after a restart.
            logger.error("deliveries not recorded", metadata: ["error": "\(error)"])
        }
        return entries.count == definition.batch
    }

    /// Those that are as they were written. Of others it is put on record that they are not, which then goes out too: one bad
    /// record keeps nobody from the rest, and none is passed over in silence.
    private func sound(
        _ entries: [TrailEntry], after place: Int64, upTo: Int64
    ) async throws(StoreError) -> [AuditRecord] {
        var (last, hash) = (place, state.withLock { $0.hash })
        var records: [AuditRecord] = []
        for entry in entries {
            if entry.sequence > last + 1 { try await missing(last + 1, entry.sequence - 1) }
            if let record = entry.record, entry.flaw == nil, entry.isAsHashed {
                if let hash, record.previousHash != hash, entry.sequence == last + 1 {
                    try await tell("\(entry.sequence)", "it does not follow the one before")
                }
                records.append(record)
            } else {
                try await tell(
                    "\(entry.sequence)", entry.flaw ?? "its content does not fit its hash: it was changed")
            }
            (last, hash) = (entry.sequence, entry.hash)
        }
        if last < upTo { try await missing(last + 1, upTo) }
        return records
    }

    private func missing(_ first: Int64, _ last: Int64) async throws(StoreError) {
        let pruned = try await store.pruned()?.sequence ?? 0
        guard last > pruned else { return }
        let first = max(first, pruned + 1)
        try await tell(first == last ? "\(first)" : "\(first) to \(last)", "it is missing")
    }

    private func tell(_ numbers: String, _ what: String) async throws(StoreError) {
        guard damage.isNews(numbers) else { return }
        logger.error("audit record damaged", metadata: ["record": "\(numbers)", "what": "\(what)"])
        do {
            try await store.record([
                AuditEvent(
                    at: timekeeper.now(), actor: .broker, action: .auditDamaged, outcome: .failed,
                    details: ["record": numbers, "why": what])
            ])
        } catch {
            damage.forget(numbers)
            throw error
        }
    }

    /// Until they are taken.
    /// - Returns: false when cancelled.
    private func deliver(_ records: [AuditRecord]) async -> Bool {
        var attempts = 0
        while !Task.isCancelled {
            do {
                try await sink.deliver(records)
                await succeeded()
                return true
            } catch {
                guard !Task.isCancelled else { return false }
                attempts += 1
                let delay = backoff.delay(after: attempts) * (0.75 + random() / 4)
                await failed(error, nextIn: delay)
                // Cancelled with the feed, which the loop looks at.
                _ = try? await timekeeper.sleep(for: .seconds(delay))
            }
        }
        return false
    }

    private func succeeded() async {
        let wasFailing = state.withLock { state in
            defer {
                state.lastDeliveredAt = timekeeper.now()
                (state.failingSince, state.lastFailure, state.nextAttemptAt) = (nil, nil, nil)
            }
            return state.failingSince != nil
        }
        guard wasFailing else { return }
        logger.notice("records go out again")
        await record(.notificationRecovered, .done, failure: nil)
    }

    private func failed(_ failure: DeliveryFailure, nextIn delay: TimeInterval) async {
        let now = timekeeper.now()
        let begins = state.withLock { state in
            defer {
                state.failures += 1
                state.failingSince = state.failingSince ?? now
                state.lastFailure = failure
                state.nextAttemptAt = now.addingTimeInterval(delay)
            }
            return state.failingSince == nil
        }
        logger.warning("records not taken", metadata: ["failure": "\(failure)"])
        if begins { await record(.notificationFailing, .failed, failure: failure) }
    }

    /// On record once for each time of trouble, as a target of notifications.
    private func record(
        _ action: AuditEvent.Action, _ outcome: AuditEvent.Outcome, failure: DeliveryFailure?
    ) async {
        var details = ["target": definition.name]
        details["failure"] = failure?.description
        let event = AuditEvent(
            at: timekeeper.now(), actor: .broker, action: action, outcome: outcome, details: details)
        do { try await store.record([event]) } catch {
            logger.error("state of an exporter not recorded", metadata: ["error": "\(error)"])
        }
    }
}

extension TrailEntry {
    fileprivate var isAsHashed: Bool {
        // A digest that cannot be made fits nothing.
        (try? SHA256Digest(hashing: body))?.hex == hash
    }
}
