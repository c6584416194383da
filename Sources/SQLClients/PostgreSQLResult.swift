import CLibpq

/// Owns one `PGresult`; what is read from it is copied.
struct PostgreSQLResult: ~Copyable {
    /// What kind of answer it is.
    enum Kind {
        case rows(PostgreSQLRows)
        case done
        /// An error of the server, or of libpq where there is no code: then the connection is gone.
        case failed(ServerReport?, detail: String)
        /// COPY and the like, which this client doesn't speak.
        case unsupported
    }

    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    func read() -> Kind {
        switch PQresultStatus(pointer) {
        case PGRES_TUPLES_OK: .rows(rows())
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: failure()
        default: .unsupported
        }
    }

    private func rows() -> PostgreSQLRows {
        let width = PQnfields(pointer)
        let columns = (0..<width).map { PostgreSQLHandle.trimmed(PQfname(pointer, $0)) }
        let values = (0..<PQntuples(pointer)).map { row in
            (0..<width).map { column in value(row, column) }
        }
        return PostgreSQLRows(columns: columns, values: values)
    }

    private func value(_ row: CInt, _ column: CInt) -> String? {
        guard PQgetisnull(pointer, row, column) == 0, let text = PQgetvalue(pointer, row, column) else {
            return nil
        }
        let length = Int(PQgetlength(pointer, row, column))
        return text.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }

    private func failure() -> Kind {
        let message = field("M") ?? PostgreSQLHandle.trimmed(PQresultErrorMessage(pointer))
        guard let code = field("C"), let sqlState = SQLState(code) else {
            return .failed(nil, detail: message)
        }
        let report = ServerReport(sqlState: sqlState, message: message, detail: field("D"), hint: field("H"))
        return .failed(report, detail: message)
    }

    /// A field of the report by its letter: https://www.postgresql.org/docs/current/protocol-error-fields.html
    private func field(_ letter: UnicodeScalar) -> String? {
        PQresultErrorField(pointer, CInt(letter.value)).map { String(cString: $0) }
    }
}
