import Foundation
import SQLClients

/// What the tests read of `mayfly.describe()`.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct MariaDBGuardDescription: Decodable {
    struct Routine: Decodable {
        var name: String
        var sha256: String
        var definer: String
        var security: String
        var sql_mode: String
        var callers: [String]
    }
    var guard_version: Int
    var engine: String
    var read_only: Bool
    var live: Int
    var groups: [String]
    var groups_not_grantable: [String]
    var event_scheduler: String
    var event: String?
    var ed25519: Bool
    var strict_password_validation: Bool
    var password_checks: [String]
    var routines: [Routine]
    var schema_callers: [String]
    var broker_powers: [String]
}

extension MariaDBGuardServer {
    func description() async throws -> MariaDBGuardDescription {
        let text = try only(try await rows("describe")).string("description")
        return try JSONDecoder().decode(MariaDBGuardDescription.self, from: Data(text.utf8))
    }
}
