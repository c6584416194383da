import Logging
import MayflyCore
import Synchronization

/// Keeps a feed for each exporter of the configuration in force.
final class ExporterFeeds: Sendable {
    private struct Feed {
        let feed: ExporterFeed
        let task: Task<Void, Never>
    }

    private struct State {
        var feeds: [String: Feed] = [:]
        /// Those that were taken out and may not have ended yet: one of the same name waits for them.
        var ending: [String: Task<Void, Never>] = [:]
        var isStopped = false
    }

    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let makeSink: @Sendable (AuditExporter) -> any AuditSink
    private let random: @Sendable () -> Double
    private let damage = DamageLedger()
    private let state = Mutex(State())

    init(
        store: any Store, timekeeper: Timekeeper, logger: Logger,
        makeSink: @escaping @Sendable (AuditExporter) -> any AuditSink,
        random: @escaping @Sendable () -> Double
    ) {
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
        self.makeSink = makeSink
        self.random = random
    }

    /// As `Outbox.prepare`: a new one begins at the end of the log, one that is gone is forgotten. On record, with where: who
    /// takes an exporter out for a moment leaves a gap that can be seen.
    func prepare(_ exporters: [AuditExporter]) async throws(StoreError) {
        let known = try await store.cursors()
        let named = Set(exporters.map(\.exporter))
        let now = timekeeper.now()
        @Sendable func event(_ action: AuditEvent.Action, _ exporter: Exporter, _ place: Int64) -> AuditEvent
        {
            AuditEvent(
                at: now, actor: .broker, action: action,
                details: ["target": exporter.name, "up_to": String(place)])
        }
        try await store.changeCursors(
            beginning: exporters.map(\.exporter),
            ending: known.keys.filter { $0.isExporting && !named.contains($0) }
        ) { begun, ended in
            begun.sorted { $0.key.rawValue < $1.key.rawValue }.map { event(.exporterBegun, $0.key, $0.value) }
                + ended.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { event(.exporterEnded, $0.key, $0.value) }
        }
    }

    /// Begins, goes on and ends feeds as it is configured.
    func put(_ exporters: [AuditExporter]) {
        state.withLock { state in
            guard !state.isStopped else { return }
            let former = state.feeds
            state.feeds = [:]
            for exporter in exporters {
                if let same = former[exporter.name], same.feed.definition == exporter {
                    state.feeds[exporter.name] = same
                    continue
                }
                let before = former[exporter.name]?.task ?? state.ending.removeValue(forKey: exporter.name)
                before?.cancel()
                let feed = ExporterFeed(
                    exporter, sink: makeSink(exporter), store: store, timekeeper: timekeeper, logger: logger,
                    damage: damage, random: random)
                let task = Task {
                    // One after the other: two would tell the same things.
                    await before?.value
                    await feed.run()
                }
                state.feeds[exporter.name] = Feed(feed: feed, task: task)
            }
            for (name, feed) in former where state.feeds[name] == nil {
                feed.task.cancel()
                state.ending[name] = feed.task
            }
        }
    }

    /// Cancels what is being delivered: it is delivered by the next life.
    func stop() async {
        let tasks = state.withLock { state in
            defer { (state.feeds, state.ending, state.isStopped) = ([:], [:], true) }
            return state.feeds.values.map(\.task) + state.ending.values
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    func health() async throws(StoreError) -> [TargetHealth] {
        let last = try await store.lastDurable()
        let feeds = state.withLock { $0.feeds.values.map(\.feed) }
        guard !feeds.isEmpty else { return [] }
        let cursors = try await store.cursors()
        return feeds.map { $0.health(lastDurable: last, saved: cursors[$0.definition.exporter]) }
            .sorted { $0.name < $1.name }
    }
}
