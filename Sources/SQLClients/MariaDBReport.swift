/// An error as the server reported it, or the library where the server said nothing.
package struct MariaDBReport: ServerErrorReport {
    package let number: MariaDBErrorNumber
    package var code: MariaDBErrorNumber { number }
    /// Five characters; says more than the number only where a procedure raised the error itself (1644).
    package let sqlState: String
    /// The server's own words, in its language: to read, never to branch on, not for everybody's eyes.
    package let message: String

    package init(number: MariaDBErrorNumber, sqlState: String, message: String) {
        self.number = number
        self.sqlState = sqlState
        self.message = message
    }

    package var description: String { "the server refused (\(number): \(number.meaning))" }
    package var debugDescription: String { "\(description): \(message)" }
}

package typealias MariaDBError = SQLError<MariaDBReport>
package typealias MariaDBRows = SQLRows<MariaDBReport>
package typealias MariaDBRow = SQLRow<MariaDBReport>

extension SQLError where Report == MariaDBReport {
    /// The number, where there is one.
    package var number: MariaDBErrorNumber? { code }
}

extension SQLRow where Report == MariaDBReport {
    /// MariaDB and MySQL write truth values as 1 and 0.
    package func bool(_ column: String) throws(MariaDBError) -> Bool {
        switch try string(column) {
        case "1": true
        case "0": false
        default: throw .unexpectedAnswer("\(column) is not a boolean")
        }
    }
}
