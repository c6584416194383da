/// The five characters by which PostgreSQL says what went wrong; the only thing that we branch on.
///
/// https://www.postgresql.org/docs/current/errcodes-appendix.html
package struct SQLState: ServerErrorCode {
    package let code: String

    /// - Returns: nil unless `code` is five digits or capital letters.
    package init?(_ code: some StringProtocol) {
        let allowed = code.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
        guard code.utf8.count == 5, allowed else { return nil }
        self.code = String(code)
    }

    private init(known: StaticString) {
        code = known.description
    }

    /// The first two characters: `53` is all "insufficient resources".
    package var errorClass: String { String(code.prefix(2)) }

    package var description: String { code }

    package static let connectionFailure = SQLState(known: "08006")
    package static let invalidParameterValue = SQLState(known: "22023")
    package static let invalidPassword = SQLState(known: "28P01")
    package static let invalidAuthorization = SQLState(known: "28000")
    package static let dependentObjectsStillExist = SQLState(known: "2BP01")
    package static let invalidCatalogName = SQLState(known: "3D000")
    package static let invalidSchemaName = SQLState(known: "3F000")
    package static let serializationFailure = SQLState(known: "40001")
    package static let deadlockDetected = SQLState(known: "40P01")
    package static let insufficientPrivilege = SQLState(known: "42501")
    package static let duplicateObject = SQLState(known: "42710")
    package static let undefinedObject = SQLState(known: "42704")
    package static let undefinedFunction = SQLState(known: "42883")
    package static let undefinedTable = SQLState(known: "42P01")
    package static let tooManyConnections = SQLState(known: "53300")
    package static let objectNotInPrerequisiteState = SQLState(known: "55000")
    package static let lockNotAvailable = SQLState(known: "55P03")
    package static let queryCanceled = SQLState(known: "57014")
    package static let adminShutdown = SQLState(known: "57P01")
    package static let crashShutdown = SQLState(known: "57P02")
    package static let cannotConnectNow = SQLState(known: "57P03")
    package static let readOnlyTransaction = SQLState(known: "25006")
    package static let internalError = SQLState(known: "XX000")
}
