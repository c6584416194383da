import CMariaDB
import Glibc

/// Owns one `MYSQL_STMT`, a prepared statement.
final class MariaDBStatement {
    private let pointer: UnsafeMutablePointer<MYSQL_STMT>

    init(of handle: MariaDBHandle) throws(MariaDBHandle.Stop) {
        guard let made = mysql_stmt_init(handle.pointer) else { throw .failed(handle.report) }
        pointer = made
    }

    deinit {
        mysql_stmt_close(pointer)
    }

    private var report: MariaDBReport {
        MariaDBReport(
            number: .init(rawValue: mysql_stmt_errno(pointer)),
            sqlState: String(cString: mysql_stmt_sqlstate(pointer)),
            message: String(cString: mysql_stmt_error(pointer)))
    }

    func prepare(
        _ sql: String, on handle: MariaDBHandle, by deadline: ContinuousClock.Instant
    ) throws(MariaDBHandle.Stop) {
        let text = CText(sql)
        var failed: CInt = 0
        try handle.finish(by: deadline) {
            mysql_stmt_prepare_start(&failed, pointer, text.pointer, CUnsignedLong(sql.utf8.count))
        } _: {
            mysql_stmt_prepare_cont(&failed, pointer, $0)
        }
        if failed != 0 { throw .failed(report) }
    }

    func execute(
        _ values: [String?], on handle: MariaDBHandle, by deadline: ContinuousClock.Instant
    ) throws(MariaDBHandle.Stop) -> MariaDBRows {
        let arguments = MariaDBArguments(values)
        guard mysql_stmt_param_count(pointer) == CUnsignedLong(values.count) else {
            throw .failed(
                MariaDBReport(number: .init(rawValue: 2034), sqlState: "HY000", message: "number of values"))
        }
        if !values.isEmpty, mysql_stmt_bind_param(pointer, arguments.binds.baseAddress) != 0 {
            throw .failed(report)
        }
        var failed: CInt = 0
        try handle.finish(by: deadline) {
            mysql_stmt_execute_start(&failed, pointer)
        } _: {
            mysql_stmt_execute_cont(&failed, pointer, $0)
        }
        var rows = MariaDBRows(columns: [], values: [])
        while true {
            if failed != 0 { throw .failed(report) }
            if mysql_stmt_field_count(pointer) > 0 {
                try handle.finish(by: deadline) {
                    mysql_stmt_store_result_start(&failed, pointer)
                } _: {
                    mysql_stmt_store_result_cont(&failed, pointer, $0)
                }
                if failed != 0 { throw .failed(report) }
                // A procedure ends with a result that has no rows of columns: the last that has some counts.
                rows = try stored()
                mysql_stmt_free_result(pointer)
            }
            guard mysql_stmt_more_results(pointer) != 0 else { break }
            try handle.finish(by: deadline) {
                mysql_stmt_next_result_start(&failed, pointer)
            } _: {
                mysql_stmt_next_result_cont(&failed, pointer, $0)
            }
        }
        return rows
    }

    /// The rows of a result that the library has in full.
    private func stored() throws(MariaDBHandle.Stop) -> MariaDBRows {
        guard let described = mysql_stmt_result_metadata(pointer) else { throw .failed(report) }
        let columns = MariaDBResult(described).columns
        let cells = MariaDBCells(count: columns.count)
        if mysql_stmt_bind_result(pointer, cells.binds.baseAddress) != 0 { throw .failed(report) }
        var values: [[String?]] = []
        while true {
            switch mysql_stmt_fetch(pointer) {
            case 0, MYSQL_DATA_TRUNCATED:
                var row: [String?] = []
                for column in columns.indices {
                    guard let length = cells.length(of: column) else {
                        row.append(nil)
                        continue
                    }
                    var failed = false
                    let text = String(unsafeUninitializedCapacity: max(1, length)) { buffer in
                        var cell = MYSQL_BIND()
                        cell.buffer_type = MYSQL_TYPE_STRING
                        cell.buffer = UnsafeMutableRawPointer(buffer.baseAddress)
                        cell.buffer_length = CUnsignedLong(length)
                        // The memory is the string's own, as long as the library was told.
                        failed = mysql_stmt_fetch_column(pointer, &cell, CUnsignedInt(column), 0) != 0
                        return failed ? 0 : length
                    }
                    if failed { throw .failed(report) }
                    row.append(text)
                }
                values.append(row)
            case MYSQL_NO_DATA: return MariaDBRows(columns: columns, values: values)
            default: throw .failed(report)
            }
        }
    }
}
