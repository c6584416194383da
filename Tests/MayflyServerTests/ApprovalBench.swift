import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting

/// A broker with a profile that the owners, then security approve; a state in memory and a server that is a dictionary.
struct ApprovalBench {
    static let alice = Identity(uid: 1001, user: "alice", groups: ["developers"], pid: 1)
    static let aliceAdmin = Identity(uid: 1011, user: "alice-adm", groups: ["owners", "security"], pid: 1)
    static let bob = Identity(uid: 1002, user: "bob", groups: ["owners", "security", "developers"], pid: 2)
    static let carol = Identity(uid: 1003, user: "carol", groups: ["owners"], pid: 3)
    static let sam = Identity(uid: 1004, user: "sam", groups: ["security"], pid: 4)
    static let oscar = Identity(uid: 1005, user: "oscar", groups: ["oncall"], pid: 5)
    static let eve = Identity(uid: 1006, user: "eve", groups: ["developers"], pid: 6)
    static let auditor = Identity(uid: 1007, user: "dora", groups: ["dba"], pid: 7)
    static let database = DatabaseName(rawValue: "orders")!  // a literal that is a name
    static let write = ProfileName(rawValue: "orders-write")!  // a literal that is a name
    static let read = ProfileName(rawValue: "orders-read")!  // a literal that is a name

    static let terms = ApprovalTerms(steps: [
        ApprovalStep(
            name: "owner", approvers: [.group("owners")],
            escalations: [.init(after: 900, to: [.group("oncall")])]),
        ApprovalStep(name: "security", approvers: [.group("security")]),
    ])

    /// The people of the host.
    static let names = NameService(
        account: { uid throws(NameService.Failure) in
            everybody.first { $0.uid == uid }.map { Account(user: $0.user, groups: $0.groups) }
        }, userID: { name throws(NameService.Failure) in everybody.first { $0.user == name }?.uid })
    private static let everybody = [alice, aliceAdmin, bob, carol, sam, oscar, eve, auditor]

    let clock = ManualClock()
    let store: InMemoryStore
    let engine: FakeEngine
    let broker: Broker

    init(
        _ configuration: Configuration = configuration(), store: InMemoryStore = InMemoryStore(),
        users: UserDatabase? = nil
    ) async throws {
        let timekeeper = Timekeeper.manual(clock)
        let engine = FakeEngine(now: timekeeper.now)
        self.engine = engine
        self.store = store
        broker = Self.broker(configuration, store, engine, timekeeper, users)
        try await broker.start()
    }

    private static func broker(
        _ configuration: Configuration, _ store: InMemoryStore, _ engine: FakeEngine,
        _ timekeeper: Timekeeper, _ users: UserDatabase? = nil
    ) -> Broker {
        Broker(
            configuration: configuration, store: store, timekeeper: timekeeper, version: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, tokens: PlainApprovals(),
            directory: IdentityDirectory(names: users?.names ?? names, timekeeper: timekeeper),
            makeEngine: { _, _ in engine })
    }

    /// Another broker on the same state and server, as after a restart.
    func restarted(_ configuration: Configuration = configuration()) async throws -> Broker {
        await broker.stop()
        let next = Self.broker(configuration, store, engine, .manual(clock))
        try await next.start()
        return next
    }

    static func configuration(
        groups: [String] = ["orders_rw"], create: Profile.CreateRights? = nil,
        outcome: AccessRule.Outcome = .approval, perPerson: Int = 10,
        terms: ApprovalTerms = terms, validUntil: Date? = nil, first: [AccessRule] = [],
        authorities: [String] = []
    ) -> Configuration {
        let minutes = { (count: Int) in try! TTL(seconds: count * 60) }  // far below 30 days
        let profile = { (name: ProfileName, groups: [String]) in
            Profile(
                name: name, database: database, ttl: .init(default: minutes(30), max: minutes(480)),
                memberOf: groups, create: name == write ? create : nil,
                maxActive: .init(perPerson: perPerson, total: 100))
        }
        return Configuration(
            // a literal that is a tag
            installation: .init(name: "test", tag: InstallationTag(rawValue: "t")!),
            listen: .init(socket: "/nowhere", group: nil, mode: 0o600), statePath: "/nowhere",
            administrators: [.user("root")], auditors: [.group("dba")],
            databases: [
                database: DatabaseDefinition(
                    name: database, engine: .postgresql, hosts: ["db"], port: 5432, database: "orders",
                    tls: .init(mode: .verifyFull), account: .init(user: "mayfly", password: .none))
            ],
            profiles: [write: profile(write, groups), read: profile(read, ["orders_readonly"])],
            access: first + [
                AccessRule(
                    name: "write", who: [.group("developers")], profiles: [Glob("orders-write")],
                    outcome: outcome, validUntil: validUntil, approval: terms,
                    authorities: authorities),
                AccessRule(
                    name: "read", who: [.group("developers")], profiles: [Glob("orders-read")],
                    limits: .init(maxTTL: minutes(60))),
            ], people: People([Person(rawValue: "alice"): [.user("alice"), .user("alice-adm")]]))
    }

    func ask(
        _ profile: ProfileName = write, by identity: Identity = alice, ttl: Int? = nil, startAt: Date? = nil,
        key: String? = nil
    ) async throws -> Answer {
        try await broker.ask(
            LeaseRequest(
                profile: profile, ttl: try ttl.map { try TTL(seconds: $0) }, reason: nil, ticket: nil,
                startAt: startAt), by: identity, idempotencyKey: key)
    }

    /// A request of Alice's that waits.
    func pending(ttl: Int? = nil, key: String? = nil) async throws -> AccessRequest {
        guard case .waiting(let request) = try await ask(ttl: ttl, key: key) else {
            throw TestServerError.timedOut("a request that waits")
        }
        return request
    }

    @discardableResult
    func approve(_ request: AccessRequest, by identities: Identity...) async throws -> AccessRequest {
        var request = request
        for identity in identities {
            request = try await broker.vote(.approve, on: request.id.rawValue, reason: nil, by: identity)
        }
        return request
    }

    func approved(ttl: Int? = nil) async throws -> AccessRequest {
        try await approve(try await pending(ttl: ttl), by: Self.carol, Self.sam)
    }

    func redeem(_ request: AccessRequest, by identity: Identity = alice, key: String? = nil) async throws
        -> Issued
    {
        try await broker.redeem(request.id.rawValue, by: identity, idempotencyKey: key)
    }

    func state(_ request: AccessRequest) async throws -> AccessRequest.State? {
        try await store.request(request.id)?.state
    }

    func actions() async throws -> [AuditEvent.Action] {
        try await store.audit(AuditQuery(newest: true, limit: 100)).map(\.event.action)
    }

    /// Lets time pass, second by second, until something is so.
    func pass(until reached: () async throws -> Bool) async throws {
        try await eventually("it is so", within: .seconds(90)) {
            if try await reached() { return true }
            clock.advance(by: .seconds(1))
            await Task.yield()
            return try await reached()
        }
    }
}

/// What somebody is refused.
func refused(_ work: () async throws -> Any) async -> Refusal.Code? {
    do {
        _ = try await work()
        return nil
    } catch { return (error as? Refusal)?.code }
}
