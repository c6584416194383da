import Foundation
import MayflyCore

/// The definitions of databases and profiles last in force, which outlive a configuration that drops them while
/// leases live. Kept in the state: without a password, which is read from its source at each connect.
struct RetainedDefinitions: Codable, Sendable {
    static let memoKey = "definitions"

    var databases: [DatabaseDefinition]
    var profiles: [Profile]

    init(_ configuration: Configuration) {
        databases = Array(configuration.databases.values)
        profiles = Array(configuration.profiles.values)
    }

    /// - Throws: `DecodingError` for a memo that this version cannot read.
    init(decoding memo: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(memo.utf8))
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    mutating func add(_ others: RetainedDefinitions) {
        databases += others.databases.filter { other in !databases.contains { $0.name == other.name } }
        profiles += others.profiles.filter { other in !profiles.contains { $0.name == other.name } }
    }

    /// `new`, with each database and profile of ours that it lacks and that a living lease needs, as `retired`.
    func completing(_ new: Configuration, living: [LeaseCount]) -> Configuration {
        var completed = new
        for count in living {
            if completed.databases[count.database] == nil,
                var database = databases.first(where: { $0.name == count.database })
            {
                database.retired = true
                completed.databases[database.name] = database
            }
            if completed.profiles[count.profile] == nil,
                var profile = profiles.first(where: { $0.name == count.profile })
            {
                profile.retired = true
                completed.profiles[profile.name] = profile
            }
        }
        return completed
    }
}
