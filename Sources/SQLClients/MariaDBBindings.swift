import CMariaDB
import Glibc

/// The values of a statement's parameters, in memory that stays in place while the library sends them. Zeroed
/// afterwards: a verifier may be among them.
final class MariaDBArguments {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>

    init(_ values: [String?]) {
        binds = .allocate(capacity: values.count)
        binds.initialize(repeating: MYSQL_BIND())
        for (index, value) in values.enumerated() {
            guard let value, let text = strdup(value) else {
                binds[index].buffer_type = MYSQL_TYPE_NULL
                continue
            }
            binds[index].buffer_type = MYSQL_TYPE_STRING
            binds[index].buffer = UnsafeMutableRawPointer(text)
            binds[index].buffer_length = CUnsignedLong(strlen(text))
        }
    }

    deinit {
        for bind in binds {
            guard let text = bind.buffer else { continue }
            explicit_bzero(text, Int(bind.buffer_length))
            free(text)
        }
        binds.deallocate()
    }
}

/// Where the library says how long each column of a row is, and whether it is NULL.
final class MariaDBCells {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let lengths: UnsafeMutableBufferPointer<CUnsignedLong>
    private let nulls: UnsafeMutableBufferPointer<my_bool>

    init(count: Int) {
        binds = .allocate(capacity: count)
        lengths = .allocate(capacity: count)
        nulls = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths.initialize(repeating: 0)
        nulls.initialize(repeating: 0)
        for index in 0..<count {
            binds[index].buffer_type = MYSQL_TYPE_STRING
            binds[index].length = lengths.baseAddress.map { $0 + index }
            binds[index].is_null = nulls.baseAddress.map { $0 + index }
        }
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
    }

    /// Of the current row; nil for NULL.
    func length(of column: Int) -> Int? {
        nulls[column] == 0 ? Int(lengths[column]) : nil
    }
}
