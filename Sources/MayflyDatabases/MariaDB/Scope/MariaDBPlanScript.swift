package import MayflyCore

/// A plan as a script for the mariadb or mysql client, which stops at the first error: comments say what each statement is
/// for.
package struct MariaDBPlanScript {
    private let plan: ScopePlan

    package init(_ plan: ScopePlan) { self.plan = plan }

    package func text() -> String {
        var lines = ["-- The group roles of \(plan.database), brought in step with their profiles."]
        for profile in plan.profiles { lines += PlanScript.heading(profile) }
        guard !plan.steps.isEmpty else {
            // A broker sees what its groups hold, and not what there is.
            let isKnown = plan.profiles.allSatisfy(\.notes.isEmpty)
            lines.append(
                !plan.isInStep
                    ? "-- No statement mends what is said above."
                    : isKnown
                        ? "-- Nothing to do: all of it is so."
                        : "-- No statement is known to be missing; see the notes.")
            return lines.joined(separator: "\n")
        }
        lines += ["", "SET NAMES utf8mb4;"]
        for profile in plan.profiles where !profile.steps.isEmpty {
            lines.append(PlanScript.comment("\(profile.profile)"))
            // A raw one may end with a comment.
            lines += profile.steps.map { $0.purpose == .raw ? $0.statement + "\n;" : $0.statement + ";" }
        }
        return lines.joined(separator: "\n")
    }
}
