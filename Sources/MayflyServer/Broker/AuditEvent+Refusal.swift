import Foundation
import MayflyCore

extension AuditEvent {
    /// Somebody was refused something.
    /// - Parameter leftOut: how many refusals of the same person were not recorded since the last (`RefusalLimiter`).
    init(
        at now: Date, actor: Actor, action: Action, outcome: Outcome, subject: Subject, reason: String? = nil,
        rule: String? = nil, refusal: Refusal, leftOut: Int
    ) {
        var details = ["code": refusal.code.rawValue, "why": refusal.message]
        if leftOut > 0 { details["left_out"] = String(leftOut) }
        self.init(
            at: now, actor: actor, action: action, outcome: outcome, subject: subject, reason: reason,
            rule: rule,
            details: details)
    }
}
