import SQLClients
import Synchronization

/// A connection for the time of one call, all of whose statements share its deadline.
final class DirectSession<Connection: SQLConnection>: Sendable {
    typealias Failure = SQLError<Connection.Report>

    let connection: Connection
    let deadline: ContinuousClock.Instant
    private let hasSent = Mutex(false)

    init(_ connection: Connection, by deadline: ContinuousClock.Instant) {
        self.connection = connection
        self.deadline = deadline
    }

    /// - Throws: also `connectionLost` for a connection that ended between two statements: what came before it may
    ///   have been done, so the call as a whole is no longer one of which nothing was sent.
    @discardableResult
    func query(_ sql: String, _ values: [String?] = []) async throws(Failure) -> SQLRows<Connection.Report> {
        try await counted { () async throws(Failure) in
            try await connection.query(sql, values, timeout: try left())
        }
    }

    /// What is left until the deadline.
    func left() throws(Failure) -> Duration {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw .timedOut(after: .zero) }
        return left
    }

    func counted<R>(_ work: () async throws(Failure) -> R) async throws(Failure) -> R {
        do throws(Failure) {
            let result = try await work()
            hasSent.withLock { $0 = true }
            return result
        } catch {
            if error == .closed, hasSent.withLock({ $0 }) {
                throw .connectionLost(detail: "between two statements of one call")
            }
            hasSent.withLock { $0 = true }
            throw error
        }
    }
}

extension DirectSession where Connection == PostgreSQLConnection {
    /// Several statements, all of our own making.
    @discardableResult
    func run(script: String) async throws(Failure) -> PostgreSQLRows {
        try await counted { () async throws(Failure) in
            try await connection.run(script: script, timeout: try left())
        }
    }
}
