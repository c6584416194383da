import Foundation
import MayflyCore

/// Something that names an account as its definer, as the guard says.
struct DefinedObject: Decodable, Sendable {
    let database: String
    /// `view`, `procedure`, `function`, `trigger`, `event`.
    let kind: String
    let name: String

    var line: String { "\(kind) \(database).\(name)" }

    /// What a DBA would begin with.
    var statement: String {
        get throws(EngineFailure) {
            let object = try MariaDBQuoting.identifier(database) + "." + (try MariaDBQuoting.identifier(name))
            return
                "SHOW CREATE \(kind.uppercased()) \(object);  -- make it anew with another DEFINER, or drop it"
        }
    }

    static func list(_ json: String) throws(EngineFailure) -> [DefinedObject] {
        do {
            return try JSONDecoder().decode([DefinedObject].self, from: Data(json.utf8))
        } catch {
            throw EngineFailure(.guardUnusable, "the guard's answer is not what this version expects")
        }
    }
}
