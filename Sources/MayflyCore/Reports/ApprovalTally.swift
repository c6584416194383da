/// What became of the requests that people were asked about, and what each of them said.
package struct ApprovalTally: Sendable {
    package private(set) var states: [AccessRequest.State: Int] = [:]
    package private(set) var votes: [TimedVote] = []
    private let isAbout: (@Sendable (Vote) -> Bool)?

    /// - Parameter isAbout: whose votes are meant; requests without one of theirs are left out. Nil for everybody's.
    package init(isAbout: (@Sendable (Vote) -> Bool)? = nil) { self.isAbout = isAbout }

    package mutating func add(_ request: AccessRequest) {
        guard let course = request.course, !course.terms.steps.isEmpty else { return }
        let all = TimedVote.all(request)
        if let isAbout {
            let theirs = all.filter { isAbout($0.vote) }
            guard !theirs.isEmpty else { return }
            votes += theirs
        } else {
            votes += all
        }
        states[request.state, default: 0] += 1
    }

    package var requests: Int { states.values.reduce(0, +) }

    package func count(_ asked: AccessRequest.State...) -> Int {
        asked.reduce(0) { $0 + (states[$1] ?? 0) }
    }

    package var figures: (each: [ApproverFigures], together: ApproverFigures) { ApproverFigures.all(votes) }

    /// How the figures are meant, for whoever reads them.
    package static let definitions = [
        "What people were asked about: requests that were made in the period and needed approval.",
        "A time is from the moment when a step began to wait (the request was made, or the step before was done) to the "
            + "vote.",
        "Median and 10th percentile are by the nearest rank: half, or a tenth, of the times were no longer.",
        "Quick is what was decided in less than \(Int(ApproverFigures.quick)) s; its share is of the votes whose time is "
            + "known.",
        "The share denied is of all decisions. Who denies next to nothing, and decides quickly, may not be reading.",
        "What an approval authority attested counts as a decision, and has no time.",
    ]
}
