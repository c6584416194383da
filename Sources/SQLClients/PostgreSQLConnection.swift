/// One connection to a PostgreSQL server, on a thread of its own.
///
///     let connection = try await PostgreSQLConnection.connect(parameters, timeout: .seconds(10))
///     let rows = try await connection.query("SELECT $1::text AS name", ["orders"])
///
/// Every call has a deadline. A call that meets its deadline, is cancelled or loses the server leaves the
/// connection closed: its answer could otherwise be taken for the next call's.
package actor PostgreSQLConnection {
    private let thread: ThreadExecutor
    private let interrupt = Interrupt()
    private var handle: PostgreSQLHandle?
    private let timeout: Duration
    /// What was learnt when connecting.
    package private(set) var server = PostgreSQLServerFacts()

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    private init(database: String, timeout: Duration) {
        thread = ThreadExecutor(name: "pg-\(database)")
        self.timeout = timeout
    }

    /// Connects to the first host that takes us, and that is writable if that is required.
    ///
    /// - Parameter timeout: for all of connecting, shared among the hosts, so that one which doesn't answer
    ///   leaves time for the next; afterwards for each call that doesn't say otherwise. The look-up of a host's
    ///   name is the C library's, and is not bounded by it.
    package static func connect(
        _ parameters: PostgreSQLParameters, timeout: Duration
    ) async throws(PostgreSQLError) -> PostgreSQLConnection {
        try parameters.validate()
        let connection = PostgreSQLConnection(database: parameters.database, timeout: timeout)
        try await connection.open(parameters)
        return connection
    }

    private func open(_ parameters: PostgreSQLParameters) async throws(PostgreSQLError) {
        let connector = PostgreSQLConnector(parameters: parameters, timeout: timeout, interrupt: interrupt)
        let opened = try await cancellable { () throws(PostgreSQLError) in
            try connector.connect()
        }
        let handle = opened.handle
        self.handle = handle
        server = PostgreSQLServerFacts(
            host: opened.host, version: handle.serverVersion, backendPID: handle.backendPID,
            startedAt: opened.startedAt,
            tls: handle.tls.map { TLSInfo(version: $0.version, cipher: $0.cipher) })
    }

    /// Whether the next call may be sent. A server that went away shows only in a call.
    package var isOpen: Bool { handle?.isUsable ?? false }

    /// Looks whether the server has ended this connection while it was idle. Sends nothing, waits for nothing.
    package func isAlive() -> Bool {
        guard let handle else { return false }
        if handle.isAlive() { return true }
        self.handle = nil
        return false
    }

    /// One statement with values bound to `$1`, `$2` …, sent as text; `nil` is NULL.
    ///
    /// - Parameter timeout: for this call; the connection's own if left out.
    package func query(
        _ sql: String, _ values: [String?] = [], timeout: Duration? = nil
    ) async throws(PostgreSQLError) -> PostgreSQLRows {
        guard !sql.utf8.contains(0) else { throw .invalidValue("the statement contains NUL") }
        for (index, value) in values.enumerated() where value?.utf8.contains(0) == true {
            throw .invalidValue("$\(index + 1) contains NUL")
        }
        return try await call(timeout) { (handle, deadline) throws(PostgreSQLHandle.Stop) in
            try handle.send(sql, values, by: deadline)
        }
    }

    /// A script of several statements, sent as it is: one transaction unless it says otherwise. Gives the rows
    /// of the last statement that has any.
    @discardableResult
    package func run(
        script: String, timeout: Duration? = nil
    ) async throws(PostgreSQLError) -> PostgreSQLRows {
        guard !script.utf8.contains(0) else { throw .invalidValue("the script contains NUL") }
        return try await call(timeout) { (handle, deadline) throws(PostgreSQLHandle.Stop) in
            try handle.send(script: script, by: deadline)
        }
    }

    /// Says good-bye to the server. To close twice is no error.
    package func close() {
        handle = nil
    }

    private func call(
        _ timeout: Duration?,
        _ send: (PostgreSQLHandle, ContinuousClock.Instant) throws(PostgreSQLHandle.Stop) -> Void
    ) async throws(PostgreSQLError) -> PostgreSQLRows {
        guard let handle, handle.isUsable else {
            self.handle = nil
            throw .closed
        }
        let limit = timeout ?? self.timeout
        let deadline = ContinuousClock.now + limit
        do throws(PostgreSQLError) {
            let rows = try await cancellable { () throws(PostgreSQLError) in
                if Task.isCancelled { throw PostgreSQLError.cancelled }
                do throws(PostgreSQLHandle.Stop) {
                    try send(handle, deadline)
                    return try Self.collect(handle, by: deadline)
                } catch {
                    throw PostgreSQLError(error, after: limit)
                }
            }.get()
            return rows
        } catch {
            if error.isUnknownOutcome || !handle.isUsable {
                if error == .cancelled || error == .timedOut(after: limit) { handle.cancel() }
                self.handle = nil
            }
            throw error
        }
    }

    /// Runs blocking work that polls; when the task is cancelled, `interrupt` wakes the poll.
    ///
    /// A method of the actor, so that the closure below is isolated to it and runs on this connection's thread:
    /// in a free function it would run on Swift's shared pool, and block that. `withTaskCancellationHandler` doesn't
    /// return while the handler runs, so a signal is never one of a call before, other than those that `drain`
    /// forgets.
    private func cancellable<R>(
        _ body: () throws(PostgreSQLError) -> R
    ) async throws(PostgreSQLError) -> R {
        interrupt.drain()
        let interrupt = interrupt
        let result: Result<R, PostgreSQLError> = await withTaskCancellationHandler {
            self.assertIsolated()
            do throws(PostgreSQLError) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interrupt.signal()
        }
        return try result.get()
    }

    /// Reads all that the server says to a call, up to the point where it is ready for the next.
    ///
    /// An implicit transaction commits after the last statement's result, so an error that comes after a good
    /// result is the call's error.
    private static func collect(
        _ handle: PostgreSQLHandle, by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLHandle.Stop) -> Result<PostgreSQLRows, PostgreSQLError> {
        var rows = PostgreSQLRows(columns: [], values: [])
        var succeeded = false
        var failure: PostgreSQLError?
        while let result = try handle.nextResult(by: deadline) {
            switch result.read() {
            case .rows(let answer):
                rows = answer
                succeeded = true
            case .done: succeeded = true
            case .failed(let report?, let detail):
                // The backend went away after it had answered, perhaps after it had committed.
                let isUnknown = succeeded && !handle.isUsable
                failure = failure ?? (isUnknown ? .connectionLost(detail: detail) : .server(report))
            case .failed(nil, let detail): failure = failure ?? .connectionLost(detail: detail)
            case .unsupported:
                // In COPY mode the connection takes nothing else: give it up.
                throw .failed("an answer of a kind that is not spoken here")
            }
        }
        if let failure { return .failure(failure) }
        return .success(rows)
    }
}

extension PostgreSQLError {
    fileprivate init(_ stop: PostgreSQLHandle.Stop, after limit: Duration) {
        switch stop {
        case .timedOut: self = .timedOut(after: limit)
        case .cancelled: self = .cancelled
        case .readOnly: self = .unexpectedAnswer("read-only")
        case .failed(let text): self = .connectionLost(detail: text)
        }
    }
}
