import Foundation
import MayflyCore

extension Refusal {
    /// What a voter is told whose vote does not count.
    init(_ refusal: AccessRequest.VoteRefusal, on request: AccessRequest) {
        switch refusal {
        case .over(let state):
            self.init(.conflict, "request \(request.id) is \(state.rawValue)", field: "id")
        case .late:
            self.init(.conflict, "the time to decide on request \(request.id) is over", field: "id")
        case .ownRequest:
            self.init(
                .denied, "request \(request.id) is yours: nobody decides on their own", field: "id",
                hint: "`mayfly withdraw` takes it back")
        case .machine:
            self.init(.denied, "a job approves nothing", hint: "people do, over the socket, as themselves")
        case .notApprover:
            let step = request.course?.currentStep.map(request.stepName)
            self.init(
                .denied,
                "you are no approver of request \(request.id)"
                    + (step.map { " in its step \($0.quoted(limit: 80))" } ?? ""),
                field: "id", hint: "`mayfly requests --to-approve` lists what you may decide on")
        case .spokeInStep(let step):
            self.init(
                .denied, "you approved request \(request.id) in its step \(step.quoted(limit: 80)) already",
                field: "id", hint: "one person counts once: somebody else approves this step")
        case .factorMissing:
            self.init(
                .mfaRequired, "this step of request \(request.id) takes a second factor", field: "code",
                hint: "give a code with --code; `mayfly mfa enroll` sets it up")
        case .authorityUnknown:
            self.init(.denied, "the request's rule does not honour this approval authority")
        }
    }

    /// What a requester is told whose request cannot be redeemed.
    init(_ refusal: AccessRequest.RedemptionRefusal, _ request: AccessRequest) {
        switch refusal {
        case .notYours:
            self.init(
                .denied, "request \(request.id) is not yours", field: "id",
                hint: "its requester alone redeems it, with the identity that asked")
        case .tooEarly(let start):
            self.init(
                .conflict, "request \(request.id) begins at \(AuditEncoding.timestamp(start))", field: "id",
                hint: "redeem it from then on")
        case .late:
            self.init(
                .conflict, "the time to redeem request \(request.id) is over", field: "id",
                hint: "ask again")
        case .over(let state):
            self.init(
                .conflict, "request \(request.id) is \(state.rawValue)", field: "id",
                hint: state == .pending ? "`mayfly wait` tells when it is approved" : "ask again")
        case .already:
            self.init(
                .conflict, "request \(request.id) was redeemed", field: "id",
                hint: "there is one credential for one approval: ask again for another")
        case .isExtension:
            self.init(
                .conflict, "request \(request.id) extends a lease: there is no other credential for it",
                field: "id", hint: "the lease goes on by itself")
        }
    }
}
