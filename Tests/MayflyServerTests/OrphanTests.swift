import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Roles that no lease knows, and roles that somebody altered: what the sweep and an administrator do with them.
struct OrphanTests {
    typealias Bench = BrokerTests.Bench
    static let root = Identity(uid: 0, user: "root", groups: [], pid: 9)
    static let orders = DatabaseName(rawValue: "orders")!  // a literal that is a name

    /// A role that the guard has made and that no state knows.
    static func orphan(
        _ engine: FakeEngine, _ random: Character = "a", until: Date = .distantFuture,
        requester: String = "alice", sessions: Int = 1, alterations: [RoleAlteration] = []
    ) -> LeaseID {
        let lease = LeaseID()
        let role = RoleName(rawValue: "mf_t_alice_\(String(repeating: random, count: 13))")!  // a role's name
        var made = FakeEngine.Role(
            reference: RoleReference(lease: lease, role: role), verifier: Verifier("x"), validUntil: until)
        made.requester = requester
        made.sessions = sessions
        made.alterations = alterations
        engine.existing[lease] = made
        return lease
    }

    func pass(until condition: () async throws -> Bool, _ bench: Bench) async throws {
        try await BrokerTests().pass(until: condition, bench)
    }

    /// The first sweep has come to its end.
    func awaitSweep(_ bench: Bench) async throws {
        // Each under a name of its own: what was reported is no news again.
        bench.engine.strays = ["mf_t_\(UUID().uuidString)"]
        let before = try await bench.actions().count { $0 == .roleStray }
        try await pass(until: { try await bench.actions().count { $0 == .roleStray } > before }, bench)
        bench.engine.strays = []
    }

    func state(_ bench: Bench) async throws -> DatabaseHealth {
        try #require(try await bench.broker.databases(by: Self.root).first)
    }

