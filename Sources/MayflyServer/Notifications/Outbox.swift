import Foundation
import Logging
import MayflyCore
import Synchronization

/// Keeps a feed for each target of the configuration in force, and puts on record which leases end soon.
final class Outbox: Sendable {
    private struct Feed {
        let feed: TargetFeed
        let task: Task<Void, Never>
    }

    private struct State {
        var feeds: [String: Feed] = [:]
        var keeper: Task<Void, Never>?
        var warnBefore: TimeInterval?
        var isStopped = false
    }

    /// Leases that are put on record in one go.
    private static let warnedAtOnce = 200

    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let makeCourier: @Sendable (NotificationTarget) -> any Courier
    private let random: @Sendable () -> Double
    private let state = Mutex(State())

    init(
        store: any Store, timekeeper: Timekeeper, logger: Logger,
        makeCourier: @escaping @Sendable (NotificationTarget) -> any Courier,
        random: @escaping @Sendable () -> Double
    ) {
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
        self.makeCourier = makeCourier
        self.random = random
    }

    /// Gives each new target its place in the log, its end, and forgets those of targets that are gone. Before what is
    /// configured is in force: from then on nothing is missed.
    func prepare(_ notifications: Notifications) async throws(StoreError) {
        for target in notifications.targets { _ = try await store.beginCursor(target.exporter) }
        let named = Set(notifications.targets.map(\.exporter))
        for exporter in try await store.cursors().keys where exporter.isNotifying && !named.contains(exporter)
        {
            try await store.endCursor(exporter)
        }
    }

    /// Begins, goes on and ends feeds as it is configured.
    func put(_ notifications: Notifications, configuration: @escaping @Sendable () -> Configuration) {
        let composer = NotificationComposer(store: store, configuration: configuration)
        state.withLock { state in
            guard !state.isStopped else { return }
            let former = state.feeds
            state.feeds = [:]
            for target in notifications.targets {
                if let same = former[target.name], same.feed.target == target {
                    state.feeds[target.name] = same
                    continue
                }
                let before = former[target.name]?.task
                before?.cancel()
                let feed = TargetFeed(
                    target, courier: makeCourier(target), composer: composer, store: store,
                    timekeeper: timekeeper,
                    logger: logger, random: random)
                let task = Task {
                    // One after the other: two would tell the same things.
                    await before?.value
                    await feed.run()
                }
                state.feeds[target.name] = Feed(feed: feed, task: task)
            }
            for (name, feed) in former where state.feeds[name] == nil { feed.task.cancel() }
            let warns = notifications.targets.contains { $0.events.contains(.expiring) }
            state.warnBefore = warns ? TimeInterval(notifications.warnBefore) : nil
            if state.keeper == nil { state.keeper = Task { await self.warn() } }
        }
    }

    /// Cancels what is being delivered: it is delivered by the next life.
    func stop() async {
        let tasks = state.withLock { state in
            defer { (state.feeds, state.keeper, state.isStopped) = ([:], nil, true) }
            return state.feeds.values.map(\.task) + [state.keeper].compactMap { $0 }
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    func health() async throws(StoreError) -> [TargetHealth] {
        let last = try await store.lastDurable()
        let feeds = state.withLock { $0.feeds.values.map(\.feed) }
        guard !feeds.isEmpty else { return [] }
        let cursors = try await store.cursors()
        return feeds.map { $0.health(lastDurable: last, saved: cursors[$0.target.exporter]) }
            .sorted { $0.name < $1.name }
    }

    /// A look at an index each second, until cancelled.
    private func warn() async {
        while !Task.isCancelled {
            if let before = state.withLock({ $0.warnBefore }) { await warn(before) }
            // Cancelled with the outbox, which the loop looks at.
            _ = try? await timekeeper.sleep(for: .seconds(1))
        }
    }

    private func warn(_ before: TimeInterval) async {
        do {
            var warned: Int
            repeat {
                warned = try await store.warnExpiring(
                    now: timekeeper.now(), before: before, limit: Self.warnedAtOnce
                ).count
            } while warned == Self.warnedAtOnce && !Task.isCancelled
        } catch { logger.error("leases that end soon not recorded", metadata: ["error": "\(error)"]) }
    }
}
