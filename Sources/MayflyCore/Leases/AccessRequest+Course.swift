package import Foundation

extension AccessRequest {
    /// What stands fixed when a request is put before people, and how far they are with it.
    ///
    /// The terms are those that decided; later edits of the configuration don't change them.
    package struct Course: Hashable, Sendable, Codable {
        /// A lease whose end it is to move.
        package struct Extension: Hashable, Sendable, Codable {
            package let lease: LeaseID
            /// The end that it is to have.
            package let to: Date
            package init(lease: LeaseID, to: Date) {
                self.lease = lease
                self.to = to
            }
        }

        /// Who asked. Which person that is, is looked at anew at each vote.
        package let identity: Identity
        package let database: DatabaseName
        /// What approvers see is what is issued: a profile that gives something else by then is refused.
        package let groups: [String]
        /// Likewise: in whose name its sessions create, with all of that role's powers.
        package let create: Profile.CreateRights?
        package let terms: ApprovalTerms
        /// How long the lease may live in all. What people approved is what they saw: no renewing beyond it.
        package let maximum: TTL
        /// What is looked at again when it is redeemed.
        package let limits: AdmissionLimits
        /// What its requester proved, and proves again to redeem it.
        package let demandsMFA: MFADemand?
        /// Not redeemed before.
        package let startAt: Date?
        /// The lease ends by then, whatever its TTL: the rule does.
        package let endsBy: Date?
        package let isTethered: Bool
        package let extends: Extension?
        /// People decide before this moment.
        package let pendingUntil: Date

        package internal(set) var votes: [Vote] = []
        /// When the step that waits began.
        package internal(set) var stepBeganAt: Date
        /// How many escalations of that step have been carried out.
        package internal(set) var level = 0
        package internal(set) var approvedAt: Date?
        /// Redeemed before this moment.
        package internal(set) var redeemBy: Date?
        /// When it is next tried to move the end of the lease that it extends.
        package internal(set) var retryAt: Date?
        /// Why that did not work so far; safe to show.
        package internal(set) var obstacle: String?
        /// The last moment on record: for a request time never goes back.
        private(set) var movedAt: Date

        mutating func moved(_ now: Date) { movedAt = max(movedAt, now) }

        /// - Parameters:
        ///   - grant: what the policy gives when people agree.
        ///   - pendingUntil: nil for as long as the terms say.
        package init(
            identity: Identity, grant: Grant, terms: ApprovalTerms, startAt: Date? = nil,
            isTethered: Bool = false, extends: Extension? = nil, pendingUntil: Date? = nil, now: Date
        ) {
            self.identity = identity
            database = grant.profile.database
            groups = grant.profile.memberOf
            create = grant.profile.create
            self.terms = terms
            maximum = terms.steps.isEmpty ? grant.maximum : grant.ttl
            limits = grant.limits.ofRedemption
            demandsMFA = grant.demandsMFA
            self.startAt = startAt
            endsBy = grant.endsBy
            self.isTethered = isTethered
            self.extends = extends
            self.pendingUntil = pendingUntil ?? now.addingTimeInterval(TimeInterval(terms.pendingFor))
            stepBeganAt = now
            movedAt = now
        }

        /// The step that waits, as recorded; nil when each has its people.
        package var currentStep: Int? { Self.open(tally(nil), terms) }

        static func open(_ tally: [Set<Person>], _ terms: ApprovalTerms) -> Int? {
            terms.steps.indices.first { tally[$0].count < terms.steps[$0].count }
        }

        /// Who approved each step: a person once, in the first step they spoke in, and never the requester.
        /// - Parameter people: who is one person by now; nil takes what was recorded.
        package func tally(_ people: People?) -> [Set<Person>] {
            var tally = terms.steps.map { _ in Set<Person>() }
            var counted: Set<Person> = []
            if let people { counted = people.everybody(behind: identity) }
            for vote in votes where vote.verdict == .approve && tally.indices.contains(vote.step) {
                let person = people?.person(of: vote.identity) ?? vote.person
                if counted.insert(person).inserted { tally[vote.step].insert(person) }
            }
            return tally
        }

        /// Who may approve a step, escalations included as far as they were carried out.
        package func approvers(of step: Int) -> [Principal] {
            let terms = terms.steps[step]
            guard step == currentStep else { return terms.approvers }
            return terms.approvers + terms.inOrder.prefix(level).flatMap(\.to)
        }

        /// When the step that waits gets more approvers.
        package var escalatesAt: Date? {
            guard let step = currentStep else { return nil }
            return terms.steps[step].inOrder.dropFirst(level).first.map {
                stepBeganAt.addingTimeInterval(TimeInterval($0.after))
            }
        }
    }
}

extension ApprovalStep {
    /// The escalations, the earliest first.
    package var inOrder: [Escalation] { escalations.sorted { $0.after < $1.after } }
}
