import SQLClients
import Testing

/// Expects that the server itself refuses, with this code.
func expectSQLState(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("the server did it, expected \(code)", sourceLocation: sourceLocation)
    } catch let error as PostgreSQLError {
        #expect(error.sqlState?.code == code, "\(error.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// Expects the code that the guard answered for a member.
func expectCode(
    _ row: PostgreSQLRow, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let answered = try row.string("sqlstate")
    let message = try row.string("message")
    #expect(answered == code, "\(message)", sourceLocation: sourceLocation)
}
