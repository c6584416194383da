import CMariaDB

/// Owns one `MYSQL_RES`, read in full from the server; what is read from it is copied.
struct MariaDBResult: ~Copyable {
    private let pointer: UnsafeMutablePointer<MYSQL_RES>

    init(_ pointer: UnsafeMutablePointer<MYSQL_RES>) {
        self.pointer = pointer
    }

    deinit {
        mysql_free_result(pointer)
    }

    var columns: [String] {
        let width = Int(mysql_num_fields(pointer))
        guard width > 0, let fields = mysql_fetch_fields(pointer) else { return [] }
        return (0..<width).map { String(cString: fields[$0].name) }
    }

    func rows() -> MariaDBRows {
        let columns = columns
        var values: [[String?]] = []
        while let row = mysql_fetch_row(pointer), let lengths = mysql_fetch_lengths(pointer) {
            values.append(
                columns.indices.map { index in
                    row[index].map { text in
                        let bytes = UnsafeRawBufferPointer(start: text, count: Int(lengths[index]))
                        return String(decoding: bytes, as: UTF8.self)
                    }
                })
        }
        return MariaDBRows(columns: columns, values: values)
    }
}
