extension SQLState {
    /// The condition in plain words, for people; by code, so that it doesn't depend on the server's language.
    package var meaning: String {
        switch self {
        case .invalidPassword: "wrong password"
        case .invalidAuthorization: "login not allowed"
        case .invalidCatalogName: "no such database"
        case .invalidSchemaName: "no such schema"
        case .undefinedFunction: "no such function"
        case .undefinedTable: "no such table"
        case .undefinedObject: "no such object"
        case .duplicateObject: "exists already"
        case .dependentObjectsStillExist: "objects still depend on it"
        case .insufficientPrivilege: "permission denied"
        case .tooManyConnections: "no connection left"
        case .cannotConnectNow: "starting up or shutting down"
        case .adminShutdown, .crashShutdown: "shutting down"
        case .queryCanceled: "cancelled, or over its time limit"
        case .lockNotAvailable: "waited too long for a lock"
        case .serializationFailure, .deadlockDetected: "collided with another transaction"
        case .readOnlyTransaction: "the server is read-only"
        default: meaningOfClass
        }
    }

    private var meaningOfClass: String {
        switch errorClass {
        case "08": "connection trouble"
        case "22", "23": "value not acceptable"
        case "28": "login not allowed"
        case "42": "wrong or not permitted"
        case "53": "out of resources"
        case "54": "over a limit of the server"
        case "55": "not possible in this state"
        case "57": "interrupted by an operator"
        case "58": "trouble of the server's system"
        case "XX": "internal error of the server"
        default: "refused"
        }
    }
}
