import Foundation
import Logging
import MayflyCore
import MayflyCrypto
import MayflyServer
import MayflyTesting

/// A broker with second factors: `orders-read` takes one of who asks, `orders-write` one of its owners; and the app of
/// everybody who enrolled.
struct MFABench {
    static let alice = ApprovalBench.alice
    static let aliceAdmin = ApprovalBench.aliceAdmin
    static let carol = ApprovalBench.carol
    static let root = Identity(uid: 0, user: "root", groups: [], pid: 1)
    static let key = Array(UInt8(0)..<32)

    let clock = ManualClock()
    let store: InMemoryStore
    let engine: FakeEngine
    let broker: Broker

    init(_ store: InMemoryStore = InMemoryStore(), key: [UInt8] = key, mfa: MFATerms? = terms) async throws {
        let timekeeper = Timekeeper.manual(clock)
        let engine = FakeEngine(now: timekeeper.now)
        self.store = store
        self.engine = engine
        broker = Broker(
            configuration: Self.configuration(mfa), store: store, timekeeper: timekeeper, version: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            directory: IdentityDirectory(names: ApprovalBench.names),
            sealingKey: { _ in try SealingKey(copying: key) }, makeEngine: { _, _ in engine })
        try await broker.start()
    }

    static let terms = MFATerms(keyFile: "/nowhere", issuer: "Mayfly: test", attempts: 5)

    static func configuration(_ mfa: MFATerms?) -> Configuration {
        var configuration = ApprovalBench.configuration(
            terms: ApprovalTerms(steps: [
                ApprovalStep(name: "owner", approvers: [.group("owners")], mfa: true)
            ]),
            first: [
                AccessRule(
                    name: "read", who: [.group("developers")], profiles: [Glob("orders-read")],
                    requires: Requirements(mfa: MFADemand()))
            ])
        configuration.administrators = [.user("root"), .user("alice-adm")]
        configuration.mfa = mfa
        return configuration
    }

    /// An app that scanned the secret.
    struct App {
        let secret: [UInt8]

        init(_ uri: String) {
            let text = uri.split(separator: "secret=")[1].prefix(32)
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
            var (bits, count): (UInt64, Int) = (0, 0)
            var bytes: [UInt8] = []
            for character in text {
                bits = bits << 5 | UInt64(alphabet.firstIndex(of: character) ?? 0)
                count += 5
                if count >= 8 {
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(count - 8)))
                    count -= 8
                }
            }
            secret = bytes
        }

        func code(at date: Date, offset: Int64 = 0) throws -> OneTimeCode {
            try TOTP.code(try OneTimeSecret(copying: secret), step: TOTP.step(at: date) + offset)
        }

        /// One that is right at no step near that.
        func wrong(at date: Date) throws -> OneTimeCode {
            let right = try (-2...2).map { try code(at: date, offset: $0) }
            return try (0..<9).map { OneTimeCode(number: $0) }.first { !right.contains($0) }
                ?? code(at: .distantPast)
        }
    }

    var now: Date { Timekeeper.manual(clock).now() }

    /// The next step: a code that was used is over.
    func nextStep() { clock.advance(by: .seconds(30)) }

    /// Enrols and confirms, and lets the code's step pass.
    func enrolled(_ identity: Identity = alice) async throws -> App {
        let app = App(try await broker.enrol(by: identity).uri)
        _ = try await broker.confirmEnrolment(try app.code(at: now), by: identity)
        nextStep()
        return app
    }

    func prove(_ code: OneTimeCode, by identity: Identity = alice) async throws -> Identity {
        var identity = identity
        identity.mfa = try await broker.prove(code, for: "test", by: identity)
        return identity
    }

    func ask(_ profile: ProfileName = ApprovalBench.read, by identity: Identity, key: String? = nil)
        async throws
        -> Answer
    {
        try await broker.ask(
            LeaseRequest(profile: profile, ttl: nil, reason: nil, ticket: nil), by: identity,
            idempotencyKey: key)
    }

    func audit(_ action: AuditEvent.Action) async throws -> [AuditEvent] {
        try await store.audit(AuditQuery(action: action)).map(\.event)
    }
}
