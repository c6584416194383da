import Foundation
import SQLClients

extension SQLRow {
    /// A column that holds a JSON array of strings.
    func strings(_ column: String) throws(SQLError<Report>) -> [String] {
        let json = try string(column)
        do { return try JSONDecoder().decode([String].self, from: Data(json.utf8)) } catch {
            throw .unexpectedAnswer("\(column) is not a list")
        }
    }
}
