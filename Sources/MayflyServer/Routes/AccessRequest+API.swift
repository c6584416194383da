import Foundation
import MayflyAPI
import MayflyCore

extension MayflyAPI.AccessRequest {
    /// - Parameter ttl: the TTL that was decided on, where the request left it to the profile.
    init(_ request: MayflyCore.AccessRequest, ttl: TTL? = nil) {
        let course = request.course
        self.init(
            id: request.id.rawValue, state: RequestState(request.state), profile: request.profile.rawValue,
            requester: request.requester.user, requesterUid: request.requester.uid,
            requesterIdentity: request.requester.key,
            person: request.requester.person.rawValue,
            ttlSeconds: (request.ttl ?? ttl)?.seconds ?? 0, reason: request.reason?.rawValue,
            ticket: request.ticket?.rawValue, createdAt: request.createdAt,
            decision: Decision(request), rule: request.rule, leaseId: request.leaseID?.rawValue,
            memberOf: course?.groups ?? [], tables: request.narrowing?.wholeTables,
            columns: request.narrowing?.singleColumns, steps: course.map(StepStatus.all) ?? [],
            votes: course?.votes.map { VoteStatement($0, in: request) } ?? [],
            pendingUntil: course?.terms.steps.isEmpty == false ? course?.pendingUntil : nil,
            approvedAt: course?.approvedAt, startAt: course?.startAt, redeemBy: course?.redeemBy,
            extendsLeaseId: course?.extends?.lease.rawValue, extendsTo: course?.extends?.to,
            detail: course?.obstacle)
    }
}

extension StepStatus {
    static func all(_ course: MayflyCore.AccessRequest.Course) -> [StepStatus] {
        let current = course.currentStep
        let tally = course.tally(nil)
        return course.terms.steps.enumerated().map { index, step in
            let isDone = tally[index].count >= step.count
            let state: StepState = isDone ? .done : index == current ? .current : .waiting
            return StepStatus(
                name: step.name, state: state, approvers: course.approvers(of: index).map(\.description),
                count: step.count, approved: tally[index].count, mfa: step.mfa,
                escalatesAt: index == current ? course.escalatesAt : nil)
        }
    }
}

extension VoteStatement {
    init(_ vote: Vote, in request: MayflyCore.AccessRequest) {
        self.init(
            step: request.stepName(vote.step), verdict: Verdict(vote.verdict), user: vote.identity.user,
            person: vote.person.rawValue, reason: vote.reason?.rawValue, at: vote.at,
            authority: vote.authority)
    }
}

extension Verdict {
    init(_ verdict: Vote.Verdict) {
        switch verdict {
        case .approve: self = .approve
        case .deny: self = .deny
        }
    }
}

extension RequestState {
    init(_ state: MayflyCore.AccessRequest.State) {
        switch state {
        case .pending: self = .pending
        case .approved: self = .approved
        case .issued: self = .issued
        case .denied: self = .denied
        case .withdrawn: self = .withdrawn
        case .expired: self = .expired
        }
    }
}

extension MayflyAPI.Decision {
    /// What policy must have said for a request to stand where it stands.
    init(_ request: MayflyCore.AccessRequest) {
        if let course = request.course, !course.terms.steps.isEmpty {
            self = .needsApproval
            return
        }
        switch request.state {
        case .approved, .issued: self = .allow
        case .denied: self = .deny
        case .pending, .withdrawn, .expired: self = request.course == nil ? .needsApproval : .allow
        }
    }
}

extension RequestReply {
    init(_ issued: Issued) {
        self.init(
            request: MayflyAPI.AccessRequest(issued.request, ttl: issued.grant.ttl),
            lease: MayflyAPI.Lease(issued.lease), credential: issued.credential)
    }
}

extension RequestContext {
    init(_ context: ApproverContext) {
        self.init(
            earlier: context.earlier.map {
                EarlierRequest(
                    id: $0.id.rawValue, state: RequestState($0.state), createdAt: $0.createdAt,
                    ttlSeconds: $0.ttl?.seconds, reason: $0.reason?.rawValue)
            },
            lastAccessAt: context.lastAccessAt, activeLeases: context.active.map { MayflyAPI.Lease($0) },
            flags: context.flags.map { RequestFlag(kind: $0.kind.rawValue, figures: $0.figures) },
            privileges: context.privileges, privilegesUnknown: context.privilegesUnknown)
    }
}
