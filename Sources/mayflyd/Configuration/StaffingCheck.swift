import MayflyCore

/// Whether there are enough people for the steps of a rule.
struct StaffingCheck {
    let people: People
    /// Who a principal is; nil when that may be any number of people. By itself it knows what the configuration says.
    var members: (Principal) -> Set<Person>?

    init(people: People) {
        self.people = people
        members = { principal in
            switch principal {
            case .user, .uid:
                [
                    people.entries.keys.sorted().first { people.entries[$0]?.contains(principal) == true }
                        ?? Person(rawValue: principal.description)
                ]
            case .group, .subject, .claims, .anyone: nil
            }
        }
    }

    init(people: People, members: @escaping (Principal) -> Set<Person>?) {
        self.people = people
        self.members = members
    }

    /// An error when nobody's request could ever be approved, a warning when only some people's could not.
    func findings(for rule: AccessRule) -> [Finding] {
        let steps = staffed(rule)
        guard !steps.isEmpty else { return [] }
        if let step = Staffing.unmeetable(steps) {
            return [Finding(.error, "approval", text(step, "can be met by nobody"))]
        }
        guard let requesters = everybody(rule.who) else { return [] }
        let stuck = requesters.sorted().compactMap { requester in
            Staffing.unmeetable(steps, for: requester).map { (requester, $0) }
        }
        guard let first = stuck.first else { return [] }
        if stuck.count == requesters.count {
            return [
                Finding(
                    .error, "approval",
                    text(first.1, "can be met by nobody: whoever may ask is needed to approve"))
            ]
        }
        return stuck.map { requester, step in
            Finding(.warning, "approval", text(step, "can be met by nobody when \(requester) asks"))
        }
    }

    private func text(_ step: Staffing.Step, _ what: String) -> String {
        let found = step.people.map {
            $0.isEmpty ? "nobody" : $0.sorted().map(\.rawValue).joined(separator: ", ")
        }
        return "step \(step.name.quoted()) \(what): it takes \(step.count) of \(found ?? "its approvers")"
            + ", nobody approves their own request, and one person counts in one step only"
    }

    private func staffed(_ rule: AccessRule) -> [Staffing.Step] {
        rule.everyStep.map {
            Staffing.Step(name: $0.name, count: $0.count, people: everybody($0.everyApprover))
        }
    }

    private func everybody(_ principals: [Principal]) -> Set<Person>? {
        principals.reduce(into: Optional([])) { all, principal in
            guard let found = members(principal) else { return all = nil }
            all?.formUnion(found)
        }
    }
}
