/// Tries the hosts of a list one after the other, on the thread of the connection that asks.
struct MariaDBConnector {
    let parameters: MariaDBParameters
    let timeout: Duration
    let interrupt: Interrupt

    /// A handle that works, and the host that took us.
    struct Opened {
        let handle: MariaDBHandle
        let host: String
    }

    func connect() throws(MariaDBError) -> Opened {
        let end = ContinuousClock.now + timeout
        var failures: [HostFailure<MariaDBErrorNumber>] = []
        for (index, host) in parameters.hosts.enumerated() {
            let now = ContinuousClock.now
            let deadline = now + now.duration(to: end) / (parameters.hosts.count - index)
            do throws(MariaDBHandle.Stop) {
                return Opened(handle: try open(host, by: deadline), host: host)
            } catch {
                let failure = failure(of: host, error)
                failures.append(failure)
                if failure.reason == .cancelled { break }
            }
        }
        throw .cannotConnect(failures)
    }

    private func failure(of host: String, _ stop: MariaDBHandle.Stop) -> HostFailure<MariaDBErrorNumber> {
        let (reason, detail): (HostFailure<MariaDBErrorNumber>.Reason, String) =
            switch stop {
            case .timedOut: (.timedOut, "")
            case .cancelled: (.cancelled, "")
            case .readOnly: (.readOnly, "")
            case .queueFull: (.timedOut, "")
            case .failed(let report): (Self.reason(report.number), report.message)
            }
        return HostFailure(host: host, port: parameters.port, reason: reason, detail: detail)
    }

    private static func reason(
        _ number: MariaDBErrorNumber
    ) -> HostFailure<MariaDBErrorNumber>.Reason {
        switch number {
        // The library's own, but the login was refused: by us, for a method that would give the password away.
        case .authenticationNotAllowed, .authenticationFailed, .authenticationPluginMissing, .tlsFailed:
            .refused(number)
        default: number.isOfTheLibrary ? .unreachable : .refused(number)
        }
    }

    private func open(
        _ host: String, by deadline: ContinuousClock.Instant
    ) throws(MariaDBHandle.Stop) -> MariaDBHandle {
        let handle = try connected(host, by: deadline)
        _ = try handle.query(sessionStatement(handle), by: deadline)
        guard parameters.requiresWritable else { return handle }
        let rows = try handle.query("SELECT @@global.read_only", by: deadline)
        guard rows.first?.values == ["0"] else { throw .readOnly }
        return handle
    }

    /// As often as it takes while the server's queue is full: each time with a handle of its own, as one whose call was left
    /// in the middle is of no more use.
    private func connected(
        _ host: String, by deadline: ContinuousClock.Instant
    ) throws(MariaDBHandle.Stop) -> MariaDBHandle {
        while true {
            let handle = try MariaDBHandle(interrupt: interrupt)
            do throws(MariaDBHandle.Stop) {
                try handle.connect(parameters, host: host, by: deadline)
                return handle
            } catch .queueFull {
                try handle.pause(.milliseconds(20), by: deadline)
            }
        }
    }

    /// What the session is, whatever the account, `init_connect` or the server's defaults say. The values are ours.
    private func sessionStatement(_ handle: MariaDBHandle) -> String {
        var settings = [
            "autocommit = 1", "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
            "time_zone = '+00:00'", "lock_wait_timeout = 5", "innodb_lock_wait_timeout = 5",
        ]
        if let limit = parameters.statementTimeout {
            let seconds = max(1, limit.components.seconds)
            settings.append(
                handle.isMariaDB
                    ? "max_statement_time = \(seconds)" : "max_execution_time = \(seconds * 1000)")
        }
        return "SET SESSION " + settings.joined(separator: ", SESSION ")
    }
}
