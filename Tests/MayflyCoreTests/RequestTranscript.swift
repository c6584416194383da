import Foundation
import MayflyCore

/// Plays a request's story, a line for each thing that happens, and writes down what came of it:
///
///     0m   bob approves      security is next
///
/// A test gives the whole story, and expects the same text back.
struct RequestTranscript {
    static let start = Date(milliseconds: 1_763_734_770_000)
    static let people = People([
        Person(rawValue: "alice"): [.user("alice"), .user("alice-adm")],
        Person(rawValue: "bob"): [.user("bob"), .user("bob-adm")],
    ])
    static let cast: [String: Identity] = [
        "alice": member("alice", 1001, "developers"),
        "alice-adm": member("alice-adm", 1011, "owners", "security"),
        "bob": member("bob", 1002, "owners", "security"),
        "bob-adm": member("bob-adm", 1012, "owners", "security"),
        "carol": member("carol", 1003, "owners"),
        "sam": member("sam", 1004, "security"),
        "oscar": member("oscar", 1005, "oncall"),
        "mia": member("mia", 1006, "managers"),
        "eve": member("eve", 1007),
    ]

    static func member(_ user: String, _ uid: UInt32, _ groups: String...) -> Identity {
        Identity(uid: uid, user: user, groups: Set(groups), pid: nil)
    }

    static let owner = ApprovalStep(
        name: "owner", approvers: [.group("owners")],
        escalations: [
            .init(after: 3600, to: [.group("managers")]), .init(after: 900, to: [.group("oncall")]),
        ])
    static let security = ApprovalStep(name: "security", approvers: [.group("security")])
    static let twoEyes = ApprovalTerms(steps: [owner, security], authorities: ["chat"])

    var request: AccessRequest
    var people = Self.people
    var inForce: ApprovalTerms?
    var lease = LeaseID()

    init(
        _ terms: ApprovalTerms = twoEyes, startAt: Date? = nil, extends: AccessRequest.Course.Extension? = nil
    ) throws {
        let alice = Self.cast["alice"]!  // in the table above
        let ttl = try TTL(seconds: 1800)
        let profile = Profile(
            name: ProfileName(unchecked: "orders-write"), database: DatabaseName(unchecked: "orders"),
            ttl: .init(default: ttl, max: ttl), memberOf: ["orders_rw"])
        let grant = Grant(
            profile: profile, rule: "write", ttl: ttl, maximum: ttl, person: Self.people.person(of: alice))
        request = .submitted(
            profile: profile.name, requester: .init(alice, person: grant.person), ttl: ttl, reason: nil,
            ticket: nil, rule: grant.rule,
            course: .init(
                identity: alice, grant: grant, terms: terms, startAt: startAt, extends: extends,
                now: Self.start),
            now: Self.start)
    }

    /// Plays each line anew and returns the story with what came of it.
    mutating func play(_ story: String) throws -> String {
        try story.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let parts = line.split(separator: "  ", maxSplits: 2, omittingEmptySubsequences: true)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 3, let minutes = Double(parts[0].dropLast()) else {
                throw TranscriptError(line: String(line))
            }
            let came = try happens(parts[1], at: Self.start.addingTimeInterval(minutes * 60))
            return [parts[0].padded(7), parts[1].padded(26), came].joined()
        }.joined(separator: "\n")
    }

    private mutating func happens(_ event: String, at now: Date) throws -> String {
        let words = event.split(separator: " ").map(String.init)
        switch (words.first, words.dropFirst().first) {
        case ("time", "passes"): return said(request.tick(now: now))
        case ("lease", "made"): return "\(request.issued()): \(request.state)"
        case ("lease", "failed"): return "\(request.undone(lease)): \(request.state)"
        case ("rule", "denies"): return "\(request.stop(now: now)): \(request.state)"
        case (let name?, "approves"): return said(vote(.approve, try member(name), now))
        case (let name?, "denies"): return said(vote(.deny, try member(name), now))
        case (let name?, "redeems"):
            lease = request.leaseID == nil ? LeaseID() : lease
            return said(request.redeem(lease, by: try member(name), now: now))
        case ("alice", "withdraws"): return "\(request.withdraw(now: now)): \(request.state)"
        default: throw TranscriptError(line: event)
        }
    }

    private mutating func vote(_ verdict: Vote.Verdict, _ identity: Identity, _ now: Date)
        -> AccessRequest.VoteOutcome
    {
        request.vote(Ballot(verdict, by: identity), people: people, inForce: inForce, now: now)
    }

    private func member(_ name: String) throws -> Identity {
        guard let identity = Self.cast[name] else { throw TranscriptError(line: name) }
        return identity
    }

    private func said(_ outcome: AccessRequest.VoteOutcome) -> String {
        switch outcome {
        case .counted(let missing): "counted, \(missing) more"
        case .stepDone(let next): "\(request.course?.terms.steps[next].name ?? "?") is next"
        case .approved: "approved"
        case .denied: "denied"
        case .already: "already counted"
        case .refused(.over(let state)): "refused: is \(state)"
        case .refused(.spokeInStep(let step)): "refused: counted for \(step)"
        case .refused(let why): "refused: \(why)"
        }
    }

    private func said(_ tick: AccessRequest.Tick) -> String {
        switch tick {
        case .nothing: "nothing"
        case .escalated(let to): "escalated to \(to.map(\.description).joined(separator: ", "))"
        case .expired: "expired"
        case .extend: "extend the lease"
        }
    }

    private func said(_ redemption: AccessRequest.Redemption) -> String {
        switch redemption {
        case .redeemed: "redeemed"
        case .refused(.over(let state)): "refused: is \(state)"
        case .refused(.tooEarly): "refused: too early"
        case .refused(let why): "refused: \(why)"
        }
    }
}

struct TranscriptError: Error { let line: String }

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
