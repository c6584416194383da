import Foundation
import MayflyCore

/// The definitions of databases and profiles last in force, which outlive a configuration that drops them while
/// leases live. Kept in the state: without a password, which is read from its source at each connect.
struct RetainedDefinitions: Sendable {
    static let memoKey = "definitions"
    /// Where a memo is put aside that this version cannot read whole.
    static let unreadableMemoKey = "definitions.unreadable"

    private(set) var databases: [DatabaseDefinition]
    private(set) var profiles: [Profile]
    /// How many definitions of a memo this version could not read. The others are used, and the daemon starts.
    private(set) var unreadable = 0

    init(_ configuration: Configuration) {
        databases = Array(configuration.databases.values)
        profiles = Array(configuration.profiles.values)
    }

    init(decoding memo: String) {
        do {
            let memo = try JSONDecoder().decode(Memo.self, from: Data(memo.utf8))
            databases = memo.databases.compactMap(\.value?.definition)
            profiles = memo.profiles.compactMap(\.value?.profile)
            unreadable =
                memo.databases.count + memo.profiles.count - databases.count - profiles.count
        } catch {
            databases = []
            profiles = []
            unreadable = 1
        }
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let memo = Memo(
            databases: databases.map { Entry(RetainedDatabase($0)) },
            profiles: profiles.map { Entry(RetainedProfile($0)) })
        return String(decoding: try encoder.encode(memo), as: UTF8.self)
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

    private struct Memo: Codable {
        var databases: [Entry<RetainedDatabase>]
        var profiles: [Entry<RetainedProfile>]
    }

    /// One definition; nil when it cannot be read, which is counted.
    private struct Entry<Value: Codable>: Codable {
        let value: Value?

        init(_ value: Value) { self.value = value }

        init(from decoder: any Decoder) throws {
            do { value = try Value(from: decoder) } catch { value = nil }
        }

        func encode(to encoder: any Encoder) throws { try value?.encode(to: encoder) }
    }
}
