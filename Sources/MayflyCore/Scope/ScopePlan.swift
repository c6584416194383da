/// What it takes to bring the group roles of a database's profiles in step with their scopes.
package struct ScopePlan: Hashable, Sendable {
    package var database: DatabaseName
    /// In the order of their names.
    package var profiles: [ProfilePlan]

    package init(database: DatabaseName, profiles: [ProfilePlan]) {
        self.database = database
        self.profiles = profiles
    }

    package var isInStep: Bool { profiles.allSatisfy(\.isInStep) }
    package var steps: [PlanStep] { profiles.flatMap(\.steps) }
}

/// The same for one profile.
package struct ProfilePlan: Hashable, Sendable {
    /// What no statement of ours mends.
    package struct Obstacle: Hashable, Sendable {
        package var message: String
        /// What a DBA would look at, or run if it is meant.
        package var statement: String?

        package init(_ message: String, statement: String? = nil) {
            self.message = message
            self.statement = statement
        }
    }

    package var profile: ProfileName
    package var group: String
    /// The scope with its levels written out, a line each, for people.
    package var expanded: [String] = []
    /// In the order in which they are to be run.
    package var steps: [PlanStep] = []
    package var obstacles: [Obstacle] = []
    /// Such as the row-level security that the group's tables are under, and patterns that nothing fits.
    package var notes: [String] = []
    /// The group role is not one, or has a power that no lease may have: there are no steps.
    package var isRefused = false

    package init(profile: ProfileName, group: String) {
        self.profile = profile
        self.group = group
    }

    package var isInStep: Bool { steps.isEmpty && obstacles.isEmpty }

    /// What is different, a line each: the statements, and what none mends. The same difference reads the same.
    package var differences: [String] {
        steps.map(\.statement) + obstacles.map(\.message)
    }
}

/// One statement of a plan.
package struct PlanStep: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        /// Makes the group role.
        case create
        /// Writes down what the group role is for.
        case mark
        /// Allows it in the guard.
        case allow
        /// Takes away what is beyond the scope.
        case revoke
        case grant
        /// One of the profile's `group_statements`.
        case raw
    }

    package var purpose: Purpose
    /// The database to be connected to; empty where that makes no difference.
    package var place: String
    /// Without a semicolon at its end.
    package var statement: String

    package init(_ purpose: Purpose, in place: String, _ statement: String) {
        self.purpose = purpose
        self.place = place
        self.statement = statement
    }
}
