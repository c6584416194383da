package import Foundation

/// The duty to look at a break-glass lease afterwards, and what came of it.
///
///     open ─▶ overdue ─▶ done
///       └────────────────▲
///
/// It begins with the commit that makes the lease active: a lease that failed leaves none. Overdue is what is late by the
/// clock, and stays so once it is on record, wherever the clock is set. There is one verdict, which is never changed.
package struct Review: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Somebody has to look at it. Can become `overdue`, or `done`.
        case open
        /// Nobody did in time. Can become `done`.
        case overdue
        /// Somebody gave a verdict. Final.
        case done
    }

    package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
        case justified, unjustified
    }

    /// What a reviewer found.
    package struct Finding: Hashable, Sendable, Codable {
        package let verdict: Verdict
        package let note: Reason
        package let by: Lease.Requester
        package let at: Date
    }

    /// How long after it was said that it is overdue that is said again, in seconds.
    package static let nagInterval: TimeInterval = 86_400

    package let id: ReviewID
    package let leaseID: LeaseID
    package let requestID: RequestID
    /// Who broke the glass. Which person that is, is looked at anew.
    package let identity: Identity
    /// Which person it was then: whom suspension counts.
    package let person: Person
    package let database: DatabaseName
    package let profile: ProfileName
    package let rule: String
    /// As they were when it began.
    package let terms: ReviewTerms
    package let createdAt: Date
    package let dueAt: Date
    package private(set) var overdueAt: Date?
    /// When it is next said that it is overdue; nil once it is done.
    package private(set) var nagAt: Date?
    package private(set) var finding: Finding?

    /// A lease was issued as break-glass.
    package init(of lease: Lease, _ duty: ReviewDuty, now: Date) {
        id = ReviewID()
        leaseID = lease.id
        requestID = lease.requestID
        identity = duty.identity
        person = lease.requester.person
        database = lease.database
        profile = lease.profile
        rule = duty.rule
        terms = duty.terms
        createdAt = now
        dueAt = now.addingTimeInterval(TimeInterval(duty.terms.dueWithin))
        nagAt = dueAt
    }

    /// A review as a store kept it.
    package init(
        id: ReviewID, leaseID: LeaseID, requestID: RequestID, identity: Identity, person: Person,
        database: DatabaseName, profile: ProfileName, rule: String, terms: ReviewTerms, createdAt: Date,
        dueAt: Date, overdueAt: Date?, nagAt: Date?, finding: Finding?
    ) {
        self.id = id
        self.leaseID = leaseID
        self.requestID = requestID
        self.identity = identity
        self.person = person
        self.database = database
        self.profile = profile
        self.rule = rule
        self.terms = terms
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.overdueAt = overdueAt
        self.nagAt = nagAt
        self.finding = finding
    }

    package func state(at now: Date) -> State {
        if finding != nil { return .done }
        return overdueAt != nil || dueAt <= now ? .overdue : .open
    }

    /// Whether it is to be said now that it is overdue, for the first time or again.
    package mutating func tick(now: Date) -> Bool {
        guard let due = nagAt, due <= now else { return false }
        overdueAt = overdueAt ?? now
        nagAt = now.addingTimeInterval(Self.nagInterval)
        return true
    }
}

// MARK: - The verdict

extension Review {
    package enum Outcome: Hashable, Sendable {
        case done
        /// The same person said the same; a reply may have been lost. Nothing was changed.
        case already
        /// Nothing was changed.
        case refused(OutcomeRefusal)
    }

    package enum OutcomeRefusal: Hashable, Sendable {
        /// Nobody reviews their own, by whichever identity.
        case own
        /// Jobs review nothing.
        case machine
        case notReviewer
        /// Somebody gave a verdict.
        case over(Finding)
    }

    /// Somebody gives the verdict.
    /// - Parameters:
    ///   - inForce: the reviewers that the rule has by now; nil when there is no such rule any more. Edits take the right
    ///     to review away, and never give it.
    ///   - isAuditor: an auditor or administrator by now, who may review whatever the rule says.
    package mutating func conclude(
        _ verdict: Verdict, note: Reason, by identity: Identity, people: People, inForce: [Principal]?,
        isAuditor: Bool, now: Date
    ) -> Outcome {
        if let refusal = refusal(of: identity, people, inForce, isAuditor) { return .refused(refusal) }
        if let finding {
            let isSame = finding.verdict == verdict && finding.by.key == identity.key && finding.note == note
            return isSame ? .already : .refused(.over(finding))
        }
        finding = Finding(
            verdict: verdict, note: note, by: .init(identity, person: people.person(of: identity)), at: now)
        nagAt = nil
        return .done
    }

    /// Why somebody may not review it; nil when they may.
    package func refusal(
        of reviewer: Identity, _ people: People, _ inForce: [Principal]?, _ isAuditor: Bool
    ) -> OutcomeRefusal? {
        if isOwn(of: reviewer, people) { return .own }
        if reviewer.isMachine { return .machine }
        guard !isAuditor else { return nil }
        let isNamed = [terms.reviewers, inForce ?? []].allSatisfy { reviewers in
            reviewers.contains { $0.matches(reviewer) }
        }
        return isNamed ? nil : .notReviewer
    }

    /// Whether the identity is another of whoever broke the glass: who that was then, or is by now.
    package func isOwn(of reviewer: Identity, _ people: People) -> Bool {
        let theirs = people.everybody(behind: identity).union([person])
        return !theirs.isDisjoint(with: people.everybody(behind: reviewer)) || reviewer.uid == identity.uid
            || reviewer.key == identity.key
    }
}
