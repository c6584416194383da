package typealias PostgreSQLError = SQLError<ServerReport>
package typealias PostgreSQLRows = SQLRows<ServerReport>
package typealias PostgreSQLRow = SQLRow<ServerReport>

extension SQLError where Report == ServerReport {
    /// The server's code, where it gave one.
    package var sqlState: SQLState? { code }
}

extension SQLRow where Report == ServerReport {
    /// PostgreSQL writes booleans as `t` and `f`.
    package func bool(_ column: String) throws(PostgreSQLError) -> Bool {
        switch try string(column) {
        case "t": true
        case "f": false
        default: throw .unexpectedAnswer("\(column) is not a boolean")
        }
    }
}
