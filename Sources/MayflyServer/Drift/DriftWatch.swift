import Foundation
package import Logging
package import MayflyCore
import Synchronization

/// Holds the group roles of a database's profiles against their scopes, at an interval. A difference is put on record once,
/// and again when it is another.
///
/// It only looks: privileges are a DBA's to give.
package final class DriftWatch: Sendable {
    private struct State {
        /// Nil until the state was read, or the server asked.
        var drifts: [ProfileName: Drift]?
        /// Profiles that were held against the server, in step or not, with the scope that they had then.
        var lookedAt: [ProfileName: Subject] = [:]
        var checkedAt: Date?
        /// Why the last look failed.
        var failure: EngineFailure?

        /// When the last look was, if two more have been due since: what was in step then may not be any more. Also while
        /// looks meet no server: they have connections of their own, and issuing may well go on.
        func staleSince(_ now: Date, every interval: Duration) -> Date? {
            guard let checkedAt,
                now.timeIntervalSince(checkedAt) > 2 * Double(interval.components.seconds)
            else { return nil }
            return checkedAt
        }
    }

    /// What of a profile is held against the server.
    private struct Subject: Equatable {
        let scope: Scope?
        let group: String?
        let memberOf: [String]
        let statements: [String]

        init(_ profile: Profile) {
            scope = profile.scope
            group = profile.group
            memberOf = profile.memberOf
            statements = profile.groupStatements
        }
    }

    private let database: DatabaseName
    private let engine: any DatabaseEngine
    private let store: any Store
    private let profiles: @Sendable () -> [Profile]
    private let interval: Duration
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let state = Mutex(State())
    /// The wait for the next look.
    private let nap = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter profiles: those in force, of this database.
    package init(
        database: DatabaseName, engine: any DatabaseEngine, store: any Store, interval: Duration,
        timekeeper: Timekeeper, logger: Logger, profiles: @escaping @Sendable () -> [Profile]
    ) {
        self.database = database
        self.engine = engine
        self.store = store
        self.interval = interval
        self.timekeeper = timekeeper
        self.logger = logger
        self.profiles = profiles
    }

    /// Looks every `interval`, and soon again when the server did not answer, until cancelled.
    package func run() async {
        while !Task.isCancelled {
            await look()
            let isUnknown = state.withLock { $0.failure != nil }
            await rest(for: isUnknown ? min(interval, .seconds(15)) : interval)
        }
    }

    /// The configuration is another: look again now.
    package func wake() { nap.withLock { $0?.cancel() } }

    private func rest(for duration: Duration) async {
        let timekeeper = timekeeper
        // Cancelled by `wake` or with the service: both mean to look again at once.
        let nap = Task { _ = try? await timekeeper.sleep(for: duration) }
        self.nap.withLock { $0 = nap }
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
        self.nap.withLock { $0 = nil }
    }

    /// One look. What cannot be put on record is tried again at the next.
    package func look() async {
        let scoped = profiles().filter { $0.scope != nil && !$0.retired }
        do {
            let before = try await known()
            guard !scoped.isEmpty || !before.isEmpty else { return }
            let plan = try await engine.plan(scoped)
            let now = timekeeper.now()
            var after: [ProfileName: Drift] = [:]
            for profile in plan.profiles where !profile.isInStep {
                let found = Drift(profile, since: before[profile.profile]?.since ?? now)
                after[profile.profile] = found
            }
            try await record(after, before: before, now)
            state.withLock { state in
                state.drifts = after
                state.lookedAt = Dictionary(
                    scoped.map { ($0.name, Subject($0)) }, uniquingKeysWith: { first, _ in first })
                state.checkedAt = now
                state.failure = nil
            }
        } catch let failure as EngineFailure {
            state.withLock { $0.failure = failure }
            logger.warning("group roles not looked at", metadata: ["failure": "\(failure)"])
        } catch {
            state.withLock { $0.failure = nil }  // the server answered
            logger.error("drift not recorded", metadata: ["error": "\(error)"])
        }
    }

    private static func memoKey(_ database: DatabaseName) -> String { "drift.\(database)" }

    /// What is on record.
    private func known() async throws -> [ProfileName: Drift] {
        if let drifts = state.withLock({ $0.drifts }) { return drifts }
        var drifts: [ProfileName: Drift] = [:]
        if let memo = try await store.memo(Self.memoKey(database)) {
            do { drifts = try JSONDecoder().decode([ProfileName: Drift].self, from: Data(memo.utf8)) } catch {
                // Of another version: what is different is found again, and recorded again.
                logger.warning("drift on record unreadable", metadata: ["error": "\(error)"])
            }
        }
        return state.withLock { state in
            if let drifts = state.drifts { return drifts }
            state.drifts = drifts
            return drifts
        }
    }

    /// The news and what is known by then, in one transaction.
    private func record(
        _ after: [ProfileName: Drift], before: [ProfileName: Drift], _ now: Date
    ) async throws {
        var events: [AuditEvent] = []
        for (name, drift) in after.sorted(by: { $0.key < $1.key })
        where !(before[name]?.isSame(as: drift) ?? false) {
            logger.warning(
                "group role differs from its scope",
                metadata: ["profile": "\(name)", "differences": "\(drift.differences.count)"])
            events.append(
                AuditEvent(
                    at: now, actor: .broker, action: .scopeDrifted, outcome: .failed,
                    subject: .init(database: database, profile: name),
                    details: [
                        "group": drift.group, "differences": String(drift.differences.count),
                        "statements": Drift.excerpt(drift.differences),
                    ]))
        }
        for (name, drift) in before.sorted(by: { $0.key < $1.key }) where after[name] == nil {
            events.append(
                AuditEvent(
                    at: now, actor: .broker, action: .scopeInStep,
                    subject: .init(database: database, profile: name), details: ["group": drift.group]))
        }
        guard !events.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let memo = String(decoding: try encoder.encode(after), as: UTF8.self)
        try await store.setMemo(Self.memoKey(database), to: after.isEmpty ? nil : memo, recording: events)
    }

    // MARK: - What follows from it

    /// Why nothing may be issued from a profile that says `on_drift: stop`; nil when that is not so.
    package func refusal(of profile: Profile) -> Refusal? {
        guard profile.onDrift == .stop, profile.scope != nil else { return nil }
        let now = timekeeper.now()
        let (drift, isKnown, staleSince) = state.withLock { state in
            (
                state.drifts?[profile.name], state.lookedAt[profile.name] == Subject(profile),
                state.staleSince(now, every: interval)
            )
        }
        if let drift {
            return Refusal(
                .scopeDrift,
                "the group role \(drift.group.quoted()) of \(profile.name) is not as its grants say since "
                    + "\(AuditEncoding.timestamp(drift.since)), and nothing is issued until it is",
                field: "profile", hint: "`mayfly status` and `mayflyd plan \(database)` say what a DBA runs")
        }
        if isKnown {
            guard let staleSince else { return nil }
            return Refusal(
                .scopeDrift,
                "the group role of \(profile.name) was last held against its grants at "
                    + "\(AuditEncoding.timestamp(staleSince)), and nothing is issued before it is again",
                field: "profile", hint: "try again in a moment; `mayfly status` says what keeps it")
        }
        return Refusal(
            .scopeDrift,
            "the group role of \(profile.name) was not held against its grants yet, and nothing is issued before",
            field: "profile", hint: "try again in a moment; `mayfly status` says what keeps it")
    }

    /// What somebody should look at.
    package var findings: [Finding] {
        let (drifts, failure) = state.withLock { ($0.drifts ?? [:], $0.failure) }
        var findings = drifts.sorted { $0.key < $1.key }.map { name, drift in
            let rest = drift.differences.filter { !drift.statements.contains($0) }
            let what =
                drift.statements.isEmpty ? rest : ["\(drift.statements.count) statements mend it"] + rest
            return Finding(
                .warning, "scope",
                "the group role \(drift.group.quoted()) of \(name) is not as its grants say: "
                    + Drift.excerpt(what, limit: 5).replacing("\n", with: "; "),
                statement: drift.statements.isEmpty
                    ? nil : Drift.excerpt(drift.statements.map { $0 + ";" }).replacing("\n", with: " "))
        }
        if let failure {
            findings.append(
                Finding(
                    .warning, "scope",
                    "group roles could not be held against their grants: \(failure.message)"))
        }
        return findings
    }

    /// How many differences each profile has.
    package var counts: [ProfileName: Int] {
        let found = state.withLock { $0.drifts ?? [:] }
        return Dictionary(
            profiles().filter { $0.scope != nil }.map { ($0.name, found[$0.name]?.differences.count ?? 0) },
            uniquingKeysWith: { first, _ in first })
    }
}