    @Test(
        "An orphan that turns up while the broker runs is reported, or dropped where the configuration says so"
    )
    func configured() async throws {
        for policy in DatabaseDefinition.Orphans.allCases {
            let bench = try await Bench(adjust: { $0.orphans = policy })
            try await awaitSweep(bench)
            let lease = Self.orphan(bench.engine)
            switch policy {
            case .drop:
                try await pass(until: { bench.engine.existing.isEmpty }, bench)
                try await pass(until: { try await bench.actions().contains(.roleUnknown) }, bench)
                #expect(try await !bench.actions().contains(.roleOrphan))
            case .report:
                try await pass(until: { try await bench.actions().contains(.roleOrphan) }, bench)
                for _ in 0..<3 { try await awaitSweep(bench) }
                #expect(bench.engine.existing.keys.contains(lease))
                #expect(try await bench.actions().count { $0 == .roleOrphan } == 1)
                #expect(
                    try await state(bench).findings.contains { $0.message.contains("1 roles that the state") }
                )
            }
            #expect(try await !bench.actions().contains(.safeModeOn))
            await bench.broker.stop()
        }
    }

    @Test(
        "What is certainly left over is ended whatever the configuration says, also in safe mode",
        arguments: ["probe", "overdue", "powers"])
    func leftOver(kind: String) async throws {
        let bench = try await Bench(prepare: { engine in
            _ = Self.orphan(engine, "k")
            switch kind {
            case "probe": _ = Self.orphan(engine, "p", requester: RoleStanding.probe)
            case "overdue": _ = Self.orphan(engine, "o", until: .distantPast)
            default: _ = Self.orphan(engine, "s", alterations: [.init(.superuser), .init(.powers)])
            }
        })
        try await pass(until: { bench.engine.existing.count == 1 }, bench)
        #expect(bench.engine.existing.values.first?.reference.role.rawValue.hasSuffix("k") == true)
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        await bench.broker.stop()
    }

    @Test("A role of a lease that is over is shown as that, and dropped with the others")
    func reapOver() async throws {
        let bench = try await Bench()
        try await awaitSweep(bench)
        let lease = try await bench.ask().lease
        let role = try #require(bench.engine.existing[lease.id])
        _ = try await bench.broker.revoke(.init(ids: [lease.id]), reason: nil, by: BrokerTests.alice)
        bench.engine.existing[lease.id] = role
        let seen = try await bench.broker.reap(.init(database: Self.orders, choice: .look), by: Self.root)
        #expect(seen.roles.map(\.report.kind) == [.over])
        #expect(seen.roles.first?.report.lease?.id == lease.id)
        await bench.broker.stop()
    }

    @Test("Of roles that are named one that ended meanwhile is said to be gone, and the others are dropped")
    func reapGone() async throws {
        let bench = try await Bench(prepare: { engine in
            for random: Character in ["a", "b"] { _ = Self.orphan(engine, random) }
        })
        try await pass(until: { try await bench.actions().contains(.safeModeOn) }, bench)
        let (a, b) = ("mf_t_alice_aaaaaaaaaaaaa", "mf_t_alice_bbbbbbbbbbbbb")
        for (id, role) in bench.engine.existing where role.reference.role.rawValue == a {
            bench.engine.existing[id] = nil
        }
        let answer = try await bench.broker.reap(
            .init(database: Self.orders, choice: .drop, roles: [a, b]), by: Self.root)
        let outcomes = answer.roles.map { role, outcome in
            switch outcome {
            case .gone: "\(role.role) gone"
            case .dropped: "\(role.role) dropped"
            case .found, .kept, .locked, .failed, .notOurs: "\(role.role) \(outcome)"
            }
        }
        #expect(outcomes.sorted() == ["\(a) gone", "\(b) dropped"])
        #expect(bench.engine.existing.isEmpty && !answer.safeMode.isOn)
        // What never was there is a mistake.
        await #expect(throws: Refusal.self) {
            try await bench.broker.reap(
                .init(database: Self.orders, choice: .drop, roles: [a, "mf_t_alice_zzzzzzzzzzzzz"]),
                by: Self.root)
        }
        await bench.broker.stop()
    }

    @Test("A leftover that cannot be dropped stays in the status until it is")
    func leftOverLocked() async throws {
        let bench = try await Bench()
        try await awaitSweep(bench)
        bench.engine.refuseDrops(.init(message: "owns a table"))
        _ = Self.orphan(bench.engine, until: .distantPast)
        try await pass(until: { try await bench.actions().contains(.roleUnknown) }, bench)
        try await awaitSweep(bench)
        #expect(try await state(bench).findings.contains { $0.message.contains("1 roles that the state") })
        #expect(try await bench.actions().count { $0 == .roleUnknown } == 1)
        bench.engine.refuseDrops(nil)
        try await pass(until: { bench.engine.existing.isEmpty }, bench)
        try await pass(until: { try await state(bench).findings.isEmpty }, bench)
        await bench.broker.stop()
    }

    @Test(
        "While nothing can be recorded the sweep ends all the same what is to be ended, and records it later")
    func unwritable() async throws {
        let bench = try await Bench()
        try await awaitSweep(bench)
        let powerful = try await bench.ask().lease
        let overdue = try await bench.ask().lease
        bench.store.fail(with: .unwritable("disk full"))
        bench.engine.existing[powerful.id]?.alterations = [.init(.superuser), .init(.powers)]
        bench.engine.existing[overdue.id]?.validUntil = .distantPast
        _ = Self.orphan(bench.engine, "o", until: .distantPast)
        bench.engine.strays = ["mf_t_stranger"]
        try await pass(until: { bench.engine.existing.isEmpty }, bench)
        try await pass(
            until: { try await state(bench).findings.contains { $0.message.contains("mf_t_stranger") } },
            bench)
        #expect(try await bench.states() == [.active, .active])
        bench.store.fail(with: nil)
        try await pass(
            until: {
                let actions = try await bench.actions()
                return actions.contains(.roleUnknown) && actions.contains(.roleStray)
                    && actions.count { $0 == .leaseRevoked } == 2
            }, bench)
        #expect(try await bench.store.lease(powerful.id)?.endReason == .altered)
        #expect(try await bench.store.lease(overdue.id)?.endReason == .expired)
        #expect(try await bench.actions().count { $0 == .roleUnknown } == 1)
        await bench.broker.stop()
    }

    @Test("Only administrators reap, only what is named, and only what no lease knows")
    func reapRefused() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        bench.engine.strays = ["mf_t_stranger"]
        let order = { (roles: Set<String>) in ReapOrder(database: Self.orders, choice: .drop, roles: roles) }
        await #expect(throws: Refusal.self) { try await bench.broker.reap(order([]), by: BrokerTests.dba) }
        for name in [lease.role.rawValue, "mf_t_stranger", "postgres", "mf_t_alice_zzzzzzzzzzzzz"] {
            await #expect(throws: Refusal.self) { try await bench.broker.reap(order([name]), by: Self.root) }
        }
        let nowhere = ReapOrder(database: DatabaseName(rawValue: "nowhere")!, choice: .look)  // a name
        await #expect(throws: Refusal.self) { try await bench.broker.reap(nowhere, by: Self.root) }
        #expect(bench.engine.existing.count == 1 && bench.engine.strays == ["mf_t_stranger"])
        #expect(try await bench.states() == [.active])
        let seen = try await bench.broker.reap(.init(database: Self.orders, choice: .look), by: Self.root)
        guard case .notOurs(let statement) = seen.roles.first?.outcome else {
            Issue.record("\(seen)")
            return
        }
        #expect(seen.roles.count == 1 && statement.contains("mf_t_stranger"))
        await bench.broker.stop()
    }

    @Test(
        "An altered role is reported once for each change, and revoked where that gives it power, or always")
    func altered() async throws {
        for policy in DatabaseDefinition.Altered.allCases {
            let bench = try await Bench(adjust: { $0.altered = policy })
            let lease = try await bench.ask().lease
            bench.engine.existing[lease.id]?.alterations = [.init(.settings)]
            if policy == .report {
                try await pass(until: { try await bench.actions().contains(.roleAltered) }, bench)
                for _ in 0..<3 { try await awaitSweep(bench) }
                #expect(try await bench.actions().count { $0 == .roleAltered } == 1)
                #expect(try await bench.states() == [.active])
                #expect(
                    try await state(bench).findings.contains { $0.message.contains("settings were changed") })
                bench.engine.existing[lease.id]?.alterations = [
                    .init(.settings), .init(.superuser), .init(.powers),
                ]
            }
            try await pass(until: { try await bench.states() == [.revoked] }, bench)
            #expect(try await bench.store.lease(lease.id)?.endReason == .altered)
            #expect(bench.engine.existing.isEmpty)
            #expect(try await bench.actions().count { $0 == .roleAltered } == (policy == .report ? 2 : 1))
            await bench.broker.stop()
        }
    }

    @Test(
        "A group that got a power is an error for each role in it, and ends none but where it is configured")
    func powerfulGroup() async throws {
        for policy in DatabaseDefinition.Altered.allCases {
            let bench = try await Bench(adjust: { $0.altered = policy })
            let lease = try await bench.ask().lease
            bench.engine.existing[lease.id]?.alterations = [.init("group_powers orders_readonly")]
            switch policy {
            case .report:
                try await pass(until: { try await bench.actions().contains(.roleAltered) }, bench)
                try await awaitSweep(bench)
                #expect(try await bench.states() == [.active])
                #expect(
                    try await state(bench).findings.contains {
                        $0.severity == .error && $0.message.contains("its group \"orders_readonly\"")
                    })
            case .revoke: try await pass(until: { try await bench.states() == [.revoked] }, bench)
            }
            await bench.broker.stop()
        }
    }

    @Test("Each state of a role is told beside its lease; others see their own only")
    func reports() async throws {
        let bench = try await Bench()
        let leased = try await bench.ask().lease
        let theirs = try await bench.ask(BrokerTests.bob).lease
        let over = try await bench.ask().lease
        let role = try #require(bench.engine.existing[over.id])
        _ = try await bench.broker.revoke(.init(ids: [over.id]), reason: nil, by: BrokerTests.alice)
        bench.engine.fail(with: nil)
        bench.engine.existing[over.id] = role
        bench.engine.existing[theirs.id] = nil
        let orphan = Self.orphan(bench.engine)
        bench.engine.strays = ["mf_t_stranger"]
        let all = try await bench.broker.roleReports(of: Self.orders, by: BrokerTests.dba).roles
        func kind(_ id: LeaseID) -> RoleReport.Kind? {
            all.first { ($0.lease?.id ?? $0.standing?.lease) == id }?.kind
        }
        #expect(kind(leased.id) == .leased && kind(orphan) == .orphan)
        #expect(kind(theirs.id) == .missing || kind(theirs.id) == nil)
        #expect(kind(over.id) == .over || kind(over.id) == nil)
        #expect(all.contains { $0.kind == .foreign && $0.role == "mf_t_stranger" })
        let own = try await bench.broker.roleReports(of: nil, by: BrokerTests.alice).roles
        #expect(Set(own.compactMap(\.lease?.id)).isSubset(of: [leased.id, over.id]))
        #expect(own.contains { $0.lease?.id == leased.id } && own.allSatisfy { $0.lease != nil })
        #expect(try await bench.broker.roleReports(of: nil, by: BrokerTests.eve).roles.isEmpty)

        bench.engine.fail(with: EngineFailure(.unreachable, "connection refused"))
        let none = try await bench.broker.roleReports(of: nil, by: BrokerTests.dba)
        #expect(none.roles.isEmpty && none.unavailable.map(\.database) == [Self.orders])
        await bench.broker.stop()
    }

    @Test("Who is behind a role: by the state, or by the register; nobody asks about others")
    func who() async throws {
        let bench = try await Bench()
        let lease = try await bench.ask().lease
        let known = try await bench.broker.who(lease.role.rawValue, on: nil, by: BrokerTests.alice)
        #expect(known.source == .state && known.lease?.id == lease.id)
        let atHost = try await bench.broker.who(
            lease.role.rawValue + "@10.0.0.7", on: nil, by: BrokerTests.dba)
        #expect(atHost.lease?.id == lease.id)
        // A name is nobody's proof: once the lease is over, who goes by its name is somebody else.
        _ = try await bench.broker.revoke(.init(ids: [lease.id]), reason: nil, by: BrokerTests.alice)
        let past = try await bench.broker.who(lease.role.rawValue, on: nil, by: BrokerTests.dba)
        #expect(past.source == .state && past.lease?.id == lease.id)
        bench.engine.strays = [lease.role.rawValue]
        let other = try await bench.broker.who(lease.role.rawValue, on: nil, by: BrokerTests.dba)
        #expect(other.source == .name && other.lease == nil && !other.isOurs)
        bench.engine.strays = []
        let orphan = Self.orphan(bench.engine, requester: "carol")
        let found = try await bench.broker.who("mf_t_alice_aaaaaaaaaaaaa", on: nil, by: BrokerTests.dba)
        #expect(
            found.source == .register && found.standing?.lease == orphan
                && found.standing?.requester == "carol")
        for (name, caller) in [
            (lease.role.rawValue, BrokerTests.bob), ("mf_t_alice_aaaaaaaaaaaaa", BrokerTests.bob),
            ("postgres", BrokerTests.dba), ("17", BrokerTests.dba), ("", BrokerTests.dba),
        ] {
            await #expect(throws: Refusal.self) { try await bench.broker.who(name, on: nil, by: caller) }
        }
        // Who has no lease there makes no server work, and a connection's number may be a long one.
        bench.engine.fail(with: EngineFailure(.unreachable, "asked"))
        for caller in [BrokerTests.bob, BrokerTests.dba] {
            let refusal = await #expect(throws: Refusal.self) {
                try await bench.broker.who("4294967296", on: Self.orders, by: caller)
            }
            #expect((refusal?.code == .notFound) == (caller == BrokerTests.bob))
        }
        await bench.broker.stop()
    }
}
