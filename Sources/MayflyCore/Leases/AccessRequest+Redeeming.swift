package import Foundation

extension AccessRequest {
    /// What an attempt to redeem it did.
    package enum Redemption: Hashable, Sendable {
        case redeemed
        /// Nothing was changed.
        case refused(RedemptionRefusal)
    }

    package enum RedemptionRefusal: Hashable, Sendable {
        /// Its requester alone redeems it.
        case notYours
        case tooEarly(Date)
        case late
        /// It is not approved, or ended otherwise.
        case over(State)
        /// Somebody did: there is one credential for one approval.
        case already
        /// It moves the end of a lease by itself.
        case isExtension
    }

    /// A request that is put before people, or waits for its start.
    package static func submitted(
        id: RequestID = RequestID(), profile: ProfileName, requester: Lease.Requester, ttl: TTL,
        reason: Reason?, ticket: Ticket?, narrowing: Narrowing? = nil, rule: String, course: Course, now: Date
    ) -> AccessRequest {
        var request = AccessRequest(
            id: id, profile: profile, requester: requester, ttl: ttl, reason: reason, ticket: ticket,
            narrowing: narrowing, createdAt: now, rule: rule, state: .pending, leaseID: nil, course: course)
        // Policy itself says yes, for later.
        if course.currentStep == nil {
            request.state = .approved
            request.course?.approve(now)
        }
        return request
    }

    /// Its requester fetches what was approved: from now on `lease` is being made for it.
    package mutating func redeem(_ lease: LeaseID, by identity: Identity, now: Date) -> Redemption {
        guard let course, requester.isSame(as: identity) else {
            return .refused(.notYours)
        }
        let now = max(now, course.movedAt)
        guard state == .approved else { return .refused(state == .issued ? .already : .over(state)) }
        guard leaseID == nil else { return .refused(.already) }
        guard course.extends == nil else { return .refused(.isExtension) }
        guard let redeemBy = course.redeemBy, now < redeemBy else { return .refused(.late) }
        if let start = course.startAt, now < start { return .refused(.tooEarly(start)) }
        leaseID = lease
        self.course?.moved(now)
        return .redeemed
    }

    /// The lease became active, or the one that it extends was moved.
    package mutating func issued() -> Lease.Change {
        switch state {
        case .approved:
            state = .issued
            return .changed
        case .issued: return .already
        case .pending, .denied, .withdrawn, .expired: return .impossible
        }
    }

    /// The lease that was to be made for it was not, and nobody has a password: within its window it may be redeemed
    /// again.
    package mutating func undone(_ lease: LeaseID) -> Lease.Change {
        guard state == .approved, leaseID == lease, course?.redeemBy != nil else { return .impossible }
        leaseID = nil
        return .changed
    }

    /// Its requester takes it back.
    package mutating func withdraw(now: Date) -> Lease.Change {
        switch state {
        case .pending, .approved:
            guard leaseID == nil, course != nil else { return .impossible }
            state = .withdrawn
            course?.moved(now)
            return .changed
        case .withdrawn: return .already
        case .issued, .denied, .expired: return .impossible
        }
    }

    /// Its rule was turned to deny: what has not been issued never will be.
    package mutating func stop(now: Date) -> Lease.Change {
        switch state {
        case .pending, .approved:
            guard leaseID == nil, course != nil else { return .impossible }
            state = .denied
            course?.moved(now)
            return .changed
        case .denied: return .already
        case .issued, .withdrawn, .expired: return .impossible
        }
    }
}
