import Foundation
import MayflyCore
import MayflyTesting
import Testing

@Suite("A lease's life")
struct LeaseStateTests {
    static let now = Date(milliseconds: 1_763_734_770_000)
    static let later = now.addingTimeInterval(60)
    static let obstacle = Lease.Obstacle(message: "owns a table", hanging: ["table public.t"])

    enum Kind: String, CaseIterable, Sendable {
        case made, undone, renewed, extended, reissued, shortened, tethered, untethered, ending,
            attemptFailed, dropRefused, gone

        var event: Lease.Event {
            switch self {
            case .made: .made(roleOID: 16_384, validUntil: later)
            case .undone: .undone
            case .renewed: .renewed(expiresAt: later, validUntil: later)
            case .extended: .extended(to: later.addingTimeInterval(86_400), validUntil: later)
            case .reissued: .reissued
            case .shortened: .shortened(to: later)
            case .tethered: .tethered
            case .untethered: .untethered
            case .ending: .ending(.expired, attemptAt: now)
            case .attemptFailed: .attemptFailed(.init(message: "down"), nextAttemptAt: later)
            case .dropRefused: .dropRefused(obstacle, nextAttemptAt: later)
            case .gone: .gone
            }
        }
    }

    /// A lease in `state`, brought there by events.
    static func lease(in state: Lease.State) throws -> Lease {
        var lease = try #require(try StoreConformanceSample.admission(at: now).lease)
        let path: [Lease.Event] =
            switch state {
            case .creating: []
            case .active: [Kind.made.event]
            case .revoking: [Kind.made.event, .ending(.revoked, attemptAt: later)]
            case .locked: [Kind.made.event, .ending(.revoked, attemptAt: later), Kind.dropRefused.event]
            case .revoked: [Kind.made.event, .ending(.revoked, attemptAt: later), .gone]
            case .failed: [.undone]
            }
        for event in path { #expect(lease.apply(event, now: now) == .changed) }
        #expect(lease.state == state)
        return lease
    }

    /// Rows: states; columns: events. A word is the state after a change, `=` happened already, `-` impossible.
    static let table = """
                  made    undone  renewed  extended  reissued  shortened  tethered  untethered  ending    attemptFailed  dropRefused  gone
        creating  active  failed  -        -         -         creating   -         -           creating  creating       -            failed
        active    =       -       active   active    active    active     active    =           revoking  -              -            -
        revoking  -       -       -        -         -         -          -         -           =         revoking       locked       revoked
        locked    -       -       -        -         -         -          -         -           =         locked         =            revoked
        revoked   -       -       -        -         -         -          -         -           =         -              -            =
        failed    -       =       -        -         -         -          -         -           =         -              -            =
        """

    struct Cell: Sendable, CustomTestStringConvertible {
        let state: Lease.State
        let kind: Kind
        let expected: String
        var testDescription: String { "\(state) \(kind) \(expected)" }
    }

    static let cells: [Cell] = {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let kinds = lines[0].compactMap(Kind.init)
        return lines.dropFirst().flatMap { row in
            zip(kinds, row.dropFirst()).compactMap { kind, expected in
                Lease.State(rawValue: row[0]).map { Cell(state: $0, kind: kind, expected: expected) }
            }
        }
    }()

    @Test("The table has a cell for each state and event")
    func complete() {
        #expect(Self.cells.count == Lease.State.allCases.count * Kind.allCases.count)
    }

    @Test("Each event in each state does what the table says", arguments: cells)
    func transition(_ cell: Cell) throws {
        let before = try Self.lease(in: cell.state)
        var lease = before
        let change = lease.apply(cell.kind.event, now: Self.now)
        switch cell.expected {
        case "-":
            #expect(change == .impossible)
            #expect(lease == before)
        case "=":
            #expect(change == .already)
            #expect(lease.state == before.state)
        default:
            #expect(change == .changed)
            #expect(lease.state.rawValue == cell.expected)
        }
        // What holds in every state.
        #expect(lease.state.isFinal == (lease.endedAt != nil))
        #expect((lease.state == .active || lease.state.isFinal) == (lease.nextAttemptAt == nil))
        #expect(lease.expiresAt <= lease.endsLatestAt)
    }

    @Test("Renewing never shortens a lease and never passes its latest end")
    func renewing() throws {
        var lease = try Self.lease(in: .active)
        let expiry = lease.expiresAt
        let sooner = expiry.addingTimeInterval(-60)
        #expect(lease.apply(.renewed(expiresAt: sooner, validUntil: sooner), now: Self.now) == .changed)
        #expect(lease.expiresAt == expiry)
        let never = Date.distantFuture
        #expect(lease.apply(.renewed(expiresAt: never, validUntil: never), now: Self.now) == .changed)
        #expect(lease.expiresAt == lease.endsLatestAt)
    }

    @Test("A tether is bound once and loosed once")
    func tethering() throws {
        var lease = try Self.lease(in: .active)
        #expect(lease.apply(.tethered, now: Self.now) == .changed)
        #expect(lease.isTethered)
        #expect(lease.apply(.tethered, now: Self.now) == .already)
        #expect(lease.apply(.untethered, now: Self.now) == .changed)
        #expect(!lease.isTethered)
    }

    @Test("The first reason for an end stays, and a sooner attempt wins")
    func ending() throws {
        var lease = try Self.lease(in: .revoking)
        #expect(lease.apply(.ending(.expired, attemptAt: Self.now), now: Self.now) == .already)
        #expect(lease.endReason == .revoked)
        #expect(lease.nextAttemptAt == Self.now)
        #expect(lease.apply(.ending(.expired, attemptAt: Self.later), now: Self.now) == .already)
        #expect(lease.nextAttemptAt == Self.now)
    }

    @Test("A lease that was ended before its role was made never becomes active")
    func endedEarly() throws {
        var lease = try Self.lease(in: .creating)
        #expect(lease.apply(.ending(.revoked, attemptAt: Self.now), now: Self.now) == .changed)
        #expect(lease.nextAttemptAt == Self.now)
        #expect(lease.apply(.ending(.expired, attemptAt: Self.later), now: Self.now) == .already)
        #expect(lease.apply(Kind.made.event, now: Self.now) == .impossible)
        #expect(lease.apply(.gone, now: Self.now) == .changed)
        #expect(lease.state == .failed && lease.endReason == .revoked)
    }

    @Test("A drop that is refused for the same thing again is counted; for another it is news")
    func refusedAgain() throws {
        var lease = try Self.lease(in: .locked)
        #expect(lease.attempts == 1)
        #expect(lease.apply(Kind.dropRefused.event, now: Self.now) == .already)
        #expect(lease.attempts == 2)
        let other = Lease.Event.dropRefused(.init(message: "owns a view"), nextAttemptAt: Self.later)
        #expect(lease.apply(other, now: Self.now) == .changed)
        #expect(lease.obstacle?.message == "owns a view")
    }

    @Test("What a locked role owns stays to be seen while its server is down")
    func lockedAndDown() throws {
        var lease = try Self.lease(in: .locked)
        #expect(lease.apply(Kind.attemptFailed.event, now: Self.now) == .changed)
        #expect(lease.obstacle?.message == "down")
        #expect(lease.obstacle?.hanging == Self.obstacle.hanging)
    }

    @Test("Only an approved request is issued, and only once")
    func requests() throws {
        for state in AccessRequest.State.allCases {
            let sample = try StoreConformanceSample.admission().request
            var request = AccessRequest(
                id: sample.id, profile: sample.profile, requester: sample.requester, ttl: nil, reason: nil,
                ticket: nil, createdAt: Self.now, rule: nil, state: state, leaseID: nil)
            let change = request.issued()
            switch state {
            case .approved: #expect(change == .changed && request.state == .issued)
            case .issued: #expect(change == .already)
            case .pending, .denied, .withdrawn, .expired:
                #expect(change == .impossible && request.state == state)
            }
        }
    }
}
