/// One connection to a MariaDB or MySQL server, on a thread of its own.
///
///     let connection = try await MariaDBConnection.connect(parameters, timeout: .seconds(10))
///     let rows = try await connection.query("CALL mayfly.find(?)", [batch])
///
/// Every call has a deadline. A call that meets its deadline, is cancelled or loses the server leaves the
/// connection closed: its answer could otherwise be taken for the next call's.
package actor MariaDBConnection {
    private let thread = ThreadExecutor(name: "mariadb")
    private let interrupt = Interrupt()
    private var handle: MariaDBHandle?
    private let timeout: Duration
    /// What was learnt when connecting.
    package private(set) var server = MariaDBServerFacts()

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    private init(timeout: Duration) {
        self.timeout = timeout
    }

    /// Connects to the first host that takes us, and that is writable if that is required.
    ///
    /// - Parameter timeout: for all of connecting, shared among the hosts, so that one which doesn't answer
    ///   leaves time for the next; afterwards for each call that doesn't say otherwise. The look-up of a host's
    ///   name is the C library's, and is not bounded by it.
    package static func connect(
        _ parameters: MariaDBParameters, timeout: Duration
    ) async throws(MariaDBError) -> MariaDBConnection {
        try parameters.validate()
        let connection = MariaDBConnection(timeout: timeout)
        try await connection.open(parameters)
        return connection
    }

    private func open(_ parameters: MariaDBParameters) async throws(MariaDBError) {
        let connector = MariaDBConnector(parameters: parameters, timeout: timeout, interrupt: interrupt)
        let opened = try await cancellable { () throws(MariaDBError) in
            try connector.connect()
        }
        let handle = opened.handle
        self.handle = handle
        server = MariaDBServerFacts(
            host: opened.host, versionText: handle.serverVersionText, version: handle.serverVersion,
            isMariaDB: handle.isMariaDB, connectionID: handle.connectionID, tls: handle.tls)
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

    /// One statement with values bound to its `?`, sent as text; `nil` is NULL. Of several result sets, as a
    /// procedure gives them, the last one that has columns.
    ///
    /// - Parameter timeout: for this call; the connection's own if left out.
    package func query(
        _ sql: String, _ values: [String?] = [], timeout: Duration? = nil
    ) async throws(MariaDBError) -> MariaDBRows {
        guard !sql.utf8.contains(0) else { throw .invalidValue("the statement contains NUL") }
        for (index, value) in values.enumerated() where value?.utf8.contains(0) == true {
            throw .invalidValue("value \(index + 1) contains NUL")
        }
        guard let handle, handle.isUsable else {
            self.handle = nil
            throw .closed
        }
        let limit = timeout ?? self.timeout
        let deadline = ContinuousClock.now + limit
        do throws(MariaDBError) {
            return try await cancellable { () throws(MariaDBError) in
                if Task.isCancelled { throw MariaDBError.cancelled }
                do throws(MariaDBHandle.Stop) {
                    return values.isEmpty
                        ? try handle.query(sql, by: deadline) : try handle.query(sql, values, by: deadline)
                } catch {
                    throw MariaDBError(error, after: limit)
                }
            }
        } catch {
            if error.isUnknownOutcome || !handle.isUsable { self.handle = nil }
            throw error
        }
    }

    /// Says good-bye to the server. To close twice is no error.
    package func close() {
        handle = nil
    }

    /// As `PostgreSQLConnection` does it, and for the reasons given there.
    private func cancellable<R>(
        _ body: () throws(MariaDBError) -> R
    ) async throws(MariaDBError) -> R {
        interrupt.drain()
        let interrupt = interrupt
        let result: Result<R, MariaDBError> = await withTaskCancellationHandler {
            self.assertIsolated()
            do throws(MariaDBError) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            interrupt.signal()
        }
        return try result.get()
    }
}

extension MariaDBError {
    fileprivate init(_ stop: MariaDBHandle.Stop, after limit: Duration) {
        switch stop {
        case .timedOut: self = .timedOut(after: limit)
        case .cancelled: self = .cancelled
        case .readOnly: self = .unexpectedAnswer("read-only")
        case .queueFull: self = .unexpectedAnswer("a connection that is being made")
        case .failed(let report) where report.number.endsTheCall:
            self = .connectionLost(detail: report.message)
        case .failed(let report): self = .server(report)
        }
    }
}

extension MariaDBErrorNumber {
    /// The call was broken off, from either side, and nobody says how far it got: every account statement in it has
    /// committed by itself.
    fileprivate var endsTheCall: Bool {
        switch self {
        case .shuttingDown, .queryInterrupted, .connectionKilled, .sessionKilled, .statementTimedOut,
            .queryTimedOut:
            true
        default: isOfTheLibrary
        }
    }
}
