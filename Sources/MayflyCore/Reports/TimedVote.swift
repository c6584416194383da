package import Foundation

/// What somebody said to a request, and how long it had been before them.
package struct TimedVote: Hashable, Sendable {
    package let vote: Vote
    /// The name of its step.
    package let step: String
    /// From the moment when its step began to wait, which is when the request was made or the step before was done.
    /// Nil for what an authority attested: when its people looked, is not known here.
    package let seconds: TimeInterval?

    /// All that was said to a request, in order.
    package static func all(_ request: AccessRequest) -> [TimedVote] {
        guard let course = request.course else { return [] }
        var began = request.createdAt
        var step = 0
        var approvals = 0
        return course.votes.map { vote in
            // Votes come in the order of the steps; a denial may be for a later one, which then never began.
            if vote.step > step, vote.verdict == .approve {
                step = vote.step
                approvals = 0
            }
            let waited = max(0, vote.at.timeIntervalSince(began))
            if vote.verdict == .approve, course.terms.steps.indices.contains(vote.step) {
                approvals += 1
                if approvals >= course.terms.steps[vote.step].count { began = vote.at }
            }
            return TimedVote(
                vote: vote, step: request.stepName(vote.step),
                seconds: vote.authority == nil ? waited : nil)
        }
    }
}

extension AccessRequest {
    package func stepName(_ step: Int) -> String {
        course.flatMap { $0.terms.steps.indices.contains(step) ? $0.terms.steps[step].name : nil } ?? ""
    }
}
