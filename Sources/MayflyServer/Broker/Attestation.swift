import Foundation
import MayflyCore

/// A signed approval that is believed, with the people whom it names.
struct Attestation: Sendable {
    let approval: SignedApproval
    let approvers: [Identity]
    /// Who handed it in.
    let broughtBy: Identity
    let at: Date

    /// Counts its people for a request that it fits.
    /// - Returns: what is recorded, and that it was used, when somebody counts; else why nobody does.
    func count(
        on request: inout AccessRequest, _ people: People, inForce: ApprovalTerms?
    ) -> RequestMove<Result<Void, Refusal>> {
        if let claim = approval.misfit(request) {
            return RequestMove(
                .failure(
                    Refusal(
                        .approvalInvalid, "the approval is for another request: its \(claim) does not fit",
                        field: "approval",
                        hint: "it counts for exactly the request that was approved, to the letter")))
        }
        var events: [AuditEvent] = []
        let outcome = request.attest(
            by: approvers, authority: approval.authority, people: people, inForce: inForce, now: at
        ) { ballot, outcome, request in
            events += AuditEvent.voted(ballot, outcome, on: request, at: at).map { event in
                var event = event
                guard event.action == .requestApproval else { return event }
                event.details["approval_id"] = approval.id
                event.details["brought_by"] = broughtBy.key
                return event
            }
        }
        switch outcome {
        case .counted:
            return RequestMove(
                .success(()), events, uses: ApprovalUse(approval, for: request.id, at: at))
        case .refused(let why): return RequestMove(.failure(refusal(why, request)))
        }
    }

    private func refusal(_ why: AccessRequest.VoteRefusal, _ request: AccessRequest) -> Refusal {
        switch why {
        case .ownRequest:
            Refusal(
                .approvalInvalid,
                "the approval names the requester as an approver: nobody decides on their own",
                field: "approval")
        case .notApprover, .machine, .spokeInStep:
            Refusal(
                .approvalInvalid, "none of those whom the approval names may approve this request now",
                field: "approval", hint: "`mayfly requests \(request.id)` shows who can")
        case .factorMissing:
            Refusal(
                .approvalInvalid, "this step takes a second factor, which an approval cannot attest",
                field: "approval", hint: "its approvers approve themselves: `mayfly approve \(request.id)`")
        case .over, .late, .authorityUnknown: Refusal(why, on: request)
        }
    }
}
