/// The answer to a query: rows of optional text.
package struct SQLRows<Report: ServerErrorReport>: Sendable, Equatable, RandomAccessCollection {
    package let columns: [String]
    private let positions: [String: Int]
    private let values: [[String?]]

    package init(columns: [String], values: [[String?]]) {
        self.columns = columns
        self.values = values
        positions = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { values.count }

    package subscript(position: Int) -> SQLRow<Report> {
        SQLRow(indices: positions, values: values[position])
    }

    /// The single row of an answer that has exactly one.
    package func only() throws(SQLError<Report>) -> SQLRow<Report> {
        guard values.count == 1 else {
            throw .unexpectedAnswer("\(values.count) rows instead of one")
        }
        return self[0]
    }
}
