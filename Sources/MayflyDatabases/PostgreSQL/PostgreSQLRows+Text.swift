import MayflyCore
import SQLClients

extension PostgreSQLRow {
    /// The first column, whatever its name.
    var firstText: String? { values.first ?? nil }
}

extension PostgreSQLRows {
    /// The one value of an answer that has one row of one column.
    func onlyText() throws(EngineFailure) -> String {
        guard count == 1, let text = self[0].firstText else {
            throw EngineFailure(.guardUnusable, "the server's answer was not as expected")
        }
        return text
    }
}
