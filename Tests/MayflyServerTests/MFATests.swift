import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Second factors, with a clock that the tests move.
struct MFATests {
    typealias Bench = MFABench

    @Test("Who enrolled and brings a code is given what takes one; without a code they are not")
    func story() async throws {
        let bench = try await Bench()
        #expect(await refused { try await bench.ask(by: Bench.alice) } == .mfaRequired)
        let app = try await bench.enrolled()
        #expect(await refused { try await bench.ask(by: Bench.alice) } == .mfaRequired)
        let proven = try await bench.prove(try app.code(at: bench.now))
        guard case .issued = try await bench.ask(by: proven) else {
            Issue.record("not issued")
            return
        }
        // A proof is for its call: there is no session that the next could rest on.
        #expect(await refused { try await bench.ask(by: Bench.alice) } == .mfaRequired)
        let actions = try await bench.store.audit(AuditQuery()).map(\.event.action)
        #expect(
            actions.filter { $0.rawValue.hasPrefix("mfa.") } == [.mfaEnrolled, .mfaConfirmed, .mfaAccepted])
        #expect(try await bench.audit(.mfaAccepted).first?.details["call"] == "test")
        await bench.broker.stop()
    }

    @Test("A step that takes one of the approver counts their vote with a code only")
    func approver() async throws {
        let bench = try await Bench()
        guard case .waiting(let request) = try await bench.ask(ApprovalBench.write, by: Bench.alice) else {
            Issue.record("nobody is asked")
            return
        }
        let vote = { (identity: Identity) in
            try await bench.broker.vote(.approve, on: request.id.rawValue, reason: nil, by: identity)
        }
        #expect(await refused { try await vote(Bench.carol) } == .mfaRequired)
        let app = try await bench.enrolled(Bench.carol)
        #expect(await refused { try await vote(Bench.carol) } == .mfaRequired)
        // Another's code is none of hers.
        let alice = try await bench.enrolled()
        #expect(
            await refused { try await bench.prove(try alice.code(at: bench.now), by: Bench.carol) }
                == .mfaInvalid)
        let proven = try await bench.prove(try app.code(at: bench.now), by: Bench.carol)
        #expect(try await vote(proven).state == .approved)
        await bench.broker.stop()
    }

    @Test(
        "A code replayed is refused: at once, within its window, by another identity of the person, and from 32 at once"
    )
    func replay() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        let code = try app.code(at: bench.now)
        let won = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { await refused { try await bench.prove(code) } == nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
        #expect(await refused { try await bench.prove(code, by: Bench.aliceAdmin) } == .mfaInvalid)
        bench.nextStep()
        #expect(await refused { try await bench.prove(code) } == .mfaInvalid)
        // Nor one from before it, which nobody used.
        let ahead = try app.code(at: bench.now, offset: 1)
        _ = try await bench.prove(ahead)
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaInvalid)
        // None of that was an attempt.
        bench.clock.advance(by: .seconds(60))
        _ = try await bench.prove(try app.code(at: bench.now))
        #expect(try await bench.audit(.mfaAccepted).count == 3)
        await bench.broker.stop()
    }

    @Test("With the clock set back, used codes stay used")
    func clockSetBack() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        bench.clock.advance(by: .seconds(3600))
        let code = try app.code(at: bench.now)
        _ = try await bench.prove(code)
        let later = bench.now
        // Another life of the daemon, an hour earlier by its clock.
        await bench.broker.stop()
        let back = try await Bench(bench.store)
        #expect(back.now < later.addingTimeInterval(-3000))
        #expect(await refused { try await back.prove(code) } == .mfaInvalid)
        for offset in Int64(-1)...1 {
            #expect(
                await refused { try await back.prove(try app.code(at: back.now, offset: offset)) }
                    == .mfaInvalid)
        }
        back.clock.advance(by: .seconds(3720))
        _ = try await back.prove(try app.code(at: back.now))
        await back.broker.stop()
    }

    @Test("Guessing ends after five, for the right code too, survives a restart, and lasts longer each time")
    func bruteForce() async throws {
        var bench = try await Bench()
        let app = try await bench.enrolled()
        var refusals: [Refusal.Code?] = []
        for _ in 0..<30 {
            let wrong = try app.wrong(at: bench.now)
            refusals.append(await refused { try await bench.prove(wrong) })
        }
        #expect(refusals == Array(repeating: .mfaInvalid, count: 4) + Array(repeating: .mfaLocked, count: 26))
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaLocked)
        // By another identity of the same person neither.
        #expect(
            await refused { try await bench.prove(try app.code(at: bench.now), by: Bench.aliceAdmin) }
                == .mfaLocked)
        #expect(try await bench.audit(.mfaLocked).count == 1)
        // Each wrong code is on record; what came during the lock-out as often as a uid's refusals are.
        #expect(try await bench.audit(.mfaRefused).count == 4 + 20 + 1)
        await bench.broker.stop()
        let (store, passed) = (bench.store, bench.now)
        bench = try await Bench(store)
        bench.clock.advance(by: .seconds(passed.timeIntervalSince(bench.now)))
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaLocked)
        bench.clock.advance(by: .seconds(900))
        for _ in 0..<5 { _ = await refused { try await bench.prove(try app.wrong(at: bench.now)) } }
        bench.clock.advance(by: .seconds(900))
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaLocked)
        bench.clock.advance(by: .seconds(900))
        _ = try await bench.prove(try app.code(at: bench.now))
        await bench.broker.stop()
    }

    @Test(
        "Who has a factor enrols no other; one that waits for its first code is made anew, and its secret is none"
    )
    func enrollingAgain() async throws {
        let bench = try await Bench()
        let lost = Bench.App(try await bench.broker.enrol(by: Bench.alice).uri)
        #expect(await refused { try await bench.prove(try lost.code(at: bench.now)) } == .mfaInvalid)
        let app = try await bench.enrolled()
        #expect(app.secret != lost.secret)
        #expect(await refused { try await bench.prove(try lost.code(at: bench.now)) } == .mfaInvalid)
        for identity in [Bench.alice, Bench.aliceAdmin] {
            #expect(await refused { try await bench.broker.enrol(by: identity) } == .conflict)
        }
        #expect(
            await refused {
                try await bench.broker.confirmEnrolment(try app.code(at: bench.now), by: Bench.alice)
            } == .conflict)
        _ = try await bench.prove(try app.code(at: bench.now))
        await bench.broker.stop()
    }

    @Test("Enrolling in a loop is slowed down")
    func enrollingInALoop() async throws {
        let bench = try await Bench()
        var refusals: [Refusal.Code?] = []
        for _ in 0..<25 { refusals.append(await refused { try await bench.broker.enrol(by: Bench.alice) }) }
        #expect(refusals == Array(repeating: nil, count: 20) + Array(repeating: .tooManyRequests, count: 5))
        await bench.broker.stop()
    }

    @Test(
        "An administrator resets another's, with a reason on record; nobody their own, and nobody else at all"
    )
    func reset() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        let reason = try Reason(parsing: "lost the phone")
        let reset = { (who: String, user: Identity?, by: Identity) in
            try await bench.broker.resetMFA(of: who, user, reason: reason, by: by)
        }
        #expect(await refused { try await reset("carol", Bench.carol, Bench.alice) } == .denied)
        #expect(await refused { try await reset("alice", Bench.alice, Bench.alice) } == .denied)
        // An administrator, and the same person.
        #expect(await refused { try await reset("alice", Bench.alice, Bench.aliceAdmin) } == .denied)
        #expect(await refused { try await reset("user:alice", Bench.alice, Bench.aliceAdmin) } == .denied)
        var job = Bench.root
        job.token = TokenIdentity(issuer: "github", subject: "x", expiresAt: .distantFuture)
        #expect(await refused { try await reset("alice", Bench.alice, job) } == .denied)
        #expect(await refused { try await reset("nobody-at-all", nil, Bench.root) } == .notFound)
        _ = try await bench.prove(try app.code(at: bench.now))
        bench.nextStep()

        #expect(try await reset("alice", nil, Bench.root).enrolment == nil)
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaInvalid)
        let done = try await bench.audit(.mfaReset).filter { $0.outcome == .done }
        #expect(done.map(\.reason) == ["lost the phone"])
        #expect(done.first?.details["person"] == "alice")
        #expect(try await bench.audit(.mfaReset).filter { $0.outcome == .denied }.count == 5)
        // What is gone stays gone, and is no failure.
        _ = try await reset("alice", nil, Bench.root)
        #expect(try await bench.audit(.mfaReset).filter { $0.outcome == .done }.count == 1)
        _ = try await bench.enrolled()
        await bench.broker.stop()
    }

    @Test("A reset takes every factor of the person, those of before an edit of people too")
    func resetAll() async throws {
        let bench = try await Bench()
        var configuration = Bench.configuration(Bench.terms)
        let people = configuration.people
        configuration.people = People()
        try await bench.broker.reload(configuration)
        let apps = [
            (Bench.alice, try await bench.enrolled()),
            (Bench.aliceAdmin, try await bench.enrolled(Bench.aliceAdmin)),
        ]
        configuration.people = people
        try await bench.broker.reload(configuration)
        #expect(try await bench.store.enrolments().count == 2)

        let reason = try Reason(parsing: "lost the phone")
        #expect(
            try await bench.broker.resetMFA(of: "alice", nil, reason: reason, by: Bench.root).enrolment == nil
        )
        #expect(try await bench.store.enrolments().isEmpty)
        for (identity, app) in apps {
            #expect(
                await refused { try await bench.prove(try app.code(at: bench.now), by: identity) }
                    == .mfaInvalid)
        }
        let done = try await bench.audit(.mfaReset)
        #expect(Set(done.compactMap { $0.details["person"] }) == ["uid:1001", "uid:1011"])
        #expect(done.map(\.reason) == ["lost the phone", "lost the phone"])
        await bench.broker.stop()
    }

    @Test(
        "Nobody resets their own that stands under a name which is another's by now, by any of their accounts"
    )
    func resetFormerName() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        var configuration = Bench.configuration(Bench.terms)
        // What was Alice's name is Eve's, and Alice is somebody else by both of her accounts.
        configuration.people = People([
            Person(rawValue: "alice"): [.user("eve")],
            Person(rawValue: "liz"): [.user("alice"), .user("alice-adm")],
        ])
        try await bench.broker.reload(configuration)
        let reset = { (by: Identity) in
            try await bench.broker.resetMFA(
                of: "alice", nil, reason: try Reason(parsing: "a new phone"), by: by)
        }
        #expect(await refused { try await reset(Bench.aliceAdmin) } == .denied)
        #expect(try await bench.audit(.mfaReset).map(\.outcome) == [.denied])
        _ = try await bench.prove(try app.code(at: bench.now))
        _ = try await reset(Bench.root)
        #expect(try await bench.store.enrolments().isEmpty)
        await bench.broker.stop()
    }

    @Test(
        "A job has no second factor here: it enrols none, and a code beside its token is refused and not used up"
    )
    func jobs() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        var job = Bench.alice
        job.token = TokenIdentity(issuer: "github", subject: "repo:acme/orders", expiresAt: .distantFuture)
        let code = try app.code(at: bench.now)
        #expect(await refused { try await bench.prove(code, by: job) } == .mfaInvalid)
        #expect(await refused { try await bench.broker.enrol(by: job) } == .mfaInvalid)
        #expect(await refused { try await bench.broker.confirmEnrolment(code, by: job) } == .mfaInvalid)
        _ = try await bench.prove(code)
        await bench.broker.stop()
    }

    @Test("A call denied by policy has used its code up")
    func deniedCall() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled(Bench.carol)
        let code = try app.code(at: bench.now)
        let proven = try await bench.prove(code, by: Bench.carol)
        #expect(await refused { try await bench.ask(by: proven) } == .denied)
        #expect(await refused { try await bench.prove(code, by: Bench.carol) } == .mfaInvalid)
        await bench.broker.stop()
    }

    @Test("A repeat with the same key after a lost reply takes a new code, and gives the same lease")
    func repeated() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        let first = try await bench.ask(by: try await bench.prove(try app.code(at: bench.now)), key: "k")
        guard case .issued(let issued) = first else {
            Issue.record("not issued")
            return
        }
        // Without a code, or with the one that the lost call brought, there is no repeating.
        #expect(await refused { try await bench.ask(by: Bench.alice, key: "k") } == .mfaRequired)
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .mfaInvalid)
        bench.nextStep()
        let again = try await bench.ask(by: try await bench.prove(try app.code(at: bench.now)), key: "k")
        guard case .issued(let same) = again else {
            Issue.record("not repeated")
            return
        }
        #expect(same.isRepeated)
        #expect(same.lease.id == issued.lease.id)
        await bench.broker.stop()
    }

    @Test(
        "With another key file no code is taken, right or wrong, and that is said; with the old one all is as before"
    )
    func otherKey() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        await bench.broker.stop()
        let other = try await Bench(bench.store, key: Array(1..<33))
        other.nextStep()
        #expect(await refused { try await other.prove(try app.code(at: other.now)) } == .mfaUnavailable)
        #expect(await refused { try await other.prove(try app.wrong(at: other.now)) } == .mfaUnavailable)
        // Nor is it an opportunity to enrol another.
        #expect(await refused { try await other.broker.enrol(by: Bench.alice) } == .conflict)
        await other.broker.stop()
        let none = try await Bench(bench.store, mfa: nil)
        none.nextStep()
        #expect(await refused { try await none.prove(try app.code(at: none.now)) } == .mfaUnavailable)
        await none.broker.stop()
        let back = try await Bench(bench.store)
        back.nextStep()
        _ = try await back.prove(try app.code(at: back.now))
        await back.broker.stop()
    }

    @Test("A state that cannot be written takes no code: what is not on record as used would work twice")
    func unwritable() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled()
        bench.store.fail(with: .unwritable("the disk is full"))
        #expect(await refused { try await bench.prove(try app.code(at: bench.now)) } == .stateUnwritable)
        bench.store.fail(with: nil)
        _ = try await bench.prove(try app.code(at: bench.now))
        await bench.broker.stop()
    }

    @Test("Neither secret nor code is in the record")
    func silence() async throws {
        let bench = try await Bench()
        let enrolled = try await bench.broker.enrol(by: Bench.alice)
        let app = Bench.App(enrolled.uri)
        let code = try app.code(at: bench.now)
        _ = try await bench.broker.confirmEnrolment(code, by: Bench.alice)
        _ = await refused { try await bench.prove(code) }
        let events = try await bench.store.audit(AuditQuery()).map(\.event)
        let record = events.map { "\($0)" }.joined()
        let secret = String(enrolled.uri.split(separator: "secret=")[1].prefix(32))
        #expect(!record.contains(secret))
        // An id or a moment may hold any digits.
        let told = events.flatMap(\.details).filter { $0.key != "enrolment" }.map(\.value)
        #expect(!told.contains { $0.contains(code.text) })
        #expect(!"\(enrolled)".contains(secret))
        #expect(!String(reflecting: enrolled).contains(secret))
        await bench.broker.stop()
    }

    @Test("The URI has issuer and account escaped")
    func uri() async throws {
        let bench = try await Bench()
        var odd = Bench.alice
        odd = Identity(uid: odd.uid, user: "uid:7?secret=A&B", groups: [], pid: nil)
        let uri = try await bench.broker.enrol(by: odd).uri
        #expect(uri.hasPrefix("otpauth://totp/Mayfly%3A%20test:uid-7%3Fsecret%3DA%26B?secret="))
        #expect(uri.hasSuffix("&issuer=Mayfly%3A%20test&algorithm=SHA1&digits=6&period=30"))
        await bench.broker.stop()
    }

    @Test("An edit of people neither takes a factor away nor lets a second one be enrolled")
    func people() async throws {
        let bench = try await Bench()
        let app = try await bench.enrolled(Bench.carol)
        var configuration = Bench.configuration(Bench.terms)
        configuration.people = People([Person(rawValue: "caroline"): [.user("carol")]])
        try await bench.broker.reload(configuration)
        #expect(await refused { try await bench.broker.enrol(by: Bench.carol) } == .conflict)
        _ = try await bench.prove(try app.code(at: bench.now), by: Bench.carol)
        await bench.broker.stop()
    }
}
