import Foundation
import Logging
import MayflyAPI
import MayflyCore
import Synchronization

/// Tells one target what is on record, in order, each until it is taken: the outbox is the audit log, and the state keeps
/// how far the target is.
///
/// If the process dies between a delivery and the record of it, the same notification is delivered again, under the same
/// id. A target that takes nothing waits at its place for ever, and holds nobody else back.
final class TargetFeed: Sendable {
    private struct State {
        /// All up to here is dealt with; nil before the first look.
        var place: Int64?
        /// How far the state on disk is.
        var saved: Int64 = 0
        var waitingSince: Date?
        var failures = 0
        var failingSince: Date?
        var lastFailure: DeliveryFailure?
        var nextAttemptAt: Date?
        var lastDeliveredAt: Date?
    }

    /// Records that are read in one go.
    private static let page = 100
    /// Records of no interest after which the place is saved: what is read again after a restart is told nobody.
    private static let unsavedAtMost: Int64 = 1000

    let target: NotificationTarget
    private let courier: any Courier
    private let composer: NotificationComposer
    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let backoff = Backoff(first: 1, most: 600)
    /// 0 to 1: retries of many targets, or of many brokers, don't come at once.
    private let random: @Sendable () -> Double
    private let state = Mutex(State())

    init(
        _ target: NotificationTarget, courier: any Courier, composer: NotificationComposer, store: any Store,
        timekeeper: Timekeeper, logger: Logger, random: @escaping @Sendable () -> Double
    ) {
        self.target = target
        self.courier = courier
        self.composer = composer
        self.store = store
        self.timekeeper = timekeeper
        self.random = random
        var logger = logger
        logger[metadataKey: "target"] = "\(target.name)"
        self.logger = logger
    }

    /// - Parameter saved: where it stands on record, for one that has not looked yet.
    func health(lastDurable: Int64, saved: Int64?) -> TargetHealth {
        let state = state.withLock { $0 }
        let kind =
            switch target.channel {
            case .webhook: "webhook"
            case .command: "command"
            }
        let place = state.place ?? saved ?? lastDurable
        return TargetHealth(
            name: target.name, kind: kind, deliveredUpTo: place, lag: max(0, lastDurable - place),
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
                logger.error("notifications not read", metadata: ["error": "\(error)"])
                pause = .seconds(1)
            }
            // Cancelled with the feed, which the loop looks at.
            _ = try? await timekeeper.sleep(for: pause)
        }
        await courier.close()
    }

    /// - Returns: whether there is more.
    private func goOn() async throws(StoreError) -> Bool {
        let begun = state.withLock { $0.place }
        let place: Int64
        if let begun {
            place = begun
        } else {
            place = try await store.beginCursor(target.exporter)
            state.withLock { ($0.place, $0.saved) = (place, place) }
        }
        let export = try await store.export(after: place, target.actions, limit: Self.page)
        for record in export.records {
            let events = target.events(told: record.event)
            for event in events {
                guard await deliver(try await composer.compose(event, told: record), of: record) else {
                    return false
                }
            }
            if !events.isEmpty { Failpoint.notificationDelivered.hit() }
            await move(to: record.sequence, isDelivered: !events.isEmpty)
        }
        await move(to: export.upTo, isDelivered: false)
        return export.upTo > place
    }

    /// What cannot be saved, as the disk is full, is delivered again after a restart.
    private func move(to place: Int64, isDelivered: Bool) async {
        let isDue = state.withLock { state in
            state.place = place
            state.waitingSince = nil
            return place > state.saved && (isDelivered || place - state.saved >= Self.unsavedAtMost)
        }
        guard isDue else { return }
        do {
            try await store.moveCursor(target.exporter, to: place)
            state.withLock { $0.saved = place }
        } catch { logger.error("deliveries not recorded", metadata: ["error": "\(error)"]) }
    }

    /// Until it is taken.
    /// - Returns: false when cancelled.
    private func deliver(_ message: NotificationMessage, of record: MayflyCore.AuditRecord) async -> Bool {
        state.withLock { $0.waitingSince = record.event.at }
        var attempts = 0
        while !Task.isCancelled {
            do {
                try await courier.deliver(message)
                await succeeded()
                return true
            } catch {
                guard !Task.isCancelled else { return false }
                attempts += 1
                let delay = backoff.delay(after: attempts) * (0.75 + random() / 4)
                await failed(error, nextIn: delay, message.id)
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
        logger.notice("notifications go out again")
        await record(.notificationRecovered, .done, failure: nil)
    }

    private func failed(_ failure: DeliveryFailure, nextIn delay: TimeInterval, _ id: String) async {
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
        logger.warning(
            "notification not taken", metadata: ["failure": "\(failure)", "notification": "\(id)"])
        if begins { await record(.notificationFailing, .failed, failure: failure) }
    }

    /// On record once for each time of trouble; told to nobody, which would have no end.
    private func record(
        _ action: AuditEvent.Action, _ outcome: AuditEvent.Outcome, failure: DeliveryFailure?
    ) async {
        var details = ["target": target.name]
        details["failure"] = failure?.description
        let event = AuditEvent(
            at: timekeeper.now(), actor: .broker, action: action, outcome: outcome, details: details)
        do { try await store.record([event]) } catch {
            logger.error("state of a target not recorded", metadata: ["error": "\(error)"])
        }
    }
}
