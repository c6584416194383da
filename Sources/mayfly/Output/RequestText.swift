import Foundation
import MayflyAPI

/// Requests for people.
enum RequestText {
    static func table(_ requests: [AccessRequest], time: LocalTime) -> Table {
        Table([
            .init("REQUEST", requests.map(\.id)),
            .init("STATE", requests.map(\.state.rawValue)),
            .init("PROFILE", requests.map(\.profile)),
            .init("REQUESTER", requests.map(\.requester)),
            .init("TTL", rank: 1, requests.map { HumanTime.duration(seconds: $0.ttlSeconds) }),
            .init("WAITS FOR", rank: 2, requests.map(waitsFor)),
            .init("MADE", rank: 3, requests.map { time.text($0.createdAt) }),
            .init("REASON", rank: 4, requests.map { $0.reason ?? "" }),
        ])
    }

    /// What has to happen next.
    static func waitsFor(_ request: AccessRequest) -> String {
        switch request.state {
        case .pending:
            request.steps.first { $0.state == .current }.map { "\($0.name) (\($0.approved) of \($0.count))" }
                ?? ""
        case .approved where request.leaseId == nil && request.extendsLeaseId == nil: "its requester"
        default: ""
        }
    }

    static func fields(_ request: AccessRequest, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("request", request.id)
        fields.add("state", request.state.rawValue)
        fields.add("profile", request.profile)
        fields.add("gives", request.memberOf.joined(separator: ", "))
        fields.add("only", NarrowingText.text(request.tables, request.columns))
        let person = request.person == request.requester ? "" : ", \(request.person)"
        fields.add("requester", "\(request.requester) (uid \(request.requesterUid)\(person))")
        fields.add("ttl", HumanTime.duration(seconds: request.ttlSeconds))
        fields.add("reason", request.reason)
        fields.add("ticket", request.ticket)
        fields.add("rule", request.rule)
        fields.add("made", time.text(request.createdAt))
        fields.add("begins", request.startAt.map(time.text))
        if let lease = request.extendsLeaseId, let to = request.extendsTo {
            fields.add("extends", "\(lease) to \(time.text(to))")
        }
        for step in request.steps { fields.add("step \(step.name)", text(step, time)) }
        for vote in request.votes {
            let by = vote.authority.map { " (attested by \($0))" } ?? ""
            let why = vote.reason.map { ": \($0)" } ?? ""
            fields.add(
                vote.verdict == .deny ? "denied" : "approved",
                "\(time.text(vote.at)) by \(vote.user) for \(vote.step)\(by)\(why)")
        }
        if request.state == .pending { fields.add("expires", request.pendingUntil.map(time.end)) }
        if request.state == .approved { fields.add("redeem by", request.redeemBy.map(time.end)) }
        fields.add("lease", request.leaseId)
        fields.add("trouble", request.detail)
        if let context = request.context { add(context, to: &fields, time) }
        return fields
    }

    private static func text(_ step: StepStatus, _ time: LocalTime) -> String {
        var text =
            "\(step.state): \(step.approved) of \(step.count), by \(step.approvers.joined(separator: ", "))"
        if step.mfa { text += ", with a second factor" }
        if let at = step.escalatesAt { text += "; more are asked at \(time.end(at))" }
        return text
    }

    private static func add(_ context: RequestContext, to fields: inout Fields, _ time: LocalTime) {
        for flag in context.flags {
            let figures = flag.figures.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            fields.add(
                "unusual", "\(flag.kind.replacing("_", with: " ")) (\(figures.joined(separator: ", ")))")
        }
        fields.add("last had it", context.lastAccessAt.map(time.text) ?? "never")
        for lease in context.activeLeases {
            fields.add("has now", "\(lease.profile), \(lease.state), ends \(time.end(lease.expiresAt))")
        }
        for earlier in context.earlier {
            let ttl = earlier.ttlSeconds.map { ", \(HumanTime.duration(seconds: $0))" } ?? ""
            fields.add(
                "asked before",
                "\(time.text(earlier.createdAt)) \(earlier.state)\(ttl)\(earlier.reason.map { ": \($0)" } ?? "")"
            )
        }
        for line in context.privileges { fields.add("may", line) }
        if let why = context.privilegesUnknown { fields.add("may", "not known: \(why)") }
    }
}
