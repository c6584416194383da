import SQLClients
import Testing

/// The server's report, when it refuses; nil when it does what is asked.
func report(_ body: () async throws -> Void) async throws -> MariaDBReport? {
    do {
        try await body()
        return nil
    } catch let error as MariaDBError {
        guard case .server(let report) = error else { throw error }
        return report
    }
}

/// Expects that the server itself refuses, with one of these numbers.
func expectNumber(
    _ numbers: UInt32..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("the server did it, expected \(numbers)", sourceLocation: sourceLocation)
    } catch let error as MariaDBError {
        #expect(
            error.number.map { numbers.contains($0.rawValue) } == true, "\(error.debugDescription)",
            sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// Expects that the guard refuses a call as a whole, with this code.
func expectRefusal(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        let refusal = try await report(body)
        #expect(
            refusal?.sqlState == code, "\(refusal?.debugDescription ?? "done")",
            sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// Expects the code that the guard answered for a member.
func expectCode(
    _ row: MariaDBRow, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let answered = try row.string("code")
    let message = try row.string("message")
    #expect(answered == code, "\(message)", sourceLocation: sourceLocation)
}
