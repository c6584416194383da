import CLibpq
import Glibc

/// Owns one `PGconn`: the only type that has the pointer. Not `Sendable`: its connection's actor holds it.
///
/// Every wait is a `poll(2)` with a deadline that a cancelled task can cut short.
final class PostgreSQLHandle {
    /// Why a wait ended without what was waited for.
    enum Stop: Error {
        case timedOut, cancelled, readOnly
        case failed(String)
    }

    private let pointer: OpaquePointer
    private let interrupt: Interrupt

    /// Begins to connect. libpq resolves the host's name here, which may block this thread.
    init(keywords: [(String, String)], password: AccountPassword?, interrupt: Interrupt) throws(Stop) {
        LibpqEnvironment.clear()
        let started = Self.start(keywords: keywords, password: password)
        guard let started else { throw .failed("out of memory") }
        pointer = started
        self.interrupt = interrupt
        // Notices go nowhere; by default libpq prints them to stderr.
        PQsetNoticeReceiver(started, { _, _ in }, nil)
        // libpq has no field for the SQLSTATE of a refused login: with this setting the message is the code,
        // in the same form whatever the server's language.
        PQsetErrorVerbosity(started, PQERRORS_SQLSTATE)
    }

    deinit {
        PQfinish(pointer)
    }

    private static func start(keywords: [(String, String)], password: AccountPassword?) -> OpaquePointer? {
        let texts = keywords.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { for text in texts { free(text) } }
        let passwordKey = strdup("password")
        defer { free(passwordKey) }
        var names: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        for index in stride(from: 0, to: texts.count, by: 2) {
            names.append(UnsafePointer(texts[index]))
            values.append(UnsafePointer(texts[index + 1]))
        }
        // An empty password would make libpq look into PGPASSWORD: one that is surely wrong is sent, if the server
        // asks at all, and refused with the code of a wrong password.
        let password = password.flatMap { $0.isEmpty ? nil : $0 } ?? AccountPassword(copying: " ".utf8)
        return password.withCString { secret in
            // The third argument is expand_dbname: a database named like a connection string is a name.
            PQconnectStartParams(names + [UnsafePointer(passwordKey), nil], values + [secret, nil], 0)
        }
    }

    // MARK: What libpq knows

    var isUsable: Bool { PQstatus(pointer) == CONNECTION_OK }
    var serverVersion: Int { Int(PQserverVersion(pointer)) }
    var backendPID: Int { Int(PQbackendPID(pointer)) }
    var message: String { Self.trimmed(PQerrorMessage(pointer)) }

    /// Protocol and cipher; nil without TLS.
    var tls: (version: String, cipher: String)? {
        guard PQsslInUse(pointer) != 0 else { return nil }
        return (
            Self.trimmed(PQsslAttribute(pointer, "protocol")), Self.trimmed(PQsslAttribute(pointer, "cipher"))
        )
    }

    static func trimmed(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "" }
        var result = String(cString: text)
        while result.last?.isWhitespace == true { result.removeLast() }
        return result
    }

    // MARK: Waiting

    /// Connects, or says why not.
    func finishConnecting(by deadline: ContinuousClock.Instant) throws(Stop) {
        // PQconnectPoll: "Initially … behave as if it last returned PGRES_POLLING_WRITING".
        var wanted = Int16(POLLOUT)
        if PQstatus(pointer) == CONNECTION_BAD { throw .failed(message) }
        while true {
            try wait(for: wanted, until: deadline)
            switch PQconnectPoll(pointer) {
            case PGRES_POLLING_OK:
                PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
                guard PQsetnonblocking(pointer, 1) == 0 else { throw .failed(message) }
                return
            case PGRES_POLLING_READING: wanted = Int16(POLLIN)
            case PGRES_POLLING_WRITING: wanted = Int16(POLLOUT)
            default: throw .failed(message)
            }
        }
    }

    /// Sends one statement with bound values.
    func send(_ sql: String, _ values: [String?], by deadline: ContinuousClock.Instant) throws(Stop) {
        let texts = values.map { $0.map { strdup($0) } }
        defer {
            for case .some(let text) in texts {
                if let text { explicit_bzero(text, strlen(text)) }
                free(text)
            }
        }
        let pointers = texts.map { $0.flatMap { UnsafePointer($0) } }
        let sent = PQsendQueryParams(pointer, sql, CInt(values.count), nil, pointers, nil, nil, 0)
        guard sent == 1 else { throw .failed(message) }
        try flush(by: deadline)
    }

    /// Sends a script of several statements, by the simple protocol: one transaction unless it says otherwise.
    func send(script: String, by deadline: ContinuousClock.Instant) throws(Stop) {
        guard PQsendQuery(pointer, script) == 1 else { throw .failed(message) }
        try flush(by: deadline)
    }

    private func flush(by deadline: ContinuousClock.Instant) throws(Stop) {
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1:
                let ready = try wait(for: Int16(POLLIN | POLLOUT), until: deadline)
                if ready & Int16(POLLIN) != 0, PQconsumeInput(pointer) == 0 { throw .failed(message) }
            default: throw .failed(message)
            }
        }
    }

    /// The next result of what was sent; nil after the last.
    func nextResult(by deadline: ContinuousClock.Instant) throws(Stop) -> PostgreSQLResult? {
        while PQisBusy(pointer) != 0 {
            try wait(for: Int16(POLLIN), until: deadline)
            if PQconsumeInput(pointer) == 0 { throw .failed(message) }
        }
        return PQgetResult(pointer).map { PostgreSQLResult($0) }
    }

    @discardableResult
    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) throws(Stop) -> Int16 {
        do throws(Interrupt.Stop) {
            return try interrupt.wait(for: events, on: PQsocket(pointer), until: deadline)
        } catch {
            switch error {
            case .timedOut: throw .timedOut
            case .cancelled: throw .cancelled
            case .failed(let text): throw .failed(text.isEmpty ? message : text)
            }
        }
    }

    /// Whether the other end is still there: reads what has come in meanwhile, which may be a good-bye.
    func isAlive() -> Bool {
        // At most a few messages come in while idle: a good-bye and the end of the stream are two reads.
        for _ in 0..<16 {
            guard isUsable else { return false }
            var entry = pollfd(fd: PQsocket(pointer), events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 0) <= 0 { return true }
            if PQconsumeInput(pointer) == 0 { return false }
        }
        return false
    }

    /// Asks the server to stop what it does for us; does not wait.
    func cancel() {
        CancelRequest(of: pointer)?.send()
    }
}
