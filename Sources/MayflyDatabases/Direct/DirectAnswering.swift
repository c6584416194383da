import MayflyCore
import MayflyCrypto
import SQLClients

/// Answers the guard's calls where there is no guard (`mode: direct`), with the rows that the guard would give.
///
/// All that an engine does, it does with such calls: nothing above them knows the difference.
protocol DirectAnswering<Connection>: Sendable {
    associatedtype Connection: SQLConnection

    var register: DirectRegister { get }

    /// - Returns: a row for each member, in order; a bad member fails alone.
    func answer<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], on session: DirectSession<Connection>
    ) async throws(SQLError<Connection.Report>) -> SQLRows<Connection.Report>

    /// Runs the raw SQL for a role's end, all or nothing where the server allows it.
    func runRevocationStatements(
        of entry: DirectRegister.Entry, on session: DirectSession<Connection>
    ) async throws(SQLError<Connection.Report>)
}

extension DirectAnswering {
    typealias Failure = SQLError<Connection.Report>

    static func digest(_ verifier: Verifier) throws(Failure) -> SHA256Digest {
        do throws(CryptoFailure) { return try DirectRegister.digest(verifier) } catch {
            throw .invalidValue(error.description)
        }
    }

    /// Whether a profile's raw SQL makes the role itself: somewhere it has a place for the verifier. Else it is run once
    /// the role is made.
    static func makesRole(_ statements: [String], _ engine: EngineKind) throws(StatementTemplate.Problem)
        -> Bool
    {
        for statement in statements {
            let template = try StatementTemplate(
                statement, allowing: StatementTemplate.Place.allCases, for: engine)
            if template.places.contains(.verifier) { return true }
        }
        return false
    }

    /// The members as what `function` takes.
    func typed<Member: GuardMember, Wanted: GuardMember>(
        _ members: [Member], as wanted: Wanted.Type
    ) throws(Failure) -> [Wanted] {
        guard let members = members as? [Wanted] else {
            throw .invalidValue("members that the function does not take")
        }
        return members
    }
}
