/// One row, read by the names of its columns.
package struct SQLRow<Report: ServerErrorReport>: Sendable {
    let indices: [String: Int]
    /// In the order of the columns.
    package let values: [String?]

    /// The text of a column; nil for NULL.
    package func optionalString(_ column: String) throws(SQLError<Report>) -> String? {
        guard let index = indices[column] else { throw .unexpectedAnswer("no column \(column)") }
        return values[index]
    }

    /// The text of a column that not every version of what answers has; nil for NULL too.
    package func text(ifThere column: String) -> String? { indices[column].flatMap { values[$0] } }

    package func string(_ column: String) throws(SQLError<Report>) -> String {
        guard let value = try optionalString(column) else { throw .unexpectedAnswer("\(column) is NULL") }
        return value
    }

    package func optionalInt(_ column: String) throws(SQLError<Report>) -> Int? {
        guard let text = try optionalString(column) else { return nil }
        guard let value = Int(text) else { throw .unexpectedAnswer("\(column) is not an integer") }
        return value
    }

    package func int(_ column: String) throws(SQLError<Report>) -> Int {
        guard let value = try optionalInt(column) else { throw .unexpectedAnswer("\(column) is NULL") }
        return value
    }

    package func double(_ column: String) throws(SQLError<Report>) -> Double {
        guard let value = Double(try string(column)) else {
            throw .unexpectedAnswer("\(column) is not a number")
        }
        return value
    }
}
