import CMariaDB
import Glibc

/// Owns one `MYSQL`: the only type that has the pointer. Not `Sendable`: its connection's actor holds it.
///
/// libmariadb's calls run in its non-blocking mode, on a stack of their own: where they would wait they return to
/// us, and every wait is a `poll(2)` with a deadline that a cancelled task can cut short.
/// https://mariadb.com/docs/server/server-management/non-blocking-client-library
final class MariaDBHandle {
    /// Why a call ended without what was waited for.
    enum Stop: Error {
        case timedOut, cancelled, readOnly
        /// As many connections wait for the server at its Unix socket as it lets wait: try again a little later.
        case queueFull
        case failed(MariaDBReport)
    }

    let pointer: UnsafeMutablePointer<MYSQL>
    private let interrupt: Interrupt
    private var statements: [String: MariaDBStatement] = [:]
    /// A call was left in the middle: nothing but closing is allowed.
    private var isSuspended = false
    private var isConnected = false

    /// The most prepared statements that a connection keeps. We have fewer than ten.
    private static let mostStatements = 32

    init(interrupt: Interrupt) throws(Stop) {
        LibmariadbLibrary.start()
        guard let made = mysql_init(nil) else {
            throw .failed(
                MariaDBReport(number: .init(rawValue: 2008), sqlState: "HY000", message: "no memory"))
        }
        pointer = made
        self.interrupt = interrupt
    }

    deinit {
        // What a good-bye is written to must not keep us waiting: a connection in doubt is cut first.
        if !isUsable { cut() }
        mysql_close(pointer)
        // Statements of a closed connection only give their memory back.
        statements = [:]
    }

    // MARK: What the library knows

    var isUsable: Bool { isConnected && !isSuspended && mysql_get_socket(pointer) >= 0 }
    var connectionID: UInt { UInt(mysql_thread_id(pointer)) }
    var serverVersion: Int { Int(mysql_get_server_version(pointer)) }
    var serverVersionText: String { mysql_get_server_info(pointer).map { String(cString: $0) } ?? "" }
    var isMariaDB: Bool { mariadb_connection(pointer) != 0 }

    /// Protocol and cipher; nil without TLS.
    var tls: TLSInfo? {
        guard let cipher = mysql_get_ssl_cipher(pointer) else { return nil }
        var version: UnsafePointer<CChar>?
        let known = mariadb_get_info(pointer, MARIADB_CONNECTION_TLS_VERSION, &version) == 0
        return TLSInfo(
            version: known ? version.map { String(cString: $0) } ?? "" : "", cipher: String(cString: cipher))
    }

    var report: MariaDBReport {
        MariaDBReport(
            number: .init(rawValue: mysql_errno(pointer)), sqlState: String(cString: mysql_sqlstate(pointer)),
            message: String(cString: mysql_error(pointer)))
    }

    private func cut() {
        let socket = mysql_get_socket(pointer)
        if socket >= 0 { shutdown(socket, CInt(SHUT_RDWR)) }
    }

    // MARK: Waiting

    /// Carries a call of the non-blocking interface to its end.
    ///
    /// - Parameters:
    ///   - start: `…_start`: 0 when it is done, else what it waits for.
    ///   - resume: `…_cont`, with what has come to be.
    ///   - beforeResuming: done after each wait.
    func finish(
        by deadline: ContinuousClock.Instant, _ start: () -> CInt, _ resume: (CInt) -> CInt,
        beforeResuming: () throws(Stop) -> Void = { () throws(Stop) in }
    ) throws(Stop) {
        var status = start()
        isSuspended = status != 0
        while status != 0 {
            let happened = try wait(for: status, until: deadline)
            try beforeResuming()
            status = resume(happened)
            isSuspended = status != 0
        }
    }

