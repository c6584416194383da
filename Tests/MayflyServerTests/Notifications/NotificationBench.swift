import Foundation
import Logging
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTesting

/// The broker of `ApprovalBench`, with targets that take what they are told or do not.
struct NotificationBench {
    let clock = ManualClock()
    let store = InMemoryStore()
    let engine: FakeEngine
    let couriers: [String: FakeCourier]
    let broker: Broker

    init(_ targets: [NotificationTarget] = [target("chat")], rules: [AccessRule] = []) async throws {
        let timekeeper = Timekeeper.manual(clock)
        engine = FakeEngine(now: timekeeper.now)
        couriers = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, FakeCourier()) })
        broker = Self.broker(Self.configuration(targets, rules), store, engine, timekeeper, couriers)
        try await broker.start()
    }

    static func target(
        _ name: String, events: Set<NotificationEvent> = Set(NotificationEvent.configurable),
        profiles: [Glob]? = nil, databases: [Glob]? = nil
    ) -> NotificationTarget {
        NotificationTarget(
            name: name, channel: .command(["/bin/true"]), events: events, profiles: profiles,
            databases: databases)
    }

    static func configuration(_ targets: [NotificationTarget], _ rules: [AccessRule] = []) -> Configuration {
        var configuration = ApprovalBench.configuration(first: rules)
        configuration.notifications.targets = targets
        return configuration
    }

    private static func broker(
        _ configuration: Configuration, _ store: InMemoryStore, _ engine: FakeEngine,
        _ timekeeper: Timekeeper,
        _ couriers: [String: FakeCourier]
    ) -> Broker {
        Broker(
            configuration: configuration, store: store, timekeeper: timekeeper, version: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, makeEngine: { _, _ in engine },
            makeCourier: { couriers[$0.name] ?? FakeCourier() }, random: { 1 })
    }

    /// Another broker on the same state and targets, as after a restart.
    func restarted(_ targets: [NotificationTarget]) async throws -> Broker {
        let next = Self.broker(Self.configuration(targets), store, engine, .manual(clock), couriers)
        try await next.start()
        return next
    }

    func courier(_ name: String = "chat") -> FakeCourier { couriers[name] ?? FakeCourier() }

    @discardableResult
    func ask(
        _ profile: ProfileName = ApprovalBench.read, by identity: Identity = ApprovalBench.alice,
        reason: String? = nil, isBreakGlass: Bool = false, ttl: Int? = nil
    ) async throws -> Answer {
        try await broker.ask(
            LeaseRequest(
                profile: profile, ttl: try ttl.map { try TTL(seconds: $0) },
                reason: try reason.map { try Reason(parsing: $0) }, ticket: nil, isBreakGlass: isBreakGlass),
            by: identity, idempotencyKey: nil)
    }

    /// Lets time pass, step by step, until something is so.
    func pass(
        _ what: String = "it is so", step: Duration = .milliseconds(500),
        until reached: () async throws -> Bool
    ) async throws {
        try await eventually(what) {
            if try await reached() { return true }
            clock.advance(by: step)
            await Task.yield()
            return try await reached()
        }
    }

    /// Until a target has dealt with everything.
    func settle(_ name: String = "chat") async throws {
        try await pass("\(name) is told all") {
            try await broker.notificationTargets().first { $0.name == name }?.lag == 0
        }
    }

    func actions() async throws -> [AuditEvent.Action] {
        try await store.audit(AuditQuery(limit: 1000)).map(\.event.action)
    }
}

extension Answer {
    var issued: Issued? {
        if case .issued(let issued) = self { issued } else { nil }
    }
    var waiting: MayflyCore.AccessRequest? {
        if case .waiting(let request) = self { request } else { nil }
    }
}
