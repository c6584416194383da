import MayflyCore
import SQLClients

/// Calls the guard's functions with batches, and finds out what became of a call whose connection was lost.
///
/// A call is one transaction of the server. When it fails as a whole nothing of it was done, so a batch is split
/// and tried again: one bad member fails alone. When its connection is lost, its backend is ended first: after
/// that what it did is settled, and asking again is no guess.
struct GuardCaller: Sendable {
    /// Members in one call; the guard takes 500.
    static let most = 100
    /// How often a member that collided with another transaction is tried again.
    private static let retries = 4

    let pool: PostgreSQLPool
    let backends: LostBackends

    init(pool: PostgreSQLPool) {
        self.pool = pool
        backends = LostBackends(pool: pool)
    }

    typealias Answer = Result<PostgreSQLRow, EngineFailure>

    /// One answer per member, in order.
    ///
    /// - Parameter repeatsWhenLost: whether to call again when the connection was lost, as the function's repetition
    ///   is success; else such members fail with `outcomeUnknown`.
    func call<Member: Encodable & Sendable>(
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
        return answers
    }

    /// Tries members again that collided with somebody else's transaction.
    private func retrying<Member: Encodable & Sendable>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async -> [Answer] {
        var answers = await splitting(function, members, by: deadline, repeatsWhenLost)
        for attempt in 1...Self.retries {
            let collided = answers.indices.filter { index in
                if case .failure(let failure) = answers[index] { return failure.isCollision }
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

    private func splitting<Member: Encodable & Sendable>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async -> [Answer] {
        do throws(EngineFailure) {
            return try await once(function, members, by: deadline, repeatsWhenLost)
        } catch {
            guard members.count > 1, error.mayBeOneMembersFault else {
                return members.map { _ in .failure(error) }
            }
            let middle = members.count / 2
            let first = await splitting(function, Array(members[..<middle]), by: deadline, repeatsWhenLost)
            return first
                + (await splitting(function, Array(members[middle...]), by: deadline, repeatsWhenLost))
        }
    }

    private func once<Member: Encodable & Sendable>(
        _ function: GuardFunction, _ members: [Member], by deadline: ContinuousClock.Instant,
        _ repeatsWhenLost: Bool
    ) async throws(EngineFailure) -> [Answer] {
        let batch = try GuardMembers.json(members)
        for attempt in 0... {
            let call = CallInFlight()
            do throws(PostgreSQLError) {
                let rows = try await pool.withConnection(function.purpose, by: deadline) {
                    (connection) throws(PostgreSQLError) in
                    let left = ContinuousClock.now.duration(to: deadline)
                    guard left > .zero else { throw .noConnection }
                    call.began(on: await connection.server)
                    return try await connection.query(function.statement, [batch], timeout: left)
                }
                guard rows.count == members.count else {
                    throw .unexpectedAnswer("\(rows.count) rows for \(members.count) members")
                }
                var answers: [Answer] = []
                for row in rows { answers.append(try Self.answer(row)) }
                return answers
            } catch {
                if error == .closed, attempt == 0 { continue }
                guard error.isUnknownOutcome, let backend = call.backend else { throw EngineFailure(error) }
                // An answer that isn't ours to wait for any longer must not be given later either.
                try await backends.end(backend, after: error)
                guard repeatsWhenLost, attempt == 0, ContinuousClock.now < deadline else {
                    throw EngineFailure(error)
                }
            }
        }
        throw EngineFailure(.outcomeUnknown, "the connection was lost again and again")
    }

    private static func answer(_ row: PostgreSQLRow) throws(PostgreSQLError) -> Answer {
        let code = try row.string("sqlstate")
        if code == "00000" { return .success(row) }
        guard let state = SQLState(code) else { throw .unexpectedAnswer("sqlstate is not one") }
        // 2BP01 is an answer of drop's, not a failure.
        if state == .dependentObjectsStillExist { return .success(row) }
        return .failure(EngineFailure(ServerReport(sqlState: state, message: try row.string("message"))))
    }
}

extension EngineFailure {
    /// Another transaction was in the way; nothing was done, and the same may work in a moment. 55P03 is a lock
    /// held for long, and XX000 all there is for "tuple concurrently updated".
    var isCollision: Bool {
        switch code {
        case "40001", "40P01", "55P03", "XX000": true
        default: false
        }
    }

    /// Whether a failure of a whole batch may be due to one of its members.
    fileprivate var mayBeOneMembersFault: Bool {
        switch kind {
        case .serverError, .invalid, .overloaded, .refusedByGuard: code != nil
        case .unreachable, .notAuthenticated, .outcomeUnknown, .guardUnusable, .tooMany, .readOnly: false
        }
    }
}
