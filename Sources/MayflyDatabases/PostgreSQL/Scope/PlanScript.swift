package import MayflyCore

/// A plan as a script for psql: a transaction for each database, comments that say what each statement is for.
package struct PlanScript {
    private let plan: ScopePlan
    private let definition: DatabaseDefinition

    package init(_ plan: ScopePlan, of definition: DatabaseDefinition) {
        self.plan = plan
        self.definition = definition
    }

    package func text() throws(EngineFailure) -> String {
        var lines = ["-- The group roles of \(plan.database), brought in step with their profiles."]
        for profile in plan.profiles { lines += Self.heading(profile) }
        let steps = plan.profiles.flatMap(\.steps)
        guard !steps.isEmpty else {
            lines.append(
                plan.isInStep
                    ? "-- Nothing to do: all of it is so." : "-- No statement mends what is said above.")
            return lines.joined(separator: "\n")
        }
        lines.append("\\set ON_ERROR_STOP on")
        for place in plan.places(first: definition.database, last: definition.guardDatabase) {
            lines += [
                "", "\\connect \(try PostgreSQLGuard.connectArgument(place))", "BEGIN;",
                "SET LOCAL search_path = pg_catalog;",
            ]
            for profile in plan.profiles {
                let own = profile.steps.filter { $0.place == place }
                if !own.isEmpty { lines.append(Self.comment("\(profile.profile)")) }
                lines += own.map(Self.statement)
            }
            lines.append("COMMIT;")
        }
        return lines.joined(separator: "\n")
    }

    static func heading(_ profile: ProfilePlan) -> [String] {
        var lines = ["--", Self.comment("profile \(profile.profile), group role \(profile.group):")]
        lines += profile.expanded.map { Self.comment("  \($0)") }
        lines += profile.notes.map { Self.comment("note: \($0)") }
        for obstacle in profile.obstacles {
            lines.append(Self.comment("LOOK: \(obstacle.message)"))
            if let statement = obstacle.statement {
                lines.append(Self.comment("      if it is meant: \(statement);"))
            }
        }
        return lines
    }

    /// The names of others stand in comments: none may end one.
    static func comment(_ text: String) -> String {
        var line = "-- "
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
                line += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    private static func statement(_ step: PlanStep) -> String {
        // A raw one may end with a comment.
        step.purpose == .raw ? step.statement + "\n;" : step.statement + ";"
    }
}

extension ScopePlan {
    /// The databases that statements are run in, in this order: roles are made in `first`, and allowed in `last`.
    package func places(first: String, last: String) -> [String] {
        let all = Set(profiles.flatMap(\.steps).map { ExactText($0.place) })
        let middle = all.subtracting([ExactText(first), ExactText(last)]).sorted().map(\.description)
        return [first].filter { all.contains(ExactText($0)) } + middle
            + (first == last ? [] : [last].filter { all.contains(ExactText($0)) })
    }
}
