import CLibpq

/// Tries the hosts of a list one after the other, on the thread of the connection that asks.
///
/// One host at a time rather than libpq's own list: through `PQconnectPoll` libpq would wait for ever for a
/// first host that doesn't answer, and it reports what each one said as one text.
struct PostgreSQLConnector {
    let parameters: PostgreSQLParameters
    let timeout: Duration
    let interrupt: Interrupt

    /// A handle that works, the host that took us, and when its backend began.
    struct Opened {
        let handle: PostgreSQLHandle
        let host: String
        let startedAt: String
    }

    func connect() throws(PostgreSQLError) -> Opened {
        let end = ContinuousClock.now + timeout
        var failures: [HostFailure<SQLState>] = []
        for (index, host) in parameters.hosts.enumerated() {
            let now = ContinuousClock.now
            let deadline = now + now.duration(to: end) / (parameters.hosts.count - index)
            do throws(HostStop) {
                return try open(host, by: deadline)
            } catch {
                failures.append(
                    HostFailure(host: host, port: parameters.port, reason: error.reason, detail: error.detail)
                )
                if error.reason == .cancelled { break }
            }
        }
        throw .cannotConnect(failures)
    }

    private struct HostStop: Error {
        let reason: HostFailure<SQLState>.Reason
        let detail: String

        init(_ reason: HostFailure<SQLState>.Reason, _ detail: String = "") {
            self.reason = reason
            self.detail = detail
        }

        init(stop: PostgreSQLHandle.Stop) {
            switch stop {
            case .timedOut: self.init(.timedOut)
            case .cancelled: self.init(.cancelled)
            case .readOnly: self.init(.readOnly)
            case .failed(let text):
                self.init(Self.sqlState(in: text).map { .refused($0) } ?? .unreachable, text)
            }
        }

        /// The code of a refused login. With `PQERRORS_SQLSTATE` libpq's text is its prefix, a severity in the
        /// server's language, and at the end of a line the code: there is no other way to learn it.
        private static func sqlState(in text: String) -> SQLState? {
            for line in text.split(separator: "\n") {
                guard let colon = line.lastIndex(of: ":") else { continue }
                let tail = line[line.index(after: colon)...].drop { $0 == " " }
                if let state = SQLState(tail) { return state }
            }
            return nil
        }
    }

    private func open(
        _ host: String, by deadline: ContinuousClock.Instant
    ) throws(HostStop) -> Opened {
        do throws(PostgreSQLHandle.Stop) {
            let handle = try PostgreSQLHandle(
                keywords: parameters.keywords(host: host), password: parameters.password, interrupt: interrupt
            )
            try handle.finishConnecting(by: deadline)
            let (isReadOnly, startedAt) = try Self.look(handle, by: deadline)
            if parameters.requiresWritable, isReadOnly { throw PostgreSQLHandle.Stop.readOnly }
            return Opened(handle: handle, host: host, startedAt: startedAt)
        } catch {
            throw HostStop(stop: error)
        }
    }

    /// Whether it is a standby, or `default_transaction_read_only` is on for us; and when our backend began, which
    /// with its process id names it for good.
    private static func look(
        _ handle: PostgreSQLHandle, by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLHandle.Stop) -> (isReadOnly: Bool, startedAt: String) {
        if let own = try ask(handle, by: deadline) { return own }
        // Where the account's sessions begin as another role, that one may not look at our session.
        _ = try rows(handle, "SET ROLE NONE", by: deadline)
        let own = try ask(handle, by: deadline)
        _ = try rows(handle, "RESET ROLE", by: deadline)
        guard let own else { throw .failed("the server says nothing about our own session") }
        return own
    }

    private static func ask(
        _ handle: PostgreSQLHandle, by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLHandle.Stop) -> (isReadOnly: Bool, startedAt: String)? {
        let statement = """
            SELECT current_setting('transaction_read_only'), backend_start::text
              FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()
            """
        let answer = try rows(handle, statement, by: deadline)
        guard answer.count == 2, let readOnly = answer[0], let startedAt = answer[1] else { return nil }
        return (readOnly != "off", startedAt)
    }

    /// The first row; empty when there is none.
    private static func rows(
        _ handle: PostgreSQLHandle, _ statement: String, by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLHandle.Stop) -> [String?] {
        try handle.send(statement, [], by: deadline)
        var answer: [String?] = []
        var failure: String?
        while let result = try handle.nextResult(by: deadline) {
            switch result.read() {
            case .rows(let rows): answer = rows.first?.values ?? []
            case .failed(_, let text): failure = text
            case .done, .unsupported: continue
            }
        }
        if let failure { throw .failed(failure) }
        return answer
    }
}
