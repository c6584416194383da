import Foundation
import Logging
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

@Suite struct OutboxTests {
    @Test("A lease by policy is told as requested and issued, in order, with whom and what it is about")
    func issued() async throws {
        let bench = try await NotificationBench()
        let issued = try #require(try await bench.ask(reason: "INC-7").issued)
        try await bench.settle()
        let told = bench.courier().taken
        #expect(told.map(\.event) == [.requested, .issued])
        let message = try #require(told.last)
        #expect(message.version == 1)
        #expect(message.installation == "test")
        #expect(message.recipients == ["user:alice"])
        #expect(message.request?.id == issued.request.id.rawValue)
        #expect(message.request?.reason == "INC-7")
        #expect(message.request?.rule == "read")
        #expect(message.lease?.role == issued.lease.role.rawValue)
        #expect(message.lease?.expiresAt == issued.lease.expiresAt)
        #expect(told.first?.summary == "alice asks for orders-read for 30m: \"INC-7\".")
        let record = try #require(
            try await bench.store.audit(AuditQuery(action: .leaseActive)).first)
        #expect(message.id == "test.\(record.sequence).\(record.hash.prefix(12)).issued")
        await bench.broker.stop()
    }

    @Test("What somebody did to a role is told to administrators and auditors, and so is safe mode")
    func behindOurBack() async throws {
        let bench = try await NotificationBench()
        let lease = try #require(try await bench.ask().issued).lease
        let now = Date()
        try await bench.store.record([
            AuditEvent(
                at: now, actor: .broker, action: .roleAltered,
                subject: .init(lease: lease.id, database: lease.database, role: lease.role),
                details: ["found": "is a member of \"a\u{1B}[2J\""]),
            AuditEvent(
                at: now, actor: .broker, action: .safeModeOn, subject: .init(database: lease.database),
                details: ["roles": "3"]),
            AuditEvent(
                at: now, actor: .broker, action: .safeModeOff, subject: .init(database: lease.database)),
        ])
        try await bench.settle()
        let told = bench.courier().taken.suffix(3)
        #expect(told.map(\.event) == [.roleAltered, .safeMode, .safeMode])
        #expect(
            told.first?.summary
                == "The login role \(lease.role) of alice's lease on \(lease.database) was altered behind our back: is a"
                + " member of \"a\\u{1b}[2J\".")
        #expect(told.last?.summary == "\(lease.database) is not in safe mode any more.")
        #expect(told.allSatisfy { !$0.recipients.contains("user:alice") })
        await bench.broker.stop()
    }

    @Test("Who decided for a job is told, not the runner's user alone")
    func job() async throws {
        let job = TokenOwnershipTests.orders
        let who = [Principal.claims(issuer: "github", ["repository": .text("acme/*")])]
        let bench = try await NotificationBench(rules: [
            AccessRule(name: "jobs", who: who, profiles: [Glob("orders-read")]),
            AccessRule(
                name: "glass", who: who, profiles: [Glob("orders-write")], outcome: .breakGlass,
                review: ReviewTerms(reviewers: [.group("owners")], dueWithin: 3600)),
        ])
        let name = "runner sub:github:repo:acme/orders:ref:refs/heads/main"
        _ = try #require(try await bench.ask(by: job).issued)
        _ = try #require(
            try await bench.ask(ApprovalBench.write, by: job, reason: "all is down", isBreakGlass: true)
                .issued)
        try await bench.settle()
        let told = bench.courier().taken
        #expect(told.map(\.event).contains(.reviewDue))
        for message in told {
            #expect(message.summary.hasPrefix(name), "\(message.summary)")
            #expect(message.request?.requester == name)
            if message.lease != nil { #expect(message.lease?.requester == name) }
        }
        #expect(told.last { $0.event == .reviewDue }?.details["requester"] == name)
        await bench.broker.stop()
    }

    @Test(
        "Each step tells its approvers, an escalation those who are asked more, and the end what came of it")
    func approval() async throws {
        let bench = try await NotificationBench()
        let request = try #require(try await bench.ask(ApprovalBench.write).waiting)
        try await bench.settle()
        let chat = bench.courier()
        #expect(chat.events == ["requested", "approval_needed"])
        #expect(chat.taken.last?.recipients == ["group:owners"])
        #expect(chat.taken.last?.request?.step == "owner")
        try await bench.pass(step: .seconds(5)) { chat.events.last == "escalated" }
        #expect(chat.taken.last?.recipients == ["group:owners", "group:oncall"])
        _ = try await bench.broker.vote(
            .approve, on: request.id.rawValue, reason: nil, by: ApprovalBench.carol)
        try await bench.settle()
        #expect(chat.events.suffix(1) == ["approval_needed"])
        #expect(chat.taken.last?.recipients == ["group:security"])
        #expect(chat.taken.last?.request?.step == "security")
        _ = try await bench.broker.vote(.approve, on: request.id.rawValue, reason: nil, by: ApprovalBench.sam)
        _ = try await bench.broker.redeem(request.id.rawValue, by: ApprovalBench.alice, idempotencyKey: nil)
        try await bench.settle()
        #expect(chat.events.suffix(2) == ["approved", "issued"])
        #expect(chat.taken.last?.recipients == ["user:alice"])

        let denied = try #require(try await bench.ask(ApprovalBench.write).waiting)
        _ = try await bench.broker.vote(
            .deny, on: denied.id.rawValue, reason: try Reason(parsing: "not <now>"), by: ApprovalBench.carol)
        let withdrawn = try #require(try await bench.ask(ApprovalBench.write).waiting)
        _ = try await bench.broker.withdraw(withdrawn.id.rawValue, by: ApprovalBench.alice)
        try await bench.settle()
        #expect(
            chat.events.suffix(6) == [
                "requested", "approval_needed", "denied", "requested", "approval_needed", "withdrawn",
            ])
        let no = try #require(chat.taken.first { $0.event == .denied })
        #expect(no.reason == "not <now>")
        #expect(no.summary == "alice's request for orders-write is denied by carol: \"not <now>\".")
        await bench.broker.stop()
    }

    @Test("Break-glass is told to whoever is named as approver or auditor")
    func breakGlass() async throws {
        let rule = AccessRule(
            name: "glass", who: [.group("developers")], profiles: [Glob("orders-write")],
            outcome: .breakGlass,
            review: ReviewTerms(reviewers: [.user("rita")]))
        let bench = try await NotificationBench(rules: [rule])
        _ = try await bench.ask(ApprovalBench.write, reason: "all is down", isBreakGlass: true)
        try await bench.settle()
        let told = try #require(bench.courier().taken.first { $0.event == .breakGlass })
        #expect(
            told.recipients == ["group:owners", "group:oncall", "group:security", "user:rita", "group:dba"])
        #expect(told.reason == "all is down")
        let due = try #require(bench.courier().taken.first { $0.event == .reviewDue })
        #expect(due.recipients == ["user:rita", "group:dba", "user:root"])
        await bench.broker.stop()
    }

    @Test("A lockdown is told when it is put in force and when it is over")
    func lockdown() async throws {
        let bench = try await NotificationBench()
        let root = Identity(uid: 0, user: "root", groups: [], pid: 1)
        let order = LockdownOrder(
            scope: .profile(ApprovalBench.read), reason: try Reason(parsing: "INC-9"), seconds: 30)
        _ = try await bench.broker.lockDown(order, by: root)
        try await bench.pass { bench.courier().taken.count == 2 }
        #expect(bench.courier().events == ["lockdown", "lockdown"])
        let told = try #require(bench.courier().taken.first)
        #expect(told.recipients == ["user:root", "group:dba"])
        #expect(told.summary.hasPrefix("root put a lockdown on "), "\(told.summary)")
        #expect(told.reason == "INC-9")
        await bench.broker.stop()
    }

    @Test("Before a lease ends its requester is warned, once, and then told of the end")
    func expiring() async throws {
        let bench = try await NotificationBench()
        let issued = try #require(try await bench.ask(ttl: 900).issued)
        let chat = bench.courier()
        try await bench.pass(step: .seconds(5)) { chat.events.contains("expired") }
        #expect(chat.events == ["requested", "issued", "expiring", "expired"])
        let warning = try #require(chat.taken.first { $0.event == .expiring })
        #expect(warning.recipients == ["user:alice"])
        let left = issued.lease.expiresAt.timeIntervalSince(warning.at)
        #expect(left <= 300 && left > 290)
        await bench.broker.stop()
    }

    @Test("A policy's refusal is told, and so is a role that cannot be ended")
    func trouble() async throws {
        let bench = try await NotificationBench()
        await #expect(throws: Refusal.self) { try await bench.ask(by: ApprovalBench.auditor) }
        try await bench.settle()
        #expect(bench.courier().events == ["denied"])
        #expect(bench.courier().taken.first?.recipients == ["user:dora"])
        await bench.broker.stop()
    }

    @Test("A target that fails is tried again, later and later, and takes all in order once it works")
    func backoff() async throws {
        let bench = try await NotificationBench()
        let chat = bench.courier()
        chat.fail(with: .status(500))
        try await bench.ask()
        try await bench.ask(by: ApprovalBench.eve)
        try await bench.pass { chat.attempts == 5 }
        try await eventually("the fifth failure is known") {
            try await bench.broker.notificationTargets().first?.failures == 5
        }
        // 1 + 2 + 4 + 8 seconds between five attempts.
        #expect(bench.clock.now.offset >= .seconds(15) && bench.clock.now.offset < .seconds(25))
        let health = try #require(try await bench.broker.notificationTargets().first)
        #expect(health.lastFailure == .status(500))
        #expect(health.lag > 0)
        #expect(health.waitingSince != nil && health.failingSince != nil && health.nextAttemptAt != nil)
        #expect(await bench.broker.health().status == .degraded)
        chat.fail(with: nil)
        try await bench.settle()
        #expect(chat.events == ["requested", "issued", "requested", "issued"])
        #expect(chat.taken.map(\.request?.requester) == ["alice", "alice", "eve", "eve"])
        #expect(Set(chat.taken.map(\.id)).count == 4)
        // One record of each, told to nobody.
        let actions = try await bench.actions()
        #expect(actions.count { $0 == .notificationFailing } == 1)
        #expect(actions.count { $0 == .notificationRecovered } == 1)
        #expect(try await bench.broker.notificationTargets().first?.failingSince == nil)
        await bench.broker.stop()
    }

    @Test("The wait grows to ten minutes and no further")
    func longest() async throws {
        let bench = try await NotificationBench()
        let chat = bench.courier()
        chat.fail(with: .unreachable)
        try await bench.ask(ttl: 30)
        try await eventually("twelve attempts") {
            bench.clock.advance(by: .seconds(30))
            await Task.yield()
            return chat.attempts >= 12
        }
        try await eventually("the last failure is known") {
            try await bench.broker.notificationTargets().first?.failures == chat.attempts
        }
        let health = try #require(try await bench.broker.notificationTargets().first)
        let now = Timekeeper.manual(bench.clock).now()
        let left = try #require(health.nextAttemptAt).timeIntervalSince(now)
        #expect(left <= 600 && left > 400)
        await bench.broker.stop()
    }

    @Test("A target that hangs holds back neither another nor who asks")
    func dead() async throws {
        let bench = try await NotificationBench([
            NotificationBench.target("chat"), NotificationBench.target("dead"),
            NotificationBench.target("slow"),
        ])
        bench.courier("dead").hang()
        bench.courier("slow").fail(with: .timedOut)
        for _ in 0..<5 { try await bench.ask() }
        try await bench.settle("chat")
        #expect(bench.courier("chat").events.count == 10)
        #expect(bench.courier("dead").attempts == 1)
        #expect(bench.courier("dead").taken.isEmpty)
        await bench.broker.stop()
    }

    @Test("A target is told what it asked for, of the profiles and databases that it asked for")
    func filters() async throws {
        let bench = try await NotificationBench([
            NotificationBench.target("all"),
            NotificationBench.target("issues", events: [.issued]),
            NotificationBench.target("writes", profiles: ["*-write"]),
            NotificationBench.target("others", databases: ["shop"]),
        ])
        try await bench.ask()
        try await bench.ask(ApprovalBench.write)
        for name in ["all", "issues", "writes", "others"] { try await bench.settle(name) }
        #expect(bench.courier("all").events == ["requested", "issued", "requested", "approval_needed"])
        #expect(bench.courier("issues").events == ["issued"])
        #expect(bench.courier("writes").events == ["requested", "approval_needed"])
        #expect(bench.courier("others").events == [])
        await bench.broker.stop()
    }

    @Test("A new target is told what happens from then on; one that is gone and comes back begins anew")
    func places() async throws {
        let bench = try await NotificationBench([])
        try await bench.ask()
        let late = [NotificationBench.target("late")]
        let told = FakeCourier()
        var configuration = NotificationBench.configuration(late)
        let broker = Broker(
            configuration: NotificationBench.configuration([]), store: bench.store,
            timekeeper: .manual(bench.clock),
            version: "test", logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeEngine: { [engine = bench.engine] _, _ in engine }, makeCourier: { _ in told })
        await bench.broker.stop()
        try await broker.start()
        try await broker.reload(configuration)
        func ask() async throws {
            _ = try await broker.ask(
                LeaseRequest(profile: ApprovalBench.read, ttl: nil, reason: nil, ticket: nil),
                by: ApprovalBench.alice, idempotencyKey: nil)
        }
        try await ask()
        try await bench.pass { told.events == ["requested", "issued"] }
        configuration.notifications.targets = []
        try await broker.reload(configuration)
        #expect(try await bench.store.cursors() == [:])
        try await ask()
        configuration.notifications.targets = late
        try await broker.reload(configuration)
        try await ask()
        try await bench.pass { told.taken.count == 4 }
        #expect(told.events == ["requested", "issued", "requested", "issued"])
        await broker.stop()
    }

    @Test("What was not taken before a restart is taken after it, under the same id, and nothing is left out")
    func restart() async throws {
        let targets = [NotificationBench.target("chat")]
        let bench = try await NotificationBench(targets)
        let chat = bench.courier()
        try await bench.ask()
        try await bench.settle()
        chat.fail(with: .unreachable)
        try await bench.ask(by: ApprovalBench.eve)
        try await bench.pass { chat.attempts > 3 }
        await bench.broker.stop()
        chat.fail(with: nil)
        let next = try await bench.restarted(targets)
        try await bench.pass { chat.taken.count == 4 }
        #expect(chat.events == ["requested", "issued", "requested", "issued"])
        #expect(Set(chat.taken.map(\.id)).count == 4)
        await next.stop()
    }

    @Test("What was taken and not put on record as taken is sent again, under the same id")
    func repeated() async throws {
        let targets = [NotificationBench.target("chat")]
        let bench = try await NotificationBench(targets)
        let chat = bench.courier()
        try await bench.ask()
        try await bench.settle()
        // From now on nothing can be recorded, as when the process is killed after a delivery.
        chat.fail(with: .unreachable)
        try await bench.ask(by: ApprovalBench.eve)
        try await bench.pass { chat.attempts > 3 }
        bench.store.fail(with: .unwritable("the disk is full"))
        chat.fail(with: nil)
        try await bench.settle()
        let before = chat.taken
        await bench.broker.stop()
        bench.store.fail(with: nil)
        let next = try await bench.restarted(targets)
        try await bench.pass { chat.taken.count == 6 }
        #expect(chat.taken.suffix(2).map(\.id) == before.suffix(2).map(\.id))
        await next.stop()
    }

    @Test("Metrics say how far each target is")
    func metrics() async throws {
        let bench = try await NotificationBench()
        bench.courier().fail(with: .status(503))
        try await bench.ask()
        func value(_ name: String) async -> Double? {
            await bench.broker.metrics().first { $0.name == name }?.samples
                .first { $0.labels == ["target": "chat"] }?.value
        }
        try await bench.pass { await value("mayfly_notifications_failures_total") == 2 }
        #expect(await value("mayfly_notifications_failing") == 1)
        #expect((await value("mayfly_notifications_lag") ?? 0) > 0)
        await bench.broker.stop()
    }
}
