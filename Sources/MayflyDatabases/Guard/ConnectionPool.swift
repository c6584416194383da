import MayflyCore
import SQLClients

/// Who is served first by a pool, and by the place that is kept.
enum PoolPurpose { case making, ending }

/// Connections to one database of one server, held open so that an exhausted server cannot lock us out.
///
///     let rows = try await pool.withConnection(.ending, by: deadline) { connection in … }
///
/// One place is kept free for ending: a flood of new requests never keeps a revocation waiting.
actor ConnectionPool<Connection: SQLConnection> {
    typealias Purpose = PoolPurpose
    typealias Failure = SQLError<Connection.Report>

    /// What a body may do with a connection.
    typealias Body<R: Sendable> =
        @Sendable (Connection) async throws(Failure) -> R

    /// The same, told also what was learnt when connecting: to ask the connection takes a switch to its thread
    /// and back.
    typealias InformedBody<R: Sendable> =
        @Sendable (Connection, Connection.Facts) async throws(Failure) -> R

    private struct Member {
        let connection: Connection
        let facts: Connection.Facts
    }

    private struct Waiter {
        let id: UInt64
        let purpose: Purpose
        let continuation: CheckedContinuation<Result<Member, Failure>, Never>
    }

    private let connect: @Sendable () async throws(Failure) -> Connection
    private let size: Int
    private let keepsFull: Bool
    private let backoff = Backoff(first: 0.5, most: 30)

    private var idle: [Member] = []
    private var busy: [Purpose: Int] = [.making: 0, .ending: 0]
    private var opening = 0
    private var failedAttempts = 0
    private var waiters: [Waiter] = []
    private var nextID: UInt64 = 0
    private var tasks: [UInt64: Task<Void, Never>] = [:]
    private var refilling = false
    private var closed = false

    /// - Parameters:
    ///   - size: connections at most.
    ///   - keepsFull: whether all of them are opened, and opened again when lost, without being asked for.
    ///   - connect: reads the password each time, so that it can be rotated.
    init(
        size: Int, keepsFull: Bool, connect: @escaping @Sendable () async throws(Failure) -> Connection
    ) {
        self.size = max(1, size)
        self.keepsFull = keepsFull
        self.connect = connect
    }

    /// Lends a connection. It is given back, or forgotten when it broke, as `body` ends.
    ///
    /// - Throws: what `body` throws, `cannotConnect`, or `closed` when none was free before the deadline.
    nonisolated func withConnection<R: Sendable>(
        _ purpose: Purpose, by deadline: ContinuousClock.Instant, _ body: Body<R>
    ) async throws(Failure) -> R {
        try await withInformed(purpose, by: deadline) { (connection, _) throws(Failure) in
            try await body(connection)
        }
    }

    /// As `withConnection`.
    nonisolated func withInformed<R: Sendable>(
        _ purpose: Purpose, by deadline: ContinuousClock.Instant, _ body: InformedBody<R>
    ) async throws(Failure) -> R {
        let member = try await take(purpose, by: deadline)
        do throws(Failure) {
            let result = try await body(member.connection, member.facts)
            // One that broke after its answer is found out when it is taken again.
            await give(member, purpose, isOpen: true)
            return result
        } catch {
            await give(member, purpose, isOpen: await member.connection.isOpen)
            throw error
        }
    }

    func close() async {
        closed = true
        for task in tasks.values { task.cancel() }
        let all = idle
        idle = []
        for waiter in waiters { waiter.continuation.resume(returning: .failure(.closed)) }
        waiters = []
        for member in all { await member.connection.close() }
    }

    // MARK: Taking and giving back

    private var total: Int { idle.count + opening + busy.values.reduce(0, +) }

    /// The last place is for ending, unless there is but one.
    private func mayTake(_ purpose: Purpose) -> Bool {
        switch purpose {
        case .ending: true
        case .making: busy[.making, default: 0] < max(1, size - 1)
        }
    }

    private func take(
        _ purpose: Purpose, by deadline: ContinuousClock.Instant
    ) async throws(Failure) -> Member {
        while !closed, mayTake(purpose), let member = idle.popLast() {
            busy[purpose, default: 0] += 1
            if await member.connection.isAlive() {
                refill()
                return member
            }
            // Its server went away while it was idle.
            busy[purpose, default: 0] -= 1
        }
        guard !closed else { throw .closed }
        nextID += 1
        let id = nextID
        let timer = Task { [weak self] in
            try? await ContinuousClock().sleep(until: deadline)  // cancelled when the waiter is served
            await self?.giveUp(id)
        }
        let result = await withCheckedContinuation { continuation in
            waiters.append(Waiter(id: id, purpose: purpose, continuation: continuation))
            serve()
            openIfWanted()
        }
        timer.cancel()
        return try result.get()
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(returning: .failure(.noConnection))
    }

    private func give(_ member: Member, _ purpose: Purpose, isOpen: Bool) async {
        busy[purpose, default: 0] -= 1
        if closed {
            await member.connection.close()
            return
        }
        if isOpen { idle.append(member) }
        serve()
        openIfWanted()
        refill()
    }

    /// Hands idle connections to those who wait: ending first, then in the order of arrival.
    private func serve() {
        while !idle.isEmpty {
            let index =
                waiters.firstIndex { $0.purpose == .ending } ?? waiters.firstIndex { mayTake($0.purpose) }
            guard let index, let member = idle.popLast() else { return }
            let waiter = waiters.remove(at: index)
            busy[waiter.purpose, default: 0] += 1
            waiter.continuation.resume(returning: .success(member))
        }
    }

    // MARK: Opening

    private func openIfWanted() {
        let served = waiters.count(where: { mayTake($0.purpose) })
        while !closed, total < size, opening < served { open() }
    }

    private func open() {
        opening += 1
        nextID += 1
        let id = nextID
        tasks[id] = Task { [connect] in
            do throws(Failure) {
                let connection = try await connect()
                await self.opened(Member(connection: connection, facts: await connection.server), id)
            } catch {
                self.failed(error, id)
            }
        }
    }

    private func opened(_ member: Member, _ id: UInt64) async {
        tasks[id] = nil
        opening -= 1
        failedAttempts = 0
        if closed {
            await member.connection.close()
            return
        }
        idle.append(member)
        serve()
        refill()
    }

    /// Those who wait learn why at once, unless a connection that works may yet come back to them.
    private func failed(_ error: Failure, _ id: UInt64) {
        tasks[id] = nil
        opening -= 1
        failedAttempts += 1
        if total == 0 {
            for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
            waiters = []
        }
        refill()
    }

    /// Opens what is missing, in the background, with a growing pause after failures.
    private func refill() {
        guard keepsFull, !closed, !refilling, total < size else { return }
        if failedAttempts == 0 {
            while total < size { open() }
            return
        }
        refilling = true
        nextID += 1
        let id = nextID
        let pause = Duration.seconds(backoff.delay(after: failedAttempts))
        tasks[id] = Task {
            try? await ContinuousClock().sleep(for: pause)  // cancelled by close
            self.refilled(id)
        }
    }

    private func refilled(_ id: UInt64) {
        tasks[id] = nil
        refilling = false
        guard !closed, total < size else { return }
        open()
    }
}

extension SQLError {
    /// No connection was free before the deadline; nothing was sent.
    static var noConnection: SQLError { .cannotConnect([]) }
}
