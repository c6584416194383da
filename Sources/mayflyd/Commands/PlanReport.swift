import Foundation
import MayflyAPI
import MayflyCore

/// A plan for programs.
struct PlanReport: Encodable {
    private struct Statement: Encodable {
        var purpose: String
        var database: String
        var statement: String
    }

    private struct Obstacle: Encodable {
        var message: String
        var statement: String?
    }

    private struct Profile: Encodable {
        var profile: String
        var group: String
        var inStep: Bool
        var refused: Bool
        var scope: [String]
        var statements: [Statement]
        var obstacles: [Obstacle]
        var notes: [String]

        enum CodingKeys: String, CodingKey {
            case profile, group, refused, scope, statements, obstacles, notes
            case inStep = "in_step"
        }
    }

    private var database: String
    private var inStep: Bool
    /// Without a look at the server.
    private var offline: Bool
    private var profiles: [Profile]

    private enum CodingKeys: String, CodingKey {
        case database, offline, profiles
        case inStep = "in_step"
    }

    init(_ plan: ScopePlan, isOffline: Bool) {
        database = plan.database.rawValue
        inStep = plan.isInStep
        offline = isOffline
        profiles = plan.profiles.map { profile in
            Profile(
                profile: profile.profile.rawValue, group: profile.group, inStep: profile.isInStep,
                refused: profile.isRefused, scope: profile.expanded,
                statements: profile.steps.map {
                    Statement(purpose: $0.purpose.rawValue, database: $0.place, statement: $0.statement)
                },
                obstacles: profile.obstacles.map { Obstacle(message: $0.message, statement: $0.statement) },
                notes: profile.notes)
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self).printableJSON
    }
}
