import Foundation
import MayflyCore
import SQLClients

/// Calls the guard's functions with batches, and finds out what became of a call whose connection was lost.
///
/// When a call fails as a whole nothing of it was done, so a batch is split and tried again: one bad member fails
/// alone. When its connection is lost, its backend is ended first: after that what it did is settled, and asking again
/// is no guess.
struct GuardCaller<Dialect: GuardDialect>: Sendable {
    /// Members in one call; the guard takes 500.
    static var most: Int { 100 }
    typealias Pool = ConnectionPool<Dialect.Connection>

    typealias Direct = any DirectAnswering<Dialect.Connection>

    let pool: Pool
    private let backends: LostBackends<Dialect>
    /// Answers where there is no guard.
    let direct: Direct?
    /// Where sessions that were told to end are noted, with the standby's host.
    private let told: (log: ToldSessions, host: String)?

    /// - Parameters:
    ///   - told: where sessions that were told to end are noted.
    ///   - host: the standby's, for a pool to one.
    ///   - other: where a lost call's backend is ended; the same pool if left out.
    ///   - direct: what answers in place of the guard, in `mode: direct`.
    init(
        pool: Pool, endingOn other: Pool? = nil, direct: Direct? = nil, told: ToldSessions? = nil,
        host: String = ""
    ) {
        self.pool = pool
        self.told = told.map { ($0, host) }
        self.direct = direct
        backends = LostBackends(pool: other ?? pool)
    }

    typealias Answer = Result<Dialect.Row, EngineFailure>

    /// One answer per member, in order.
    ///
    /// - Parameter repeatsWhenLost: whether to call again when the connection was lost, as the function's repetition
    ///   is success; else such members fail with `outcomeUnknown`.
    func call<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        repeatsWhenLost: Bool = true
    ) async -> [Answer] {
        var answers: [Answer] = []
        var start = 0
        while start < members.count {
            let end = min(start + Self.most, members.count)
            let slice = Array(members[start..<end])
            answers += await retrying(function, slice, by: deadline, repeatsWhenLost)
            start = end
        }
        if function == .terminate { note(members, answers) }
        return answers
    }

    /// An older guard, and mode direct, do not say which sessions they were.
    private func note(_ members: [some GuardMember], _ answers: [Answer]) {
        guard let told else { return }
        for (member, answer) in zip(members, answers) {
            guard case .success(let row) = answer, let lease = LeaseID(rawValue: member.lease),
                let list = row.text(ifThere: "told")
            else { continue }
            do {
                let numbers = try JSONDecoder().decode([Int64].self, from: Data(list.utf8))
                told.log.note(numbers.map { ToldSession(lease: lease, host: told.host, number: $0) })
            } catch {
                // They are ended all the same; that it was us is what is not known.
                told.log.noteUnread()
            }
        }
    }

    /// Tries members again that collided with somebody else's transaction.
    private func retrying<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async -> [Answer] {
        var answers = await splitting(function, members, by: deadline, repeatsWhenLost)
        for attempt in 1...function.retries {
            let collided = answers.indices.filter { index in
                if case .failure(let failure) = answers[index] { return Dialect.isCollision(failure) }
                return false
            }
            guard !collided.isEmpty, ContinuousClock.now < deadline else { break }
            // A cancelled sleep only means that the next attempt comes sooner.
            try? await ContinuousClock().sleep(for: .milliseconds(10 << attempt))
            let again = await splitting(function, collided.map { members[$0] }, by: deadline, repeatsWhenLost)
            for (index, answer) in zip(collided, again) { answers[index] = answer }
        }
        return answers
    }

    private func splitting<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async -> [Answer] {
        do throws(EngineFailure) {
            return try await once(function, members, by: deadline, repeatsWhenLost)
        } catch {
            guard members.count > 1, error.mayBeOneMembersFault, !Dialect.isCollision(error) else {
                return members.map { _ in .failure(error) }
            }
            let middle = members.count / 2
            let first = await splitting(function, Array(members[..<middle]), by: deadline, repeatsWhenLost)
            return first
                + (await splitting(function, Array(members[middle...]), by: deadline, repeatsWhenLost))
        }
    }

    private func once<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async throws(EngineFailure) -> [Answer] {
        let batch = try GuardMembers.json(members)
        for attempt in 0... {
            let call = CallInFlight<Dialect.Connection.Facts>()
            do throws(Dialect.Failure) {
                let rows = try await pool.withInformed(function.purpose, by: deadline) {
                    (connection, backend) throws(Dialect.Failure) in
                    let left = ContinuousClock.now.duration(to: deadline)
                    guard left > .zero else { throw .noConnection }
                    call.began(on: backend)
                    if let direct {
                        let session = DirectSession(connection, by: deadline)
                        return try await direct.answer(function, members, on: session)
                    }
                    return try await connection.query(Dialect.statement(function), [batch], timeout: left)
                }
                guard rows.count == members.count else {
                    throw .unexpectedAnswer("\(rows.count) rows for \(members.count) members")
                }
                var answers: [Answer] = []
                for row in rows { answers.append(try Dialect.answer(row)) }
                return answers
            } catch {
                if error == .closed, attempt == 0 { continue }
                guard error.isUnknownOutcome, let backend = call.backend else {
                    throw Dialect.failure(error)
                }
                // An answer that isn't ours to wait for any longer must not be given later either.
                try await backends.end(backend, after: error)
                guard repeatsWhenLost, attempt == 0, ContinuousClock.now < deadline else {
                    throw Dialect.failure(error)
                }
            }
        }
        throw EngineFailure(.outcomeUnknown, "the connection was lost again and again")
    }
}

extension EngineFailure {
    /// Whether a failure of a whole batch may be due to one of its members.
    fileprivate var mayBeOneMembersFault: Bool {
        switch kind {
        case .serverError, .invalid, .overloaded, .refusedByGuard: code != nil
        case .unreachable, .notAuthenticated, .outcomeUnknown, .guardUnusable, .tooMany, .readOnly, .replica:
            false
        }
    }
}
