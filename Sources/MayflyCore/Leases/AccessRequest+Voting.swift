package import Foundation

extension AccessRequest {
    /// What a vote did.
    package enum VoteOutcome: Hashable, Sendable {
        /// It counts; so many more people are needed in this step.
        case counted(missing: Int)
        /// It was the last of its step; the next one begins.
        case stepDone(next: Int)
        /// It was the last of all.
        case approved
        /// One denial ends it.
        case denied
        /// This person approved this step before; nothing was changed.
        case already
        /// Nothing was changed.
        case refused(VoteRefusal)
    }

    /// Why a vote does not count.
    package enum VoteRefusal: Hashable, Sendable {
        /// Nothing is to be decided any more, or yet.
        case over(State)
        /// It came after the time for it.
        case late
        case ownRequest
        /// Jobs approve nothing.
        case machine
        case notApprover
        /// They counted in an earlier step.
        case spokeInStep(String)
        case factorMissing
        /// The rule does not honour this authority.
        case authorityUnknown
    }

    /// Somebody votes.
    ///
    /// Four eyes are counted here and nowhere else: nobody votes on their own request, whichever of their identities
    /// asked; a person counts once, in one step only; and who is one person, and who may approve, is what the
    /// configuration in force says, so that an edit takes rights away at once and never gives any.
    /// - Parameter inForce: the steps by which it would be approved now, where an approver must be too; nil does not
    ///   look at them.
    package mutating func vote(_ ballot: Ballot, people: People, inForce: ApprovalTerms?, now: Date)
        -> VoteOutcome
    {
        if saidBefore(ballot) { return .already }
        guard state == .pending, var course else { return .refused(.over(state)) }
        let now = max(now, course.movedAt)
        guard now < course.pendingUntil else { return .refused(.late) }
        let voter = people.person(of: ballot.identity)
        if let refusal = refusal(ballot, voter, people, course) { return .refused(refusal) }
        switch ballot.verdict {
        case .deny:
            let steps = course.terms.steps.indices.filter { course.admits(ballot.identity, $0, inForce) }
            guard let step = steps.first else { return .refused(.notApprover) }
            course.record(ballot, voter, step, now)
            self.course = course
            state = .denied
            return .denied
        case .approve:
            let tally = course.tally(people)
            guard let step = Course.open(tally, course.terms) else { return .refused(.over(state)) }
            if tally[step].contains(voter) { return .already }
            if let earlier = tally.firstIndex(where: { $0.contains(voter) }) {
                return .refused(.spokeInStep(course.terms.steps[earlier].name))
            }
            guard course.admits(ballot.identity, step, inForce) else { return .refused(.notApprover) }
            guard ballot.isProven || !course.needsFactor(step, inForce) else {
                return .refused(.factorMissing)
            }
            course.record(ballot, voter, step, now)
            return approved(step, &course, people, now)
        }
    }

    /// The very same word of the same identity was the last of all: its reply may have been lost.
    private func saidBefore(_ ballot: Ballot) -> Bool {
        guard state != .pending, let last = course?.votes.last else { return false }
        return last.identity.key == ballot.identity.key && last.verdict == ballot.verdict
    }

    private func refusal(_ ballot: Ballot, _ voter: Person, _ people: People, _ course: Course)
        -> VoteRefusal?
    {
        // Whoever hands in a request with a token is still whom the kernel says.
        let requesters = people.everybody(behind: course.identity).union([requester.person])
        let isOwn =
            requesters.contains(voter) || ballot.identity.key == requester.key
            || ballot.identity.uid == requester.uid
        if isOwn { return .ownRequest }
        if ballot.identity.isMachine { return .machine }
        if let authority = ballot.authority, !course.terms.authorities.contains(authority) {
            return .authorityUnknown
        }
        return nil
    }

    private mutating func approved(_ step: Int, _ course: inout Course, _ people: People, _ now: Date)
        -> VoteOutcome
    {
        let tally = course.tally(people)
        let next = Course.open(tally, course.terms)
        if next != step {
            course.stepBeganAt = now
            course.level = 0
        }
        if next == nil {
            state = .approved
            course.approve(now)
        }
        self.course = course
        guard let next else { return .approved }
        return next == step
            ? .counted(missing: course.terms.steps[step].count - tally[step].count) : .stepDone(next: next)
    }

    /// Whether somebody has a say in it: at any step, by what it began with or by an escalation that was carried out.
    package func concerns(_ identity: Identity) -> Bool {
        guard let course else { return false }
        return course.votes.contains { $0.identity.key == identity.key }
            || course.terms.steps.indices.contains { course.admits(identity, $0, nil) }
    }
}

extension AccessRequest.Course {
    func admits(_ identity: Identity, _ step: Int, _ inForce: ApprovalTerms?) -> Bool {
        guard approvers(of: step).contains(where: { $0.matches(identity) }) else { return false }
        guard let inForce else { return true }
        return standIns(for: step, inForce).flatMap(\.everyApprover).contains { $0.matches(identity) }
    }

    func needsFactor(_ step: Int, _ inForce: ApprovalTerms?) -> Bool {
        terms.steps[step].mfa || inForce.map { standIns(for: step, $0).contains(where: \.mfa) } == true
    }

    /// The steps in force for one of the request's: that of its name. Where an edit renamed it or took it away, all: who
    /// is in none of them has no say any more, and nobody gains one, as approvers of the request's step they are too.
    private func standIns(for step: Int, _ inForce: ApprovalTerms) -> [ApprovalStep] {
        let same = inForce.steps.filter { $0.name == terms.steps[step].name }
        return same.isEmpty ? inForce.steps : same
    }

    mutating func record(_ ballot: Ballot, _ person: Person, _ step: Int, _ now: Date) {
        votes.append(
            Vote(
                step: step, verdict: ballot.verdict, identity: ballot.identity, person: person,
                reason: ballot.reason, at: now, authority: ballot.authority))
        moved(now)
    }

    mutating func approve(_ now: Date) {
        approvedAt = now
        redeemBy = max(now, startAt ?? now).addingTimeInterval(TimeInterval(terms.redeemWithin))
        if extends != nil { retryAt = now }
        moved(now)
    }
}