    private func wait(for status: CInt, until deadline: ContinuousClock.Instant) throws(Stop) -> CInt {
        var events: Int16 = 0
        if status & MYSQL_WAIT_READ != 0 { events |= Int16(POLLIN) }
        if status & MYSQL_WAIT_WRITE != 0 { events |= Int16(POLLOUT) }
        if status & MYSQL_WAIT_EXCEPT != 0 { events |= Int16(POLLPRI) }
        let ready: Int16
        do throws(Interrupt.Stop) {
            ready = try interrupt.wait(for: events, on: mysql_get_socket(pointer), until: deadline)
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .cancelled: throw .cancelled
            case .failed(let text):
                throw .failed(MariaDBReport(number: .serverLost, sqlState: "HY000", message: text))
            }
        }
        var happened: CInt = 0
        if ready & Int16(POLLIN | POLLHUP | POLLERR) != 0 { happened |= MYSQL_WAIT_READ }
        if ready & Int16(POLLOUT | POLLERR) != 0 { happened |= MYSQL_WAIT_WRITE }
        if ready & Int16(POLLPRI) != 0 { happened |= MYSQL_WAIT_EXCEPT }
        return happened
    }

    /// Waits for nothing but a cancellation.
    func pause(_ duration: Duration, by deadline: ContinuousClock.Instant) throws(Stop) {
        guard ContinuousClock.now < deadline else { throw .timedOut }
        do throws(Interrupt.Stop) {
            try interrupt.wait(for: 0, on: interrupt.descriptor, until: .now + duration)
        } catch {
            if case .cancelled = error { throw .cancelled }
        }
    }

    /// Whether the other end is still there. A server that ends an idle connection says so, or just hangs up: while
    /// we are silent it has nothing else to say.
    func isAlive() -> Bool {
        guard isUsable else { return false }
        var entry = pollfd(fd: mysql_get_socket(pointer), events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 0
    }

    // MARK: Calls

    func connect(
        _ parameters: MariaDBParameters, host: String, by deadline: ContinuousClock.Instant
    ) throws(Stop) {
        try setOptions(parameters, host: host, by: deadline)
        let isSocket = MariaDBParameters.isSocket(host)
        let name = CText(isSocket ? nil : host)
        let socket = CText(isSocket ? host : nil)
        let user = CText(parameters.user)
        let database = CText(parameters.database)
        // An empty one rather than none: with none the library would look into MYSQL_PWD.
        let password = parameters.password ?? AccountPassword(copying: [])
        var alarm: SocketAlarm?
        defer { withExtendedLifetime(alarm) {} }
        var mustLook = !isSocket && parameters.tls != .disable
        var opened: UnsafeMutablePointer<MYSQL>?
        try password.withCString { (secret) throws(Stop) in
            try finish(by: deadline) {
                mysql_real_connect_start(
                    &opened, pointer, name.pointer, user.pointer, secret, database.pointer,
                    CUnsignedInt(parameters.port), socket.pointer, CUnsignedLong(CLIENT_MULTI_RESULTS))
            } _: {
                mysql_real_connect_cont(&opened, pointer, $0)
            } beforeResuming: { () throws(Stop) in
                let socket = mysql_get_socket(pointer)
                // connect(2) gives EAGAIN there, which the library takes for "in progress".
                if isSocket, !MariaDBGreeting.isConnected(socket) { throw .queueFull }
                // The TLS handshake is not in the non-blocking mode: the library waits for it by itself.
                if alarm == nil { alarm = SocketAlarm(socket: socket, deadline: deadline) }
                if mustLook, MariaDBGreeting.isConnected(socket) {
                    try insistOnTLS(socket, by: deadline)
                    mustLook = false
                }
            }
        }
        // The library keeps a copy, for a reconnection that we don't let it do.
        if let copy = pointer.pointee.passwd { explicit_bzero(copy, strlen(copy)) }
        guard opened != nil else {
            throw ContinuousClock.now < deadline ? .failed(report) : .timedOut
        }
        isConnected = true
        // Without TLS the library asks at each read not to wait. OpenSSL doesn't: the socket has to say so.
        let connected = mysql_get_socket(pointer)
        _ = fcntl(connected, F_SETFL, fcntl(connected, F_GETFL) | O_NONBLOCK)
        // Never otherwise, as far as we know.
        if !isSocket, parameters.tls != .disable, tls == nil { throw Self.withoutTLS }
    }

    private static var withoutTLS: Stop {
        .failed(MariaDBReport(number: .tlsFailed, sqlState: "HY000", message: "the server offers no TLS"))
    }

    /// Waits for the greeting of a server that we have just been connected to. Returns only if it offers TLS, or if
    /// it is an error, for the library to report.
    private func insistOnTLS(_ socket: CInt, by deadline: ContinuousClock.Instant) throws(Stop) {
        defer { MariaDBGreeting.setLeast(1, on: socket) }
        var known = 0
        while true {
            MariaDBGreeting.setLeast(known + 1, on: socket)
            _ = try wait(for: MYSQL_WAIT_READ, until: deadline)
            let bytes = MariaDBGreeting.peek(at: socket)
            switch MariaDBGreeting(bytes) {
            case .offersTLS, .refusal: return
            case .incomplete where bytes.count > known: known = bytes.count
            case .incomplete where bytes.isEmpty: return  // hung up, which the library finds, too
            case .incomplete, .malformed, .withoutTLS: throw Self.withoutTLS
            }
        }
    }

    /// One statement without values, or a fixed one of ours. Gives the rows of the last result set.
    func query(_ sql: String, by deadline: ContinuousClock.Instant) throws(Stop) -> MariaDBRows {
        let text = CText(sql)
        var failed: CInt = 0
        try finish(by: deadline) {
            mysql_real_query_start(&failed, pointer, text.pointer, CUnsignedLong(sql.utf8.count))
        } _: {
            mysql_real_query_cont(&failed, pointer, $0)
        }
        var rows = MariaDBRows(columns: [], values: [])
        while true {
            if failed != 0 { throw .failed(report) }
            var result: UnsafeMutablePointer<MYSQL_RES>?
            try finish(by: deadline) {
                mysql_store_result_start(&result, pointer)
            } _: {
                mysql_store_result_cont(&result, pointer, $0)
            }
            if let result {
                rows = MariaDBResult(result).rows()
            } else if mysql_errno(pointer) != 0 {
                throw .failed(report)
            }
            guard mysql_more_results(pointer) != 0 else { return rows }
            try finish(by: deadline) {
                mysql_next_result_start(&failed, pointer)
            } _: {
                mysql_next_result_cont(&failed, pointer, $0)
            }
        }
    }

    /// One statement with values bound to its `?`. Gives the rows of the last result set that has any columns.
    func query(
        _ sql: String, _ values: [String?], by deadline: ContinuousClock.Instant
    ) throws(Stop) -> MariaDBRows {
        let statement: MariaDBStatement
        if let kept = statements[sql] {
            statement = kept
        } else {
            statement = try MariaDBStatement(of: self)
            try statement.prepare(sql, on: self, by: deadline)
            if statements.count >= Self.mostStatements { statements = [:] }
            statements[sql] = statement
        }
        do throws(Stop) {
            return try statement.execute(values, on: self, by: deadline)
        } catch {
            statements[sql] = nil
            throw error
        }
    }
}
